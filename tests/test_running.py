"""What running stages tell other terminals: real processes that count, fail, end and are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lion.running import FOLDER, Sign, signs, tidy
from tests.slow import Slow, alive, killed, lay, wait


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stage that counts slowly, and the working directory there."""
    lay(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_stage_is_seen_with_its_count_and_gone_when_it_ends(project: Path) -> None:
    slow = Slow(project, "answer@1")
    for line in "ab":
        slow.feed(line)
    [sign] = wait(lambda: [sign for sign in alive() if sign.count == 2])
    assert (sign.stage, sign.pid, sign.what, sign.total, sign.note) == ("answer@1", slow.pid, "slow", 8, "bought 3")
    assert sign.left_s is not None and sign.left_s > 0
    assert slow.end() == 0
    assert list(FOLDER.iterdir()) == []


def test_a_stage_that_fails_leaves_nothing(project: Path) -> None:
    slow = Slow(project, "train@0")
    wait(alive)
    slow.feed("fail")
    assert slow.end() == 1
    assert list(FOLDER.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_kill_is_seen_at_once_with_what_was_told_last(project: Path, how: signal.Signals) -> None:
    slow = Slow(project, "infer@0")
    slow.feed("a")
    wait(lambda: [sign for sign in alive() if sign.count])
    slow.end(lambda process: process.send_signal(how))
    assert signs()[0] == []
    [sign] = killed()
    assert (sign.stage, sign.pid, sign.count) == ("infer@0", slow.pid, 1)


def test_the_next_run_of_a_stage_takes_away_what_was_left_and_no_other_stages(project: Path) -> None:
    for stage in ("answer@1", "answer@10"):
        slow = Slow(project, stage)
        wait(alive)
        slow.end(subprocess.Popen.kill)
    (FOLDER / "answer@1.7.json.partial").write_text("{")
    again = Slow(project, "answer@1")
    wait(alive)
    assert [sign.stage for sign in killed()] == ["answer@10"]
    assert not list(FOLDER.glob("*.partial"))
    again.end()


def test_several_processes_of_a_stage_tell_each_for_itself(project: Path) -> None:
    pair = [Slow(project, "train@0"), Slow(project, "train@0")]
    wait(lambda: len(alive()) == 2)
    assert {sign.pid for sign in alive()} == {slow.pid for slow in pair}
    tidy("train@0")
    assert len(alive()) == 2
    for slow in pair:
        slow.end()


def test_only_what_dvc_runs_is_told_of(project: Path) -> None:
    slow = Slow(project, None)
    slow.feed("a")
    assert slow.end() == 0
    assert not FOLDER.exists()


def test_a_stage_goes_on_where_nothing_can_be_told(project: Path) -> None:
    FOLDER.parent.mkdir()
    FOLDER.write_text("in the way")
    slow = Slow(project, "train@0")
    slow.feed("a")
    assert slow.end() == 0
    assert signs() == ([], [])


def test_a_file_of_another_maker_is_passed_over(project: Path) -> None:
    FOLDER.mkdir(parents=True)
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"pid": 1}'), ("d.json", "\xff")):
        (FOLDER / name).write_text(text)
    assert signs() == ([], [])


def test_the_file_is_whole_whenever_it_is_read(project: Path) -> None:
    slow = Slow(project, "train@0")
    wait(alive)
    [path] = FOLDER.glob("*.json")
    inodes = set()
    end = time.monotonic() + 20
    while len(inodes) < 2 and time.monotonic() < end:
        assert json.loads(path.read_bytes())["stage"] == "train@0"
        assert len(signs()[0]) == 1 and signs()[1] == []
        inodes.add(path.stat().st_ino)
    assert len(inodes) == 2
    slow.end()


def test_the_time_left_follows_the_mean_pace_and_goes_down_while_nothing_is_told() -> None:
    now = time.time()
    sign = Sign("a", 1, now - 60, now, "infer", 25, 100, 10.0)
    assert sign.left_s == pytest.approx(30, abs=1)
    assert Sign("a", 1, now, now - 20, "infer", 25, 100, 10.0).left_s == pytest.approx(10, abs=1)
    assert Sign("a", 1, now, now - 90, "infer", 25, 100, 10.0).left_s == 0
    for count, total in ((0, 100), (5, None), (None, None)):
        assert Sign("a", 1, now, now, "infer", count, total, 10.0).left_s is None
