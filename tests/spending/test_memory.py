"""What `lion estimate` tells of memory."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from lion.cli import main


def told(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["estimate", *arguments])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_estimate_says_what_train_needs() -> None:
    [line] = [line for line in told("--profile", "smoke").splitlines() if line.startswith("train needs ")]
    assert "of each device's memory" in line
    assert "with gradient checkpointing (" in line
    assert "full in float32, 2,048 tokens a pass" in line


def test_every_method_and_layout_is_told() -> None:
    lines = told("--profile", "smoke", "--memory").splitlines()
    assert lines[2].split() == ["method", "launch", "weights", "gradients", "optimiser", "activations", "device",
                                "checkpointed", "host"]  # fmt: skip
    assert [line.split()[0] for line in lines[3:]] == ["full"] * 8 + ["lora"] * 8 + ["qlora"] * 2
    assert any("fsdp-nodes (16)" in line for line in lines)


def test_an_offload_is_told_with_what_it_takes_of_the_machine() -> None:
    assert "of the machine's for each device" in told("--profile", "smoke", "runtime.launch=fsdp-offload")


@pytest.mark.parametrize("flags", [[], ["--memory"]])
def test_a_model_that_is_not_here_is_not_guessed_at(flags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "/nowhere")
    found = told("student.base=nobody/nothing", "student.revision=null", *flags)
    assert "train: memory unknown, nobody/nothing: its config.json is not on this disk" in found


def test_an_unknown_launch_is_one_line() -> None:
    done = CliRunner().invoke(main, ["estimate", "runtime.launch=nowhere"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: runtime.launch: found 'nowhere'")
    assert done.stderr.count("\n") == 1
