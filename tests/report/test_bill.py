"""What a run cost, and what the authors' procedure would have bought in its place, by hand."""

from __future__ import annotations

from typing import Any

from lion.report import bill


def calls(bought: int, replayed: int, prompt: int, completion: int) -> dict[str, int]:
    return {"bought": bought, "replayed": replayed, "prompt_tokens": prompt, "completion_tokens": completion}


NONE = calls(0, 0, 0, 0)
FIGURES: dict[str, Any] = {
    "calls": {
        "teacher": calls(130, 100, 1300, 2600),
        "referee": calls(200, 40, 400, 600),
        "generator": NONE,
        "judge": calls(7, 0, 7, 7),
    },
    "iterations": {
        "0": {"pools": {"train": 100, "cache": 100}, "calls": {"teacher": calls(100, 0, 1000, 2000), "referee": NONE}},
        "1": {"pools": {"train": 20, "cache": 120}, "calls": {"teacher": calls(20, 100, 200, 400), "referee": NONE}},
        "2": {"pools": {"train": 10, "cache": 130}, "calls": {"teacher": calls(10, 0, 100, 200), "referee": NONE}},
    },
}


def test_the_bill_has_a_row_for_each_role_that_called_and_the_sum_at_the_end() -> None:
    found = bill.bills(FIGURES, lambda role, prompt, completion: (prompt + completion) / 1000)
    assert [(row["iteration"], row["role"], row["usd"]) for row in found] == [
        ("0", "teacher", 3.0),
        ("1", "teacher", 0.6),
        ("2", "teacher", 0.3),
        ("all", "teacher", 3.9),
        ("all", "referee", 1.0),
        ("all", "judge", 0.014),
    ]


def test_a_model_without_a_price_costs_an_unknown_sum_and_not_nothing() -> None:
    assert {row["usd"] for row in bill.bills(FIGURES, lambda *_: None)} == {None}


def test_the_authors_teacher_answers_every_cache_pool_anew_and_the_last_train_pool() -> None:
    teacher = bill.reference(FIGURES)[0]
    assert teacher["reference_calls"] == 100 + 120 + 10
    assert (teacher["calls"], teacher["tokens"]) == (130, 3900)
    assert teacher["reference_tokens"] == 30 * 230


def test_the_authors_referee_buys_what_was_replayed_and_no_judge_is_told() -> None:
    assert [(row["role"], row["reference_calls"]) for row in bill.reference(FIGURES)[1:]] == [("referee", 240)]
