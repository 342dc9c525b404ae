"""The outcome of a run in one sentence. Knows the summary's figures, and makes no more of them than they are."""

from __future__ import annotations

from typing import Any

from lion.report.standings import percent

Figures = dict[str, Any]
SPACE = "\u00a0"
"""One at which no line is broken."""


def sentence(figures: Figures) -> str:
    """What the last student reached on the first suite that was measured, and how far that is from plain imitation."""
    students = [told["student"] for told in figures["iterations"].values()]
    first, last, iterations = students[0], students[-1], len(students) - 1
    if not last:
        return "Nothing was measured: no suite stands in evaluate.suites."
    suite, found = next(iter(last.items()))
    name = next(iter(found["interval"]))
    if found[name] is None:
        return f"On {suite} nothing could be measured: none of the {found['items']} items has an answer."
    reached = f"{_named(name)} on {suite} is {_with_interval(found, name)}"
    if not iterations:
        return f"The {reached}, of plain imitation: without adversarial iterations there is nothing to compare."
    after = f"After {iterations} adversarial iteration{'s' if iterations > 1 else ''} the student's {reached}"
    return f"{after}{_beside(first.get(suite), found, name)}."


def _beside(first: Figures | None, last: Figures, name: str) -> str:
    if first is None or first.get(name) is None:
        return "; of plain imitation nothing was measured"
    gain = last[name] - first[name]
    side = "above" if gain > 0 else "below"
    points = "as high as" if gain == 0 else f"{percent(abs(gain))} points {side}"
    return f", {points} plain imitation, {_with_interval(first, name)}; {_apart(first, last, name)}"


def _apart(first: Figures, last: Figures, name: str) -> str:
    (low, high), (other_low, other_high) = first["interval"][name], last["interval"][name]
    if None in (low, high, other_low, other_high):
        return "how sure that is, is not known"
    return "the intervals overlap" if low <= other_high and other_low <= high else "the intervals lie apart"


def _named(name: str) -> str:
    return name.replace("_", " ")


def _with_interval(found: Figures, name: str) -> str:
    low, high = found["interval"][name]
    interval = "" if None in (low, high) else f" (95{SPACE}% interval {percent(low)} to {percent(high)})"
    return f"{percent(found[name])}{SPACE}%{interval}"
