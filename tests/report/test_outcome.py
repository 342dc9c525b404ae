"""The outcome in one sentence: as much as was measured, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from lion.report import outcome


def sentence(figures: dict[str, Any]) -> str:
    return outcome.sentence(figures).replace("\u00a0", " ")


def student(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"bbh": {"items": 5, "strict_accuracy": value, "interval": {"strict_accuracy": [low, high]}}}


def run(*students: dict[str, Any]) -> dict[str, Any]:
    return {"iterations": {str(number): {"student": found} for number, found in enumerate(students)}}


def test_the_last_student_is_set_beside_plain_imitation() -> None:
    figures = run(student(0.40, 0.38, 0.42), student(0.1, 0.0, 0.2), student(0.45, 0.43, 0.47))
    assert sentence(figures) == (
        "After 2 adversarial iterations the student's strict accuracy on bbh is 45.0 % (95 % interval 43.0 to 47.0), "
        "5.0 points above plain imitation, 40.0 % (95 % interval 38.0 to 42.0); the intervals lie apart."
    )


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (student(0.41, 0.39, 0.43), "1.0 points above plain imitation, 40.0 % (95 % interval 38.0 to 42.0); the inter"),
        (student(0.39, 0.37, 0.41), "1.0 points below plain imitation"),
        (student(0.40, 0.38, 0.42), "as high as plain imitation"),
        (student(0.41), "41.0 %, 1.0 points above plain imitation, 40.0 % (95 % interval 38.0 to 42.0); how sure"),
    ],
)
def test_no_more_is_claimed_than_the_intervals_allow(last: dict[str, Any], told: str) -> None:
    found = sentence(run(student(0.40, 0.38, 0.42), last))
    assert told in found
    assert "lie apart" not in found
    assert found.startswith("After 1 adversarial iteration the")


def test_a_run_without_iterations_is_compared_with_nothing() -> None:
    found = sentence(run(student(0.4, 0.3, 0.5)))
    assert found.startswith("The strict accuracy on bbh is 40.0 % (95 % interval 30.0 to 50.0), of plain imitation")


def test_a_run_that_measured_nothing_says_so() -> None:
    assert sentence(run({}, {})) == "Nothing was measured: no suite stands in evaluate.suites."
    assert "nothing could be measured: none of the 5 items" in sentence(run(student(0.4), student(None)))
    assert "of plain imitation nothing was measured" in sentence(run(student(None), student(0.4)))
    assert "of plain imitation nothing was measured" in sentence(run({}, student(0.4)))
