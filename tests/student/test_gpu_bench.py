"""The GPU measurement: Lion's own training and decoding, its arithmetic, and that it runs where there is no GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaForCausalLM

from lion.params import Params
from lion.student import memory, trainer
from lion.student.attention import NAME
from tests.bench import gpu_student
from tests.bench.composed import composed

ROOT = Path(__file__).parent.parent.parent


def tiny(*overrides: str) -> Params:
    return composed(*gpu_student.OWN, *gpu_student.TINY, "runtime.gradient_checkpointing=false", *overrides)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_floating_point_operations_of_a_step_of_lions_trainer_are_those_that_torch_counts(
    method: str, tmp_path: Path
) -> None:
    settings = tiny(f"train.method={method}", "train.precision=float32")
    run = gpu_student.build(gpu_student.config("tiny", 64), settings, 2, tmp_path / "progress", tmp_path / "speed.csv")
    assert isinstance(run, trainer.StudentTrainer)
    assert run.model.config._attn_implementation == NAME  # packed
    run.add_callback(gpu_student.Stop(1))
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # the others are not counted
        run.train()
    size = memory.shape(json.loads(gpu_student.config("tiny", 64).to_json_string()))
    assert size
    rows, fed = settings.train.batch_size, settings.train.max_length - 1
    reckoned = rows * fed * gpu_student.flops_per_token(size, fed, method)
    if method == "full":
        assert counter.get_total_flops() == reckoned
    else:  # the adapters' own products come on top: of so narrow a model, a good part
        assert reckoned < counter.get_total_flops() <= reckoned + rows * fed * 6 * size.adapters(16)
    assert not list((tmp_path / "progress").iterdir())  # weights of billions of parameters are not written


def test_answers_are_as_long_as_their_ends_make_them_and_every_prompt_has_one() -> None:
    torch.manual_seed(0)
    model = LlamaForCausalLM(gpu_student.config("tiny", 64)).eval()
    prompts = [[5 + place] * (1 + place) for place in range(20)]
    lengths = gpu_student.answered(model, prompts, tiny("infer.max_new_tokens=30"))
    assert len(lengths) == 20
    assert max(lengths) == 30
    assert len(set(lengths)) > 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.slow
def test_without_a_gpu_it_says_so_and_ends_well() -> None:
    command = [sys.executable, "tests/bench/gpu_student.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "no GPU at hand: nothing measured\n"


def test_it_measures_a_tiny_model_where_there_is_no_gpu_too() -> None:
    arguments = ["--tiny", "--peak-tflops", "0.1", "train.batch_size=2"]
    lines = CliRunner().invoke(gpu_student.main, arguments, catch_exceptions=False).stdout.splitlines()
    assert "peak 0 TFLOPs" in lines[0]
    assert lines[1].startswith("2 examples of 32 tokens a step, bfloat16, passes of 70 tokens, packing True")
    assert [" ".join(line.split()[:2]) for line in lines[2:]] == ["tiny full", "tiny lora", "tiny generation"]
    assert all("tokens/s" in line for line in lines[2:])
    assert "MFU" in lines[2]
