"""What the charts are drawn from, counted by hand on a few records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lion import jsonl
from lion.records import Instruction, Mark, Order, Review, Verdict
from lion.report import evidence

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
POOL = [
    Instruction(id, text, "", "seed", 0)
    for id, text in ((ONE, "Name a fruit."), (TWO, "name two fruits"), (THREE, "Sort these."))
]
FIGURES: dict[str, Any] = {"iterations": {"0": {"student": {}, "discrimination": {}}, "1": {"student": {}}}}


def review(id: str, order: Order, teacher: float, student: float) -> Review:
    return Review(id, order, "read", teacher, student)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "iteration-0"
    jsonl.write(folder / "cache_pool.jsonl", POOL)
    jsonl.write(folder / "hard.jsonl", [Verdict(ONE, 9.0, 5.0, 4.0)])
    jsonl.write(folder / "easy.jsonl", [Verdict(TWO, 7.0, 7.25, -0.25)])
    reviews = [
        review(ONE, "teacher-first", 9.0, 4.0),
        review(ONE, "student-first", 9.0, 6.0),
        review(TWO, "teacher-first", 8.0, 7.0),
        review(TWO, "student-first", 6.0, 7.5),
        review(THREE, "teacher-first", 10.0, 1.0),
        Review(THREE, "student-first", "", reason="unreadable"),
    ]
    jsonl.write(folder / "reviews.jsonl", reviews)
    return tmp_path


def test_gaps_are_counted_from_minus_nine_to_nine_and_their_shares_make_one(data: Path) -> None:
    gaps = evidence.gather(data, FIGURES).gaps
    assert [row["gap"] for row in gaps] == list(range(-9, 10))
    assert {row["gap"]: row["count"] for row in gaps if row["count"]} == {4: 1, 0: 1}
    assert sum(row["share"] for row in gaps) == 1


def test_a_gap_that_is_the_threshold_is_hard_as_in_the_discrimination(data: Path) -> None:
    shares = {row["threshold"]: row["hard_share"] for row in evidence.gather(data, FIGURES).thresholds}
    assert len(shares) == 37
    assert [shares[tau] for tau in (0.0, 0.25, 4.0, 4.25, 9.0)] == [0.5, 0.5, 0.5, 0.0, 0.0]


def test_position_bias_is_told_of_what_was_read_in_both_orders(data: Path) -> None:
    # ONE: 5 and 3 points for the teacher, its order shifts by (5 - 3) / 2 = 1, nobody else wins.
    # TWO: +1 and -1.5, the order decides who wins, and shifts by 1.25.
    assert evidence.gather(data, FIGURES).orders == [{"iteration": 0, "pairs": 2, "flipped": 0.5, "shift": 1.125}]


def test_scores_are_counted_for_each_side_and_one_between_two_goes_to_the_nearer(data: Path) -> None:
    scores = {(row["of"], row["score"]): row["count"] for row in evidence.gather(data, FIGURES).scores}
    assert scores["teacher", 9] == 2
    assert scores["student", 7] == 1 and scores["student", 8] == 1
    assert sum(scores.values()) == 10


def test_losses_are_those_of_every_student(data: Path) -> None:
    for number, loss in ((0, 2.5), (1, 1.25)):
        path = data / f"iteration-{number}/training.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"step,loss,learning_rate,tokens\n1,{loss},0.1,9\n")
    rows = [{"student": 0, "step": 1, "loss": 2.5}, {"student": 1, "step": 1, "loss": 1.25}]
    assert evidence.gather(data, FIGURES).losses == rows


def test_families_are_those_of_the_balanced_exam_the_worst_first(data: Path) -> None:
    for number, right in ((0, (0.0, 0.0, 1.0)), (1, (1.0, 0.0, 1.0))):
        marks = [
            Mark(f"{n:016x}", "exam-balanced", {"category": "lists", "family": family}, "x", {"right": value})
            for n, (family, value) in enumerate(zip(("sort", "sort", "first"), right, strict=True))
        ]
        other = Mark("f" * 16, "exam-seeds", {"category": "lists", "family": "sort"}, "x", {"right": 0.0})
        jsonl.write(data / f"iteration-{number}/evaluation/exam.jsonl", [*marks, other])
    found = evidence.gather(data, FIGURES).families
    assert [(row["family"], row["first"], row["last"], row["questions"]) for row in found] == [
        ("sort", 0.0, 0.5, 2),
        ("first", 1.0, 1.0, 1),
    ]


def test_the_hard_share_of_each_category_of_instructions_is_told_for_what_was_judged(data: Path) -> None:
    assert evidence.gather(data, FIGURES).kinds == [{"category": "name", "judged": 2, "first": 0.5, "last": 0.5}]


def test_categories_are_those_of_each_suite_and_student(data: Path) -> None:
    told = {"exam-balanced": {"accuracy": 0.5, "by_category": {"lists": 0.25, "units": None}}}
    figures = {"iterations": {"0": {"student": told}, "1": {"student": {}}}}
    assert evidence.gather(data, figures).categories == [
        {"student": 0, "suite": "exam-balanced", "category": "lists", "value": 0.25},
        {"student": 0, "suite": "exam-balanced", "category": "units", "value": None},
    ]


def test_a_table_without_rows_is_a_file_with_its_heads_alone(tmp_path: Path) -> None:
    evidence.write(evidence.Evidence(), "gaps", tmp_path / "gaps.csv")
    assert (tmp_path / "gaps.csv").read_text() == "iteration,gap,count,share\n"


def test_a_table_that_is_plotted_has_its_rows_as_csv(data: Path) -> None:
    evidence.write(evidence.gather(data, FIGURES), "thresholds", data / "thresholds.csv")
    lines = (data / "thresholds.csv").read_text().splitlines()
    assert lines[:2] == ["iteration,threshold,hard_share", "0,0.0,0.5"] and len(lines) == 38
