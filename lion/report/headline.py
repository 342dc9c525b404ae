"""The outcome of a run in one sentence. Knows the summary's figures, and neither page nor chart."""

from __future__ import annotations

from typing import Any

from lion.report.standings import percent

Figures = dict[str, Any]
EXAMS = {"exam-balanced": "the balanced exam", "exam-seeds": "the exam drawn like the seeds"}


def headline(figures: Figures) -> str:
    """What the last student reaches on the first suite, against student 0, which is plain imitation."""
    students = [told["student"] for told in figures["iterations"].values()]
    suite = next((s for s, found in students[-1].items() if _value(found) is not None), None)
    if suite is None:
        return "Nothing was measured of the last student, so there is no outcome to tell."
    last, first = students[-1][suite], students[0].get(suite)
    count = len(students) - 1
    if count == 0:
        told = f"Plain imitation, student 0, {_reaches(suite, last)}{_alone(last)}"
        return f"{told}; no adversarial iteration was run, so there is nothing to compare it with."
    told = f"After {count} adversarial iteration{'s'[: count != 1]} the student {_reaches(suite, last)}"
    if first is None or _value(first) is None:
        return f"{told}{_alone(last)}; student 0, plain imitation, was not measured on it, so nothing can be compared."
    return f"{told}, {_against(first, last)}."


def _name(found: Figures) -> str:
    """The figure that the suite is known by."""
    return next(iter(found["interval"]), "")


def _value(found: Figures) -> float | None:
    return found.get(_name(found))


def _reaches(suite: str, found: Figures) -> str:
    where, name, value = EXAMS.get(suite, suite), _name(found).replace("_", " "), percent(_value(found))
    return f"has {value} % of {where} right" if name == "accuracy" else f"reaches {value} % on {where} ({name})"


def _against(first: Figures, last: Figures) -> str:
    gain = round(last[_name(last)] - first[_name(first)], 4)
    points = f"{percent(abs(gain))} points {'above' if gain > 0 else 'below'}" if gain else "just as much as"
    one, other = last["interval"][_name(last)], first["interval"][_name(first)]
    if None in (*one, *other):
        return f"{points} plain imitation; there are no intervals, so it may be chance"
    spans = f"{_span(one)} and {_span(other)}"
    if one[0] <= other[1] and other[0] <= one[1]:
        return f"{points} plain imitation; the 95 % intervals ({spans}) overlap, so it may be chance"
    return f"{points} plain imitation (95 % intervals {spans}, which do not overlap)"


def _alone(found: Figures) -> str:
    span = found["interval"][_name(found)]
    return "" if None in span else f" (95 % interval {_span(span)})"


def _span(interval: list[float]) -> str:
    return " to ".join(percent(end) for end in interval)
