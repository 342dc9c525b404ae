"""Progress: a line where no terminal is, and signs of life while nothing comes."""

from __future__ import annotations

import time

import pytest

from lion.progress import track
from lion.running import beating


def test_every_item_comes_through_and_the_last_line_has_count_and_note(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(7), "answer", 7, lambda: "bought 3")) == list(range(7))
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("answer: 100%") and "7/7" in line and line.endswith("  bought 3")


def test_total_may_be_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(iter("ab"), "generate")) == ["a", "b"]
    assert "generate: 2it" in capsys.readouterr().err


def test_a_consumer_that_stops_early_ends_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    counted = track(range(9), "infer", 9)
    next(counted)
    counted.close()
    assert "0/9" in capsys.readouterr().err


def test_beats_go_on_while_nothing_happens_and_end_with_the_block() -> None:
    beats: list[float] = []
    with beating(lambda: beats.append(time.monotonic()), 0.01):
        time.sleep(0.2)
    assert len(beats) >= 3
    count = len(beats)
    time.sleep(0.05)
    assert len(beats) == count
