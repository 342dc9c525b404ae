"""A stage on several processes: the same student, and one line and no process left where it fails."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch
import yaml
from click.testing import CliRunner
from safetensors.torch import load_file

from lion import jsonl, params
from lion.cli import main
from lion.conf import compose
from lion.corridor import Corridor
from lion.records import Answer, Instruction
from lion.student import launch
from lion.student.checkpoint import prepare_base
from lion.student.training import Example
from tests.student.trainings import progress

ROOT = Path(__file__).parent.parent.parent


class Desk:
    """A folder with what the stage `train` reads, and the stage itself."""

    def __init__(self, folder: Path, base: Path, examples: list[Example], *overrides: str) -> None:
        self.folder = folder
        folder.mkdir()
        pool = [Instruction(e.id, e.instruction, e.input, "seed", 0) for e in examples]
        jsonl.write(folder / "pool.jsonl", pool)
        jsonl.write(folder / "answers.jsonl", [Answer(e.id, e.answer) for e in examples])
        (folder / "student0").symlink_to(base)
        settings = ["train.epochs=4", "train.batch_size=6", "train.learning_rate=5e-3", "train.max_length=128"]
        (folder / "params.yaml").write_text(compose("profile=smoke", *settings, *overrides))

    def command(self) -> list[str]:
        options = {
            "params": "params.yaml",
            "train-pool": "pool.jsonl",
            "answers": "answers.jsonl",
            "previous": "student0",
            "student": "student1",
            "history": "history.csv",
            "scratch": "scratch",
        }
        given = [word for name, path in options.items() for word in (f"--{name}", str(self.folder / path))]
        return [sys.executable, "-m", "stages.train", *given]

    def start(self, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(**environment)
        try:
            out, err = process.communicate(timeout=900)  # DeepSpeed's first run compiles for minutes
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def losses(self) -> list[float]:
        return [float(row["loss"]) for row in csv.DictReader((self.folder / "history.csv").read_text().splitlines())]

    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.folder / "student1" / "model.safetensors")


def succeeded(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr[-3000:]
    said = [line for line in done.stderr.replace("\r", "\n").splitlines() if line]
    assert {line.split(":")[0] for line in said} <= {"train"}, done.stderr


def ended_well(done: subprocess.CompletedProcess[str]) -> None:
    """DeepSpeed itself is not quiet."""
    assert done.returncode == 0, done.stderr[-3000:]


def alike(one: Desk, two: Desk) -> None:
    """The same losses, files and weights, but for the rounding of sums."""
    assert two.losses() == pytest.approx(one.losses(), abs=1e-4)
    assert set(one.weights()) == set(two.weights())
    for key, tensor in one.weights().items():
        assert torch.allclose(tensor, two.weights()[key], atol=1e-4), key
    names = [sorted(path.name for path in (desk.folder / "student1").iterdir()) for desk in (one, two)]
    assert names[0] == names[1]
    assert progress(two.folder / "scratch") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cpu", "cpu-fsdp"])
@pytest.mark.parametrize("method", ["full", "lora"])
def test_two_processes_train_the_student_that_one_process_trains(
    tmp_path: Path, base: Path, examples: list[Example], name: str, method: str
) -> None:
    settings = [f"train.method={method}", "train.lora.dropout=0"]
    one = Desk(tmp_path / "one", base, examples, *settings)
    two = Desk(tmp_path / "two", base, examples, *settings, f"runtime.launch={name}")
    succeeded(one.run())
    succeeded(two.run())
    alike(one, two)


def with_deepspeed(tmp_path: Path, name: str, stage: int = 3) -> str:
    """A shipped configuration on two processes on the CPU, and at another stage of ZeRO: what to set for it."""
    found = yaml.safe_load((launch.folder() / f"{name}.yaml").read_text()) | {"use_cpu": True, "num_processes": 2}
    found["deepspeed_config"]["zero_stage"] = stage
    (tmp_path / "cpu.yaml").write_text(yaml.safe_dump(found))
    return f"runtime.launch={tmp_path}/cpu.yaml"


needs_deepspeed = pytest.mark.skipif(importlib.util.find_spec("deepspeed") is None, reason="DeepSpeed is not installed")


@pytest.mark.slow
@needs_deepspeed
@pytest.mark.parametrize("name", ["zero3", "zero3-offload"])
@pytest.mark.parametrize("method", ["full", "lora"])
def test_deepspeed_trains_the_student_that_one_process_trains(
    tmp_path: Path, base: Path, examples: list[Example], name: str, method: str
) -> None:
    settings = [f"train.method={method}", "train.lora.dropout=0"]
    one = Desk(tmp_path / "one", base, examples, *settings)
    two = Desk(tmp_path / "two", base, examples, *settings, with_deepspeed(tmp_path, name))
    succeeded(one.run())
    ended_well(two.run())
    alike(one, two)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("cpu-fsdp", None),
        pytest.param("zero3", 2, marks=needs_deepspeed),
        pytest.param("zero3", 3, marks=needs_deepspeed),
        pytest.param("zero3-offload", 3, marks=needs_deepspeed),
    ],
)
def test_devices_that_share_weights_accumulate_the_passes_of_a_step_also_where_one_has_fewer_rows(
    tmp_path: Path, base: Path, examples: list[Example], name: str, stage: int | None
) -> None:
    """Five rows a step, then the sixth alone, each row a pass of its own: three and two, then one and none."""
    settings = ["train.batch_size=5", "runtime.micro_batch_tokens=40"]
    one = Desk(tmp_path / "one", base, examples, *settings)
    chosen = with_deepspeed(tmp_path, name, stage) if stage else f"runtime.launch={name}"
    two = Desk(tmp_path / "two", base, examples, *settings, chosen)
    succeeded(one.run())
    ended_well(two.run())
    alike(one, two)


@pytest.mark.slow
def test_tied_matrices_are_sharded_and_saved_as_one(
    tmp_path: Path, publish: Callable[..., Path], examples: list[Example]
) -> None:
    prepare_base(str(publish(tmp_path / "raw", tied=True)), None, "paper", tmp_path / "base")
    one = Desk(tmp_path / "one", tmp_path / "base", examples)
    two = Desk(tmp_path / "two", tmp_path / "base", examples, "runtime.launch=cpu-fsdp")
    succeeded(one.run())
    succeeded(two.run())
    assert "lm_head.weight" not in two.weights()
    alike(one, two)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cpu-fsdp", pytest.param("zero3", marks=needs_deepspeed)])
def test_a_sharded_training_killed_and_started_again_ends_with_the_same_weights(
    tmp_path: Path, base: Path, examples: list[Example], name: str
) -> None:
    chosen = with_deepspeed(tmp_path, name) if name == "zero3" else f"runtime.launch={name}"
    settings = [chosen, "runtime.checkpoint_every_steps=2", "train.epochs=40"]
    whole, cut = (Desk(tmp_path / folder, base, examples, *settings) for folder in ("whole", "cut"))
    ended_well(whole.run())
    victim = cut.start()
    until(lambda: list((cut.folder / "scratch").glob("*/checkpoint-*/trainer_state.json")))
    members = psutil.Process(victim.pid).children(recursive=True)
    victim.kill()
    victim.communicate()
    psutil.wait_procs(members, timeout=60)
    assert not (cut.folder / "student1").exists()
    ended_well(cut.run())
    assert cut.losses() == whole.losses()
    assert all(torch.equal(tensor, cut.weights()[key]) for key, tensor in whole.weights().items())


def until(is_so: Callable[[], object], timeout_s: float = 120) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def long_training(
    tmp_path: Path, base: Path, examples: list[Example]
) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A stage with two workers at work, and all the processes below it."""
    desk = Desk(
        tmp_path / "desk",
        base,
        examples,
        "runtime.launch=cpu",
        "train.epochs=100000",
        "runtime.checkpoint_every_steps=5",
    )
    process = desk.start()
    until(lambda: list((desk.folder / "scratch").glob("*/checkpoint-*/trainer_state.json")))
    members = psutil.Process(process.pid).children(recursive=True)
    assert sum("stages.train" in member.cmdline() for member in members) >= 2
    return process, members


def end(process: subprocess.Popen[str], members: list[psutil.Process]) -> list[str]:
    """The lines that the stage ended with, after it and all below it have gone."""
    err = process.communicate(timeout=90)[1]
    _, left = psutil.wait_procs(members, timeout=60)
    assert left == []
    assert process.returncode != 0
    return [line for line in err.replace("\r", "\n").splitlines() if line and not line.startswith("train:")]


@pytest.mark.slow
def test_ctrl_c_ends_every_process_with_one_line(tmp_path: Path, base: Path, examples: list[Example]) -> None:
    process, members = long_training(tmp_path, base, examples)
    process.send_signal(signal.SIGINT)
    assert end(process, members) == ["Aborted!"]


@pytest.mark.slow
def test_a_worker_that_dies_ends_every_process_with_one_line(
    tmp_path: Path, base: Path, examples: list[Example]
) -> None:
    process, members = long_training(tmp_path, base, examples)
    workers = [member for member in members if member.environ().get("RANK") == "1"]
    workers[0].kill()
    told = [line for line in end(process, members) if line.startswith("Error: ")]
    assert len(told) == 1
    assert "process 1 of 2 was killed (SIGKILL)" in told[0]


@pytest.mark.slow
def test_a_launcher_that_is_killed_leaves_no_process(tmp_path: Path, base: Path, examples: list[Example]) -> None:
    process, members = long_training(tmp_path, base, examples)
    [launcher] = psutil.Process(process.pid).children()
    launcher.kill()
    end(process, members)


@pytest.mark.slow
def test_a_fault_that_every_process_meets_is_told_once(tmp_path: Path, base: Path, examples: list[Example]) -> None:
    done = Desk(tmp_path / "desk", tmp_path / "nowhere", examples, "runtime.launch=cpu").run()
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: {tmp_path}/desk/student0: no such checkpoint. Restore it with: dvc checkout {tmp_path}/desk/student0"
    ]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("nowhere", "wanted null, a file for `accelerate launch`, or one of cpu, cpu-fsdp, ddp, "),
        ("fsdp-nodes", "runs on 2 nodes, but where is the main one? Set LION_MAIN_ADDRESS"),
    ],
)
def test_a_launch_that_cannot_be_is_one_line(
    tmp_path: Path, base: Path, examples: list[Example], name: str, wanted: str
) -> None:
    done = Desk(tmp_path / "desk", base, examples, f"runtime.launch={name}").run()
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert wanted in done.stderr
    assert "runtime.launch: " in done.stderr


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    "name", ["single", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ddp", "fsdp", "fsdp-offload"))]
)
def test_a_launch_without_its_gpu_is_one_line(tmp_path: Path, base: Path, examples: list[Example], name: str) -> None:
    done = Desk(tmp_path / "desk", base, examples, f"runtime.launch={name}").run()
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: runtime.launch: {name!r} needs a GPU, and there is none. Choose 'cpu', or null for one process\n"
    )


@pytest.mark.skipif(importlib.util.find_spec("deepspeed") is not None, reason="DeepSpeed is installed")
def test_a_launch_without_deepspeed_is_one_line(tmp_path: Path, base: Path, examples: list[Example]) -> None:
    done = Desk(tmp_path / "desk", base, examples, "runtime.launch=zero3").run()
    assert done.returncode == 1
    assert "'zero3' needs DeepSpeed, which is not installed. Run: pip install" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_two_nodes_train_the_student_that_one_process_trains(
    tmp_path: Path, base: Path, examples: list[Example]
) -> None:
    one = Desk(tmp_path / "one", base, examples)
    succeeded(one.run())
    project = tmp_path / "two"
    configuration = {"distributed_type": "MULTI_GPU", "use_cpu": True, "num_machines": 2, "num_processes": 2}
    two = Desk(project, base, examples, f"runtime.launch={tmp_path}/nodes.yaml")
    (tmp_path / "nodes.yaml").write_text(json.dumps({**configuration, "same_network": True}))
    lay_out(two, base)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nodes = {"LION_MAIN_ADDRESS": "127.0.0.1", "LION_MAIN_PORT": str(free.getsockname()[1])}
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | nodes
    [stage] = [s for s in Corridor(params.read(project / "params.yaml").model_dump()).of("train") if s.key == "0"]
    commands = [
        [sys.executable, *stage.command.split()[1:], "--scratch", "scratch"],
        [sys.executable, "-m", "lion.cli", "join", "train@0", "--rank", "1"],
    ]
    group = [
        subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    for process in group:
        err = process.communicate(timeout=200)[1]
        assert process.returncode == 0, err
    (project / "models/iteration-0").rename(project / "student1")
    (project / "data/iteration-0/training.csv").rename(project / "history.csv")
    alike(one, two)


def lay_out(desk: Desk, base: Path) -> None:
    """The places of dvc.yaml in the desk's folder."""
    for name in ("data/iteration-0", "models"):
        (desk.folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "dvc.yaml", desk.folder)
    (desk.folder / "models/cub").symlink_to(ROOT / "models/cub")
    (desk.folder / "models/base").symlink_to(base)
    (desk.folder / "pool.jsonl").rename(desk.folder / "data/iteration-0/train_pool.jsonl")
    (desk.folder / "answers.jsonl").rename(desk.folder / "data/iteration-0/teacher.jsonl")


@pytest.mark.parametrize(
    ("stage", "overrides", "wanted"),
    [
        ("referee@0", ["runtime.launch=cpu"], "wanted one of train@0, train@1, infer@0"),
        ("train@0", ["runtime.launch=cpu"], "--rank: found 1, but 'cpu' runs on 1 node"),
        (
            "infer@0",
            ["runtime.launch=cpu", "infer.backend=openai", "infer.endpoint=http://127.0.0.1:9/v1"],
            "asks an engine",
        ),
        ("train@0", [], "runtime.launch: found null"),
        ("evaluate@0", ["evaluate.suites=[]", "runtime.launch=fsdp-nodes"], "evaluate@0 measures nothing"),
    ],
)
def test_joining_what_cannot_be_joined_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, overrides: list[str], wanted: str
) -> None:
    (tmp_path / "params.yaml").write_text(compose("profile=smoke", *overrides))
    (tmp_path / "models").mkdir()
    (tmp_path / "models/cub").symlink_to(ROOT / "models/cub")
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["join", stage, "--rank", "1"])
    assert done.exit_code == 1
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_process_that_waits_needs_no_torch() -> None:
    script = "import sys, stages.train, lion.cli; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
