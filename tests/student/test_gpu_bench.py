"""The GPU measurement's arithmetic, and that it runs where there is no GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig

from lion.student import memory
from tests.bench import gpu_student

ROOT = Path(__file__).parent.parent.parent
CONFIG = LlamaConfig(
    vocab_size=300,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=4,
)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_floating_point_operations_are_those_that_torch_counts(method: str) -> None:
    model = gpu_student.build(CONFIG, method, "cpu").float()
    model.set_attn_implementation("eager")
    ids = torch.randint(0, 300, (1, 48))
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, labels=ids).loss.backward()
    size = memory.shape(json.loads(CONFIG.to_json_string()))
    reckoned = 48 * gpu_student.flops_per_token(size, 48, method)
    if method == "full":
        assert counter.get_total_flops() == reckoned
    else:  # the adapters' own products come on top: of so narrow a model, a good part
        assert size
        assert reckoned < counter.get_total_flops() <= reckoned + 48 * 6 * size.adapters(16)


def run(*flags: str) -> list[str]:
    command = [sys.executable, "tests/bench/gpu_student.py", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_and_ends_well() -> None:
    assert run() == ["no GPU at hand: nothing measured"]


def test_it_measures_a_tiny_model_on_the_cpu() -> None:
    lines = run("--device", "cpu", "--tiny", "--peak-tflops", "0.1")
    assert lines[0].startswith("cpu, peak 0 TFLOPs")
    assert [" ".join(line.split()[:2]) for line in lines[2:]] == ["tiny full", "tiny lora", "tiny generation"]
    assert all("tokens/s" in line for line in lines[2:])
    assert "MFU" in lines[2]
