"""What does a GPU make of the student? Lion's own training and generation, random weights of 1 to 7B parameters.

    python tests/bench/gpu_student.py                      # the largest size that fits, by lion/student/memory
    python tests/bench/gpu_student.py --size 1b --size 7b --steps 10
    python tests/bench/gpu_student.py --size 3b runtime.gradient_checkpointing=false runtime.liger=true
    python tests/bench/gpu_student.py --tiny               # the same on a tiny model, on a CPU where there is no GPU

Settings are those of the profile `paper-7b` (bfloat16, packed, 1,024 tokens an example), with fewer examples a step,
layers recomputed and shorter answers (see OWN); any other is given as `lion params` takes it. Training is
lion.student.trainer's, full and LoRA: its own tokens a second, of all steps but the first. Generation is
lion.student.inference's Writer and shares, with what is drawn as `infer` draws it; the model's ends are so many that
answers end as real ones do, here after some 60 tokens, and the places of those that have ended are refilled. What
is loaded from or written to a disk is left out.

MFU is (model FLOPs a second) / (the GPU's peak); model FLOPs are PaLM's 6 N + 12 L H Q T a token (Chowdhery et al.,
2022, https://arxiv.org/abs/2204.02311, appendix B), where N leaves the input embedding out. LoRA does not compute the
frozen weights' gradients: 4 N. Recomputation is not counted as work. Reckoned memory is lion/student/memory's, without
what CUDA itself takes. Without a GPU it says so and ends with 0. Prints, asserts nothing.
"""

from __future__ import annotations

import csv
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import torch
from tokenizers import Tokenizer, models
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from lion.params import Params
from lion.student import inference, memory, methods, trainer
from lion.student.labels import Row
from lion.student.sampling import Choose, Draw, greedy
from tests.bench.composed import composed

SIZES: dict[str, dict[str, int]] = {
    "tiny": {
        "vocab_size": 300,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    },
    "1b": {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32},
    "3b": {"hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28, "num_attention_heads": 24},
    "7b": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32},
}
OWN = (
    "profile=paper-7b",
    "train.batch_size=8",
    "runtime.gradient_checkpointing=true",
    "runtime.checkpoint_every_steps=1000000",
    "infer.max_new_tokens=256",
)
TINY = ("train.batch_size=3", "train.max_length=32", "runtime.micro_batch_tokens=70", "infer.max_new_tokens=8")
PAD, ENDS_SHARE = 0, 64
LONGEST_PROMPT = 256
SEED = 0
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
@click.option("--steps", default=5, show_default=True, help="Optimiser steps that are measured.")
@click.option("--prompts", default=512, show_default=True, help="Prompts that are answered.")
@click.option("--peak-tflops", type=float, help="The device's dense bfloat16 peak, where it is not known here.")
@click.option("--tiny", is_flag=True, help="A model of some 100,000 parameters and few tokens.")
@click.argument("overrides", nargs=-1)
def main(
    sizes: tuple[str, ...],
    steps: int,
    prompts: int,
    peak_tflops: float | None,
    tiny: bool,
    overrides: tuple[str, ...],
) -> None:
    if not tiny and not torch.cuda.is_available():
        print("no GPU at hand: nothing measured")
        return
    if tiny:
        sizes, steps, prompts, overrides = ("tiny",), 2, 6, (*TINY, *overrides)
    peak = peak_tflops * 1e12 if peak_tflops else _known_peak()
    full, lora = (composed(*OWN, *overrides, f"train.method={method}") for method in ("full", "lora"))
    _tell(full, peak)
    for size in sizes or (_largest(full),):
        for settings in (full, lora):
            _attempt(f"{size} {settings.train.method}", lambda s=size, p=settings: _trained(s, p, steps, peak))
        _attempt(f"{size} generation", lambda s=size: _answered(s, full, prompts))


def _tell(settings: Params, peak: float | None) -> None:
    train, machine, infer = settings.train, settings.runtime, settings.infer
    print(f"{_name()}, peak {f'{peak / 1e12:.0f} TFLOPs' if peak else 'unknown'}, torch {torch.__version__}")
    print(
        f"{train.batch_size} examples of {train.max_length} tokens a step, {train.precision}, "
        f"passes of {machine.micro_batch_tokens:,} tokens, packing {machine.packing}, "
        f"gradient checkpointing {machine.gradient_checkpointing}; "
        f"answers of at most {infer.max_new_tokens} tokens, {machine.inference_batch_tokens:,} tokens at a time"
    )


def _attempt(name: str, measure: Callable[[], str]) -> None:
    _forget()
    try:
        print(f"{name:15} {measure()}", flush=True)
    except torch.OutOfMemoryError:
        print(f"{name:15} does not fit", flush=True)


def _forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _trained(name: str, settings: Params, steps: int, peak: float | None) -> str:
    length, rows = settings.train.max_length, settings.train.batch_size
    seconds = step_seconds(config(name, length), settings, steps)
    rate = rows * length / seconds
    shape = _shape(config(name, length))
    # A row's last token is not fed.
    work = rows * (length - 1) * flops_per_token(shape, length - 1, settings.train.method) / seconds
    used = f"MFU {work / peak:.1%}, " if peak else ""
    return (
        f"{used}{rate:,.0f} tokens/s, {seconds:.2f} s a step, "
        f"peak memory {_peak_memory()} ({_needed(shape, settings) / 2**30:.1f} GiB reckoned)"
    )


def config(name: str, positions: int) -> LlamaConfig:
    sizes = {"vocab_size": 32_000} | SIZES[name]
    return LlamaConfig(**sizes, max_position_embeddings=positions, pad_token_id=PAD)


def _shape(found: LlamaConfig) -> memory.Shape:
    shape = memory.shape(json.loads(found.to_json_string()))
    assert shape
    return shape


def step_seconds(found: LlamaConfig, settings: Params, steps: int) -> float:
    """Of an optimiser step: the mean over `steps` of them, after one that is not counted."""
    with tempfile.TemporaryDirectory() as home:
        speed = Path(home) / "speed.csv"
        run = build(found, settings, steps + 2, Path(home) / "progress", speed)
        run.add_callback(Stop(steps + 1))
        run.train()
        measured = [float(row["tokens_per_s"]) for row in csv.DictReader(speed.read_text().splitlines())]
    return sum(run.order.tokens(2) / rate for rate in measured[1:]) / (len(measured) - 1)


def build(found: LlamaConfig, settings: Params, steps: int, progress: Path, speed: Path) -> trainer.StudentTrainer:
    """Lion's Trainer, as lion/student/training.py sets it up, for examples of `train.max_length` random tokens."""
    train = settings.train.model_copy(update={"epochs": 1})
    dtype = torch.float32 if train.method == "full" else methods.DTYPES[train.precision]
    model = methods.prepare(_random(found, dtype), train, SEED)
    draw = random.Random(SEED)
    rows = [
        Row(str(place), draw.choices(range(1, found.vocab_size), k=train.max_length), 1, is_cut=False)
        for place in range(steps * train.batch_size)
    ]
    return trainer.build(model, rows, train, settings.runtime, random_seed=SEED, folder=progress, speed=speed)


def _random(found: LlamaConfig, dtype: torch.dtype) -> Any:
    torch.manual_seed(SEED)
    with inference.best_device():
        return AutoModelForCausalLM.from_config(found, dtype=dtype)


class Stop(TrainerCallback):
    """Ends a training before its last step, after which Trainer would write all its weights to the disk."""

    def __init__(self, after: int) -> None:
        self._after = after

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        control.should_training_stop |= state.global_step >= self._after


def flops_per_token(size: memory.Shape, tokens: int, method: str) -> float:
    """Of one forward and backward pass; the backward pass costs two forward ones, or one where weights are frozen."""
    matrices = size.linear + size.vocabulary * size.width
    attention = 4 * size.layers * size.heads * size.head_width * tokens  # a forward pass: scores, and their sums
    passes = 3 if method == "full" else 2
    return passes * 2 * matrices + 3 * attention


def _answered(name: str, settings: Params, count: int) -> str:
    longest = min(LONGEST_PROMPT, settings.train.max_length)
    found = config(name, longest + settings.infer.max_new_tokens)
    draw = random.Random(SEED)
    lengths = [draw.randint(longest // 8, longest) for _ in range(count)]
    prompts = [draw.choices(range(1, found.vocab_size), k=length) for length in lengths]
    model = _random(found, inference.precision(inference.best_device())).eval()
    answered(model, prompts[:4], settings)  # what torch does once is done
    _settle()
    started = time.perf_counter()
    tokens = answered(model, prompts, settings)
    _settle()
    seconds = time.perf_counter() - started
    return (
        f"{sum(tokens) / seconds:,.0f} tokens/s, {count} answers of {sum(tokens) / count:.0f} tokens on average in "
        f"{seconds:.1f} s, peak memory {_peak_memory()}"
    )


def answered(model: Any, prompts: Sequence[Sequence[int]], settings: Params) -> list[int]:
    """How many tokens each answer has, its end included, made as `infer` makes it."""
    infer, known = settings.infer, model.config.vocab_size
    ends = random.Random(SEED).sample(range(1, known), known // ENDS_SHARE)
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=PAD)

    def choices(places: Sequence[int]) -> Choose:
        if infer.temperature == 0:
            return greedy
        return Draw(SEED, [str(place) for place in places], infer.temperature, infer.top_p)

    writer = inference.Writer(model, _words(known), prompts, infer.max_new_tokens, choices)
    lengths = [len(prompt) for prompt in prompts]
    texts: dict[int, str] = {}
    for share in inference.shares(lengths, infer.max_new_tokens, settings.runtime.inference_batch_tokens):
        texts |= writer.texts(share)
    return [len(texts[place].split()) for place in range(len(prompts))]


def _words(count: int) -> PreTrainedTokenizerFast:
    """A word for each token but the pad token, so that the words of a text are its tokens."""
    words = {"<pad>": PAD} | {str(number): number for number in range(1, count)}
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel(words, "1")), pad_token="<pad>")


def _settle() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _known_peak() -> float | None:
    found: Iterator[float] = (peak for part, peak in PEAKS.items() if part in _name())
    return next(found, None)


def _name() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def _peak_memory() -> str:
    return f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if torch.cuda.is_available() else "not measured"


def _largest(settings: Params) -> str:
    """The largest size whose full training fits nine tenths of the GPU."""
    room = 0.9 * torch.cuda.get_device_properties(0).total_memory
    fits = [name for name in SIZES if _needed(_shape(config(name, 1)), settings) < room]
    return fits[-1]


def _needed(shape: memory.Shape, settings: Params) -> float:
    machine = settings.runtime
    tokens, checkpointed = machine.micro_batch_tokens, machine.gradient_checkpointing
    return memory.need(shape, settings.train, memory.Spread(), tokens, checkpointed=checkpointed).device


if __name__ == "__main__":
    main()
