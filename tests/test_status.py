"""`lion status` from another terminal: what was run, what would run again, what runs now and what was killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from lion.cli import main
from lion.conf import compose
from lion.running import FOLDER
from tests.chat.test_archive import entries, fill
from tests.run import copied, walk
from tests.slow import ROOT, Slow, alive, environment, lay, wait


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the smoke profile in which nothing was run, and the working directory there."""
    monkeypatch.chdir(copied(tmp_path))
    Path("params.yaml").write_text(compose("profile=smoke"))
    return tmp_path


def _status(*arguments: str) -> Result:
    done = CliRunner().invoke(main, ["status", *arguments])
    assert done.exit_code == 0, done.output
    return done


def _stages() -> dict[str, dict[str, Any]]:
    return {stage["name"]: stage for stage in json.loads(_status("--json").stdout)["stages"]}


def _states(*names: str) -> list[str]:
    stages = _stages()
    return [stages[name]["state"] for name in names]


def _tree() -> dict[str, Any]:
    return dict(yaml.safe_load(Path("params.yaml").read_text()))


def test_before_the_first_run_all_is_waiting(project: Path) -> None:
    assert {stage["state"] for stage in _stages().values()} == {"waiting"}
    told = _status().stdout
    assert "train          waiting  waiting" in told
    assert ".lion/journal.db: nothing was bought yet" in told


def test_what_was_run_is_done_and_what_changed_is_stale_with_its_reason(project: Path) -> None:
    walk(_tree(), "prepare", "answer@0", "train@0", "infer@0", "referee@0")
    names = ("prepare", "answer@0", "train@0", "infer@0", "referee@0", "discriminate@0")
    assert _states(*names) == ["done"] * 5 + ["waiting"]
    Path("lion/student/trainer.py").write_text("changed")
    assert _states(*names) == ["done", "done", "stale", "behind", "behind", "waiting"]
    assert "train@0  stale: lion/student/trainer.py" in _status().stdout.splitlines()
    assert _stages()["infer@0"]["reasons"] == ["after train@0"]


def test_params_are_a_reason_too(project: Path) -> None:
    walk(_tree(), "prepare", "answer@0")
    Path("params.yaml").write_text(compose("profile=smoke", "teacher.temperature=0.1"))
    assert _stages()["answer@0"]["reasons"] == ["params teacher"]


def test_outs_that_are_gone_or_were_changed_are_missing(project: Path) -> None:
    walk(_tree(), "prepare", "answer@0")
    Path("data/iteration-0/teacher.jsonl").write_text("by hand\n")
    Path("data/iteration-0/unanswered.jsonl").unlink()
    [line] = [line for line in _status().stdout.splitlines() if line.startswith("answer@0")]
    assert line.startswith(
        "answer@0  missing: data/iteration-0/teacher.jsonl, data/iteration-0/unanswered.jsonl; bring"
    )


def test_a_running_stage_is_told_with_its_count_and_the_time_left(project: Path) -> None:
    lay(project)
    slow = Slow(project, "answer@0")
    for line in "abc":
        slow.feed(line)
    wait(lambda: [sign for sign in alive() if sign.count == 3])
    told = _status().stdout.splitlines()
    [line] = [line for line in told if line.startswith("answer@0")]
    assert line.startswith("answer@0  running: slow 3 of 8 (38%), 0:0") and line.endswith(" left")
    assert "  bought 3" in told
    [process] = _stages()["answer@0"]["processes"]
    assert (process["count"], process["total"], process["pid"]) == (3, 8, slow.pid)
    slow.end()
    assert _states("answer@0") == ["waiting"]


def test_several_stages_may_run_and_one_of_them_in_several_processes(project: Path) -> None:
    lay(project)
    all_of_them = [Slow(project, name) for name in ("train@0", "train@0", "evaluate@1")]
    wait(lambda: [sign.count for sign in alive()] == [0, 0, 0])
    assert _states("train@0", "evaluate@1") == ["running", "running"]
    assert "train@0  running: slow 0 of 8 (0%), 2 processes" in _status().stdout
    for slow in all_of_them:
        slow.end()


def test_a_killed_stage_is_told_until_it_is_done(project: Path) -> None:
    lay(project)
    slow = Slow(project, "answer@0")
    slow.feed("a")
    wait(lambda: [sign for sign in alive() if sign.count])
    slow.end(subprocess.Popen.kill)
    assert _states("answer@0") == ["killed"]
    assert "answer@0  killed at slow 1 of 8 (12%): dvc repro goes on from there" in _status().stdout
    walk(_tree(), "prepare", "answer@0")
    assert _states("answer@0") == ["done"]


def test_a_stage_that_these_parameters_do_not_know_is_told_as_well(project: Path) -> None:
    lay(project)
    slow = Slow(project, "train@7")
    wait(alive)
    assert _stages()["train@7"]["state"] == "running"
    assert "7" in _status().stdout.splitlines()[0]
    slow.end()


def test_a_process_that_stands_still_is_told_so(project: Path) -> None:
    lay(project)
    slow = Slow(project, "train@0")
    [sign] = wait(lambda: [sign for sign in alive() if sign.count is not None])
    path = FOLDER / f"train@0.{slow.pid}.json"
    os.kill(slow.pid, signal.SIGSTOP)
    path.write_text(path.read_text().replace(str(sign.updated), str(sign.updated - 3700)))  # as if an hour ago
    assert ", no sign of life for 1:01:4" in _status().stdout
    os.kill(slow.pid, signal.SIGCONT)
    slow.end()


def test_dvc_at_work_is_seen_and_so_is_its_end(project: Path) -> None:
    lay(project)
    Path("stages/slow.py").write_text(Path("stages/slow.py").read_text().replace("sys.stdin", "open('fifo')"))
    os.mkfifo("fifo")
    command = f"{sys.executable} -m stages.slow"
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"slow": {"cmd": command, "outs": ["data/slow"]}}}))
    Path(".dvc/tmp").mkdir(parents=True)
    Path(".dvc/config").write_text("[core]\n    no_scm = True\n    analytics = False\n    check_update = False\n")
    dvc = subprocess.Popen(
        [Path(sys.executable).parent / "dvc", "repro"],
        env=environment(None),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait(lambda: Path(".dvc/tmp/rwlock").exists() and _stages()["slow"]["is_held"])
    wait(alive)
    os.killpg(dvc.pid, signal.SIGKILL)
    dvc.communicate()
    stage = _stages()["slow"]
    assert (stage["state"], stage["is_held"]) == ("killed", False)


@pytest.mark.parametrize("locks", ["{", "[]", '{"write": {"/x": {"pid": -1}, "/y": {}}}', '{"write": null}'])
def test_a_file_of_locks_that_is_no_such_file_is_passed_over(project: Path, locks: str) -> None:
    Path(".dvc/tmp").mkdir(parents=True)
    Path(".dvc/tmp/rwlock").write_text(locks)
    assert set(_states("prepare", "report")) == {"waiting"}


def test_what_was_bought_is_told_in_a_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(Path(".lion/journal.db"), entries(1200))
    assert (
        ".lion/journal.db: 1,200 replies (teacher 1,200), 3,600 prompt and 2,400 completion tokens, no price; "
        "more: lion spend" in _status().stdout
    )
    assert json.loads(_status("--json").stdout)["bought"][0]["calls"] == 1200


def test_a_journal_that_cannot_be_read_does_not_hide_the_stages(project: Path) -> None:
    Path(".lion").mkdir()
    Path(".lion/journal.db").write_bytes(b"no journal" * 100)
    assert ".lion/journal.db: damaged, or not a journal" in _status().stdout
    assert "damaged" in json.loads(_status("--json").stdout)["journal_fault"]


def test_json_has_the_keys_that_are_documented(project: Path) -> None:
    lay(project)
    slow = Slow(project, "train@0")
    wait(alive)
    told = json.loads(_status("--json").stdout)
    slow.end()
    [train] = [stage for stage in told["stages"] if stage["name"] == "train@0"]
    keys = {*told, *train, *train["processes"][0]}
    assert len(keys) >= 18
    documented = (ROOT / "docs/following.md").read_text()
    assert [key for key in sorted(keys) if f"`{key}`" not in documented] == []


def test_asking_changes_nothing(project: Path) -> None:
    walk(_tree(), "prepare", "answer@0")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    _status()
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_outside_of_a_project_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["status"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: params.yaml: not found")
    shutil.rmtree(tmp_path)
