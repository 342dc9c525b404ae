"""What `lion estimate` tells of memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lion.cli import main
from lion.spending.table import size
from lion.student import launch


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
    assert any(f"fsdp-nodes ({2 * launch.devices() or 16})" in line for line in lines)


def test_the_processes_that_are_asked_for_are_those_that_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_PROCESSES", "4")
    lines = told("--profile", "smoke", "--memory").splitlines()[3:]
    assert {line.split("(")[1].split(")")[0] for line in lines if "(" in line} == {"4"}
    [line] = [line for line in lines if line.startswith("full") and " fsdp (4)" in line]
    four = told("--profile", "smoke", "runtime.launch=fsdp")
    assert f"train needs {' '.join(line.split()[-6:-4])} of each device's memory" in four
    monkeypatch.setenv("LION_PROCESSES", "2")
    assert told("--profile", "smoke", "runtime.launch=fsdp") != four
    monkeypatch.setenv("LION_PROCESSES", "none")
    done = CliRunner().invoke(main, ["estimate", "--profile", "smoke", "runtime.launch=fsdp"])
    assert done.stderr == "Error: LION_PROCESSES: found 'none', wanted a positive number. Set it anew\n"


def test_nodes_that_are_asked_for_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_NODES", "3")
    assert f" fsdp-nodes ({3 * (launch.devices() or 8)}) " in told("--profile", "smoke", "--memory")


def test_a_file_of_ones_own_is_taken_as_it_stands(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text((launch.folder() / "fsdp.yaml").read_text().replace("num_processes: 8", "num_processes: 5"))
    found = launch.find(str(own))
    assert launch.processes(found, 2) == 5
    assert launch.processes(launch.find("fsdp"), 2) == 2
    assert launch.processes(launch.find("single"), 2) == 1
    assert launch.processes(launch.find("cpu"), 0) == 2


def test_for_machines_the_same_is_told_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_PROCESSES", "4")
    found = json.loads(told("--profile", "smoke", "--memory", "--json"))
    assert found["parameters"] == 935_040
    lines = told("--profile", "smoke", "--memory").splitlines()[3:]
    assert len(found["layouts"]) == len(lines) == 18
    for layout, line in zip(found["layouts"], lines, strict=True):
        where = f"{layout['launch']} ({layout['devices']})" if layout["launch"] else "one process"
        values = [size(value) for name, value in layout.items() if name.endswith("_bytes")]
        assert line.split() == f"{layout['method']} {where} {' '.join(values)}".split()


def test_for_machines_what_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "/nowhere")
    arguments = ("student.base=nobody/nothing", "student.revision=null", "--memory", "--json")
    assert json.loads(told(*arguments))["unknown"].startswith("train: memory unknown, nobody/nothing: ")


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
