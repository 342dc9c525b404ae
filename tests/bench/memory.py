"""Does a training take the memory that lion/student/memory.py reckons? On the CPU, by the process's largest size.

    python tests/bench/memory.py

A Llama of 34 million parameters, float32, two passes of 2 × 512 tokens to a step, two steps, each case in a process of
its own. The allocator is told to give freed memory back at once, as CUDA's does to itself. Prints, asserts nothing.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
PLAIN = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
ROWS, TOKENS = 2, 512


def main() -> None:
    print("method  checkpointed  measured MiB  reckoned MiB")
    for method in ("full", "lora"):
        for checkpointed in ("", "checkpointed"):
            command = [sys.executable, "-W", "ignore", __file__, method, checkpointed]
            subprocess.run(command, env=os.environ | PLAIN, check=True, stderr=subprocess.DEVNULL)


def measure(method: str, checkpointed: bool) -> None:
    import torch
    from transformers import LlamaConfig

    from lion.student import memory
    from tests.bench.composed import composed

    torch.set_num_threads(1)
    own = ("train.lora.dropout=0.05", "train.lora.targets=all-linear", f"train.max_length={TOKENS}")
    settings = composed(f"train.method={method}", "train.precision=float32", "train.lora.rank=16", *own).train
    small = LlamaConfig(vocab_size=50, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2)
    steps(small, settings, checkpointed)  # what is loaded on first use is no part of the training
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    config = LlamaConfig(
        vocab_size=8000, hidden_size=512, intermediate_size=1408, num_hidden_layers=8, num_attention_heads=8
    )
    steps(config, settings, checkpointed)
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    size = memory.shape(json.loads(config.to_json_string()))
    assert size
    need = memory.need(size, settings, memory.Spread(), ROWS * TOKENS, checkpointed=checkpointed)
    print(f"{method:6}  {checkpointed!s:12}  {found / 2**20:12,.0f}  {need.device / 2**20:12,.0f}", flush=True)


def steps(config: Any, settings: Any, checkpointed: bool) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from lion.student import adapters

    model: Any = AutoModelForCausalLM.from_config(config)
    if settings.method == "lora":
        model = adapters.attach(model, settings.lora, random_seed=0)
    if checkpointed:
        model.activation_checkpointing_enable()
    model.train()
    learning = [tensor for tensor in model.parameters() if tensor.requires_grad]
    optimiser = torch.optim.AdamW(learning, foreach=False)
    ids = torch.randint(0, config.vocab_size, (ROWS, TOKENS))
    for _ in range(2):
        for _ in range(2):
            model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        measure(sys.argv[1], sys.argv[2] == "checkpointed")
