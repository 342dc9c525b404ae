"""Marks counted: figures over all items and by group, and the files that hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lion import jsonl
from lion.evaluation import suites
from lion.evaluation.intervals import bootstrap, wilson
from lion.evaluation.recorded import Recorded
from lion.evaluation.result import NOTHING, mean, mean_of_shares, proportion, ratio, tell
from lion.records import Figure, Mark, Result
from tests.evaluation.terms import terms


def mark(number: int, task: str = "a", fault: str | None = None, **figures: float) -> Mark:
    return Mark(f"x/{number}", "x", {"task": task}, "answer", figures, fault)


def six_digits(value: float, interval: tuple[float, float]) -> Figure:
    return {"value": round(value, 6), "low": round(interval[0], 6), "high": round(interval[1], 6)}


def test_a_proportion_counts_ones_and_has_wilson_s_interval() -> None:
    marks = [mark(1, right=1.0), mark(2, right=0.0), mark(3, right=0.5), mark(4)]
    assert proportion("right")(marks) == six_digits(1 / 4, wilson(1, 4))


def test_a_mean_is_over_all_items_and_one_without_the_figure_is_zero() -> None:
    marks = [mark(1, score=10.0), mark(2, score=5.0), mark(3, fault="empty")]
    assert mean("score", 10.0)(marks) == six_digits(0.5, bootstrap([1.0, 0.5, 0.0]))


def test_a_ratio_is_of_sums_over_the_items_that_have_both() -> None:
    marks = [
        mark(1, ours=9.0, theirs=10.0),
        mark(2, ours=4.0, theirs=8.0),
        mark(3, ours=7.0),
        mark(4, fault="unjudged"),
    ]
    assert ratio("ours", "theirs")(marks) == six_digits(13 / 18, bootstrap([9.0, 4.0], [10.0, 8.0]))
    assert ratio("ours", "theirs")(marks[2:]) == NOTHING


def test_the_mean_of_shares_weighs_tasks_and_not_items() -> None:
    marks = [mark(n, right=float(n == 0)) for n in range(4)] + [mark(9, "b", right=1.0)]
    found = mean_of_shares("right", "task")(marks)
    assert found["value"] == (0.25 + 1.0) / 2 and proportion("right")(marks)["value"] == 0.4
    assert found["low"] is not None and found["high"] is not None and found["low"] < 0.625 < found["high"]


@pytest.mark.parametrize("count", [proportion("x"), mean("x"), ratio("x", "y"), mean_of_shares("x", "task")])
def test_of_no_items_nothing_is_known(count: object) -> None:
    assert callable(count) and count([]) == NOTHING == {"value": None, "low": None, "high": None}


def test_a_result_tells_groups_faults_and_how_it_was_measured() -> None:
    marks = [
        mark(1, "b", right=1.0),
        mark(2, fault="none"),
        mark(3, "b", fault="empty", right=0.0),
        mark(4, fault="none"),
    ]
    overall = {"right_mean": mean_of_shares("right", "task")}
    found = tell(
        "x", marks, {"right": proportion("right")}, terms(), version="v", protocol="p", overall=overall, notes=["n"]
    )
    assert list(found.figures) == ["right_mean", "right"] and found.figures["right"]["value"] == 0.25
    assert (found.items, found.unanswered, found.faults) == (4, 3, {"empty": 1, "none": 2})
    assert list(found.by["task"]) == ["b", "a"] and found.by["task"]["b"]["items"] == 2
    assert found.by["task"]["b"]["figures"] == {"right": proportion("right")([marks[0], marks[2]])}
    assert (found.subject, found.version, found.protocol, found.notes) == ("student", "v", "p", ["n"])
    assert set(found.decoding) == {"backend", "temperature", "top_p", "max_new_tokens"}


def test_the_files_of_an_evaluation_are_the_same_bytes_again(tmp_path: Path) -> None:
    (tmp_path / "dolly").mkdir()
    records = [
        {"instruction": f"Say {n}.", "context": "", "response": f"It is {n}.", "category": "qa"} for n in range(9)
    ]
    (tmp_path / "dolly/split.jsonl").write_bytes(b"".join(map(jsonl.encode, records)))
    answers = [{"id": f"dolly/{n}", "text": f"is {n}" if n % 2 else ""} for n in range(1, 10)]
    (tmp_path / "answers.jsonl").write_bytes(b"".join(map(jsonl.encode, answers)))
    subject = Recorded(tmp_path / "answers.jsonl")
    for name in ("first", "second"):
        suites.measure(["dolly"], subject, terms(tmp_path), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert files == ["dolly.jsonl", "results.jsonl"]
    for file in files:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    (result,) = jsonl.read(tmp_path / "first/results.jsonl", Result)
    assert (result.suite, result.items, result.faults) == ("dolly", 9, {"empty": 4})
    marks = list(jsonl.read(tmp_path / "first/dolly.jsonl", Mark))
    assert [one.id for one in marks] == [f"dolly/{n}" for n in range(1, 10)]
    assert result.figures["rouge_l"] == mean("rouge_l")(marks)
