"""What does a GPU make of the student? Training and generation with random weights of 1 to 7B parameters, bfloat16.

    python tests/bench/gpu_student.py                      # the largest size that fits, by lion/student/memory
    python tests/bench/gpu_student.py --size 1b --size 7b --steps 10
    python tests/bench/gpu_student.py --device cpu --tiny  # the same code on a tiny model, to see that it runs

MFU is (model FLOPs a second) / (the GPU's peak); model FLOPs are PaLM's 6 N + 12 L H Q T a token (Chowdhery et al.,
2022, https://arxiv.org/abs/2204.02311, appendix B), where N leaves the input embedding out. LoRA does not compute the
frozen weights' gradients: 4 N. Recomputation is not counted as work. Without a GPU it says so and ends with 0. Prints,
asserts nothing.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from lion.params import Lora, Train
from lion.student import adapters, memory

SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4},
    "1b": {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32},
    "3b": {"hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28, "num_attention_heads": 24},
    "7b": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32},
}
VOCABULARY = 32_000
PEAKS = {
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "4090": 165e12,
}
"""Dense bfloat16 FLOPs a second, as NVIDIA's data sheets say."""


@click.command()
@click.option("--size", "sizes", multiple=True, type=click.Choice([*SIZES]), help="Default: the largest that fits.")
@click.option("--tokens", default=1024, show_default=True, help="Of a packed sequence.")
@click.option("--rows", default=8, show_default=True, help="Sequences in a step.")
@click.option("--steps", default=5, show_default=True)
@click.option("--prompts", default=64, show_default=True, help="Prompts generated at once.")
@click.option("--new", default=256, show_default=True, help="Tokens generated for each.")
@click.option("--peak-tflops", type=float, help="The device's dense bfloat16 peak, where it is not known here.")
@click.option("--device", default="cuda", show_default=True)
@click.option("--tiny", is_flag=True, help="A model of some 100,000 parameters and few tokens.")
def main(device: str, tiny: bool, sizes: tuple[str, ...], **given: Any) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        print("no GPU at hand: nothing measured")
        return
    if tiny:
        sizes, given = ("tiny",), given | {"tokens": 32, "rows": 2, "steps": 2, "prompts": 2, "new": 8}
    peak = _peak(device, given["peak_tflops"])
    print(f"{_name(device)}, peak {f'{peak / 1e12:.0f} TFLOPs' if peak else 'unknown'}, torch {torch.__version__}")
    print(f"{given['rows']} packed sequences of {given['tokens']} tokens a step; {given['prompts']} prompts at once")
    for size in sizes or (_largest(given["tokens"]),):
        config = LlamaConfig(
            **SIZES[size], vocab_size=VOCABULARY, max_position_embeddings=given["tokens"] + given["new"]
        )
        for method in ("full", "lora"):
            _attempt(f"{size} {method}", lambda m=method, c=config: train(c, m, device, peak, given))
        _attempt(f"{size} generation", lambda c=config: generate(c, device, given))


def _attempt(name: str, measure: Callable[[], str]) -> None:
    try:
        print(f"{name:15} {measure()}", flush=True)
    except torch.OutOfMemoryError:
        print(f"{name:15} does not fit", flush=True)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def train(config: LlamaConfig, method: str, device: str, peak: float | None, given: dict[str, Any]) -> str:
    """Steps of AdamW as Lion's Trainer makes them: float32 weights that learn, autocast, layers recomputed."""
    rows, tokens, steps = given["rows"], given["tokens"], given["steps"]
    model = build(config, method, device)
    model.activation_checkpointing_enable()
    model.train()
    learning = [tensor for tensor in model.parameters() if tensor.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=1e-5, fused=device == "cuda")
    ids = torch.randint(0, VOCABULARY, (rows, tokens), device=device)

    def step() -> None:
        for row in ids:
            with torch.autocast(device, torch.bfloat16):
                loss = model(input_ids=row[None], labels=row[None]).loss / rows
            loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()

    seconds = timed(step, steps, device) / steps
    rate = rows * tokens / seconds
    work = flops_per_token(memory.shape(json.loads(config.to_json_string())), tokens, method)
    used = f"MFU {rate * work / peak:.1%}, " if peak else ""
    return f"{used}{rate:,.0f} tokens/s, {seconds:.2f} s a step, peak memory {_peak_memory(device)}"


def build(config: LlamaConfig, method: str, device: str) -> Any:
    torch.manual_seed(0)
    with torch.device(device):
        dtype = torch.float32 if method == "full" else torch.bfloat16
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
        lora = Lora(rank=16, alpha=32, dropout=0.0, targets="all-linear")
        return model if method == "full" else adapters.attach(model, lora, random_seed=0)


def flops_per_token(size: memory.Shape | None, tokens: int, method: str) -> float:
    """Of one forward and backward pass; the backward pass costs two forward ones, or one where weights are frozen."""
    assert size
    matrices = size.linear + size.vocabulary * size.width
    attention = 4 * size.layers * size.heads * size.head_width * tokens  # a forward pass: scores, and their sums
    passes = 3 if method == "full" else 2
    return passes * 2 * matrices + 3 * attention


@torch.inference_mode()
def generate(config: LlamaConfig, device: str, given: dict[str, Any]) -> str:
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).to(device).eval()
    ids = torch.randint(0, VOCABULARY, (given["prompts"], min(256, given["tokens"])), device=device)

    def answer() -> None:
        model.generate(ids, max_new_tokens=given["new"], min_new_tokens=given["new"], do_sample=False, pad_token_id=0)

    seconds = timed(answer, 1, device)
    return f"{given['prompts'] * given['new'] / seconds:,.0f} tokens/s, peak memory {_peak_memory(device)}"


def timed(action: Callable[[], None], times: int, device: str) -> float:
    """Seconds for `times` of it, after one that is not counted."""
    for run in range(times + 1):
        if run == 1:
            _settle(device)
            started = time.perf_counter()
        action()
    _settle(device)
    return time.perf_counter() - started


def _settle(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def _peak(device: str, given: float | None) -> float | None:
    if given:
        return given * 1e12
    found: Iterator[float] = (peak for part, peak in PEAKS.items() if part in _name(device))
    return next(found, None)


def _name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else device


def _peak_memory(device: str) -> str:
    return f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if device == "cuda" else "not measured"


def _largest(tokens: int) -> str:
    """The largest size whose full training fits nine tenths of the GPU."""
    room = 0.9 * torch.cuda.get_device_properties(0).total_memory
    fits = [name for name in SIZES if _needed(name, tokens) < room]
    return fits[-1]


def _needed(name: str, tokens: int) -> float:
    size = memory.shape(json.loads(LlamaConfig(**SIZES[name], vocab_size=VOCABULARY).to_json_string()))
    assert size
    settings = Train(
        method="full",
        lora=Lora(rank=16, alpha=32, dropout=0.0, targets="all-linear"),
        epochs=1,
        batch_size=1,
        learning_rate=1e-5,
        warmup_share=0.0,
        weight_decay=0.0,
        max_length=1024,
        on_long="cut",
        precision="bfloat16",
    )
    return memory.need(size, settings, memory.Spread(), tokens, checkpointed=True).device


if __name__ == "__main__":
    main()
