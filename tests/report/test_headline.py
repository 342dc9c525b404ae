"""The outcome in one sentence."""

from __future__ import annotations

from typing import Any

from lion.report.headline import headline

Cell = tuple[float | None, float | None, float | None]


def figures(*students: dict[str, Cell], name: str = "accuracy") -> dict[str, Any]:
    """The students' value, low and high on each suite."""
    found = [
        {suite: {name: value, "interval": {name: [low, high]}} for suite, (value, low, high) in student.items()}
        for student in students
    ]
    return {"iterations": {str(number): {"student": student} for number, student in enumerate(found)}}


def test_intervals_apart_are_told_with_the_gain() -> None:
    found = figures(*({"exam-balanced": (0.4 + n / 10, 0.38 + n / 10, 0.42 + n / 10)} for n in range(3)))
    assert headline(found) == (
        "After 2 adversarial iterations the student has 60.0 % of the balanced exam right, 20.0 points above plain "
        "imitation (95 % intervals 58.0 to 62.0 and 38.0 to 42.0, which do not overlap)."
    )


def test_intervals_that_overlap_may_be_chance() -> None:
    found = figures({"exam-seeds": (0.4, 0.3, 0.5)}, {"exam-seeds": (0.45, 0.35, 0.55)})
    assert headline(found) == (
        "After 1 adversarial iteration the student has 45.0 % of the exam drawn like the seeds right, 5.0 points above "
        "plain imitation; the 95 % intervals (35.0 to 55.0 and 30.0 to 50.0) overlap, so it may be chance."
    )


def test_intervals_that_touch_overlap() -> None:
    assert "overlap, so it may be chance" in headline(figures({"bbh": (0.3, 0.2, 0.4)}, {"bbh": (0.5, 0.4, 0.6)}))


def test_a_loss_is_below_and_no_gain_is_just_as_much() -> None:
    assert "5.0 points below plain imitation" in headline(figures({"bbh": (0.5, 0.4, 0.6)}, {"bbh": (0.45, 0.4, 0.6)}))
    same = headline(figures({"bbh": (0.5, 0.4, 0.6)}, {"bbh": (0.5, 0.4, 0.6)}))
    assert "just as much as plain imitation" in same


def test_any_suite_is_told_by_the_figure_that_it_is_known_by() -> None:
    found = figures({"vicuna": (0.7, 0.6, 0.8)}, {"vicuna": (0.9, 0.85, 0.95)}, name="relative_score")
    assert "the student reaches 90.0 % on vicuna (relative score), 20.0 points above" in headline(found)


def test_one_sentence_tells_the_first_suite_alone() -> None:
    both: dict[str, Cell] = {"exam-balanced": (0.4, 0.3, 0.5), "bbh": (0.2, 0.1, 0.3)}
    told = headline(figures(both, both))
    assert "bbh" not in told
    assert told.count(". ") == 0


def test_without_iterations_there_is_nothing_to_compare() -> None:
    assert headline(figures({"exam-balanced": (0.4, 0.3, 0.5)})) == (
        "Plain imitation, student 0, has 40.0 % of the balanced exam right (95 % interval 30.0 to 50.0); no "
        "adversarial iteration was run, so there is nothing to compare it with."
    )


def test_a_suite_that_student_0_was_not_asked_is_told_without_a_gain() -> None:
    told = headline(figures({}, {"bbh": (0.4, 0.3, 0.5)}))
    assert "points" not in told
    assert "student 0, plain imitation, was not measured on it" in told


def test_a_suite_without_a_figure_is_passed_over() -> None:
    found = figures({}, {"vicuna": (None, None, None), "bbh": (0.4, 0.3, 0.5)})
    assert "40.0 % of bbh right" in headline(found)


def test_without_suites_there_is_no_outcome() -> None:
    assert headline(figures({}, {})) == "Nothing was measured of the last student, so there is no outcome to tell."


def test_without_intervals_it_may_be_chance() -> None:
    found = figures({"bbh": (0.4, None, None)}, {"bbh": (0.5, None, None)})
    assert "there are no intervals, so it may be chance" in headline(found)
