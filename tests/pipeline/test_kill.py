"""`kill -9` of everything in the middle of a stage, then the same command again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.pipeline.conftest import Project, environment, fresh

pytestmark = pytest.mark.slow

CONCURRENCY = 2
STAGES = ("answer@0", "train@0", "infer@0", "referee@0", "generate@0")
PAID = ("answer@0", "referee@0", "generate@0")
PATIENCE_S = 120


def answered(classroom: Server) -> int:
    return int(classroom.ledger()["answered"])


def wait_until(what: Callable[[], bool]) -> None:
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < PATIENCE_S
        time.sleep(0.02)


def kill_in_the_middle_of(stage: str, project: Project, classroom: Server, log: Path) -> None:
    """Run the pipeline until `stage` is well under way, then kill the whole process group."""
    with log.open("w") as out:
        run = subprocess.Popen(
            ["dvc", "repro"], cwd=project.folder, env=environment(), stdout=out, stderr=out, start_new_session=True
        )
    wait_until(lambda: f"Running stage '{stage}'" in log.read_text())
    if stage in PAID:
        before = answered(classroom)
        wait_until(lambda: answered(classroom) >= before + 3)
    else:
        progress = ".lion/training/*/checkpoint-*" if stage == "train@0" else ".lion/inference/*/*"
        wait_until(lambda: run.poll() is not None or any(project.folder.glob(progress)))
    assert run.poll() is None
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert f"{stage}:" not in (project.folder / "dvc.lock").read_text(), f"{stage} was finished before the kill"


def test_five_kills_change_no_byte_and_buy_at_most_what_was_in_flight_again(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    classroom = serve("--latency-s", "0.1")
    settings = ("profile=smoke", f"teacher.endpoint={classroom.url}", "train.epochs=8")
    undisturbed = fresh(tmp_path / "undisturbed")
    undisturbed.compose(*settings)
    undisturbed.repro()

    before = answered(classroom)
    project = fresh(tmp_path / "killed")
    project.compose(*settings)
    for key, value in {"concurrency": CONCURRENCY, "inference_batch_tokens": 100, "checkpoint_every_steps": 1}.items():
        project.set(f"runtime.{key}", value)
    for stage in STAGES:
        kill_in_the_middle_of(stage, project, classroom, tmp_path / f"{stage}.log")
    assert "prepare" not in project.repro()

    assert project.outs() == undisturbed.outs()
    assert project.stored() == undisturbed.stored()
    bought_again = answered(classroom) - before - project.stored()
    assert 0 <= bought_again <= CONCURRENCY * len(PAID)
