"""Marks counted: figures with their 95 % intervals, over all items and by group. Knows no suite.

Proportions have Wilson's interval, means and ratios a bootstrap's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from lion.evaluation.intervals import bootstrap, bootstrap_of_shares, wilson
from lion.evaluation.suite import Terms
from lion.records import Figure, Group, Mark, Result

DIGITS = 6
Count = Callable[[Sequence[Mark]], Figure]
"""What makes one figure of some marks."""


def figure(value: float, low: float, high: float) -> Figure:
    """A figure in six digits, so that it is the same wherever it is reckoned."""
    return {"value": round(value, DIGITS), "low": round(low, DIGITS), "high": round(high, DIGITS)}


NOTHING: Figure = {"value": None, "low": None, "high": None}


def proportion(name: str) -> Count:
    """The share of items whose `name` is 1; an item without one counts as 0."""

    def count(marks: Sequence[Mark]) -> Figure:
        successes = sum(mark.figures.get(name, 0.0) == 1.0 for mark in marks)
        return figure(successes / len(marks), *wilson(successes, len(marks))) if marks else NOTHING

    return count


def mean(name: str, scale: float = 1.0) -> Count:
    """The mean of `name` / `scale`; an item without one counts as 0."""

    def count(marks: Sequence[Mark]) -> Figure:
        values = [mark.figures.get(name, 0.0) / scale for mark in marks]
        return figure(sum(values) / len(values), *bootstrap(values)) if values else NOTHING

    return count


def ratio(above: str, below: str) -> Count:
    """The sum of `above` over that of `below`, over the items that have both."""

    def count(marks: Sequence[Mark]) -> Figure:
        pairs = [(m.figures[above], m.figures[below]) for m in marks if above in m.figures and below in m.figures]
        if not pairs:
            return NOTHING
        tops, bottoms = zip(*pairs, strict=True)
        return figure(sum(tops) / sum(bottoms), *bootstrap(tops, bottoms))

    return count


def mean_of_shares(name: str, group: str) -> Count:
    """The mean, over the values of `group`, of the share of items whose `name` is 1: as the paper averages tasks."""

    def count(marks: Sequence[Mark]) -> Figure:
        found: defaultdict[str, list[bool]] = defaultdict(list)
        for mark in marks:
            found[mark.groups[group]].append(mark.figures.get(name, 0.0) == 1.0)
        counts = [(sum(rights), len(rights)) for rights in found.values()]
        if not counts:
            return NOTHING
        return figure(sum(s / n for s, n in counts) / len(counts), *bootstrap_of_shares(counts))

    return count


def tell(
    suite: str,
    marks: Sequence[Mark],
    counts: Mapping[str, Count],
    terms: Terms,
    *,
    version: str,
    protocol: str,
    overall: Mapping[str, Count] | None = None,
    notes: Sequence[str] = (),
) -> Result:
    """The result of `suite`: the figures `counts` over all marks and by group, before them `overall` over all alone.

    The first figure is the one that the suite is known by. `version` says which items they are, `protocol` how an
    answer is read.
    """
    faults = Counter(mark.fault for mark in marks if mark.fault is not None)
    return Result(
        suite=suite,
        subject=terms.subject,
        version=version,
        protocol=protocol,
        prompt=terms.prompt,
        decoding=dict(terms.decoding),
        items=len(marks),
        unanswered=sum(faults.values()),
        faults=dict(sorted(faults.items())),
        figures={name: count(marks) for name, count in {**(overall or {}), **counts}.items()},
        by=_by(marks, counts),
        notes=[*terms.notes, *notes],
    )


def _by(marks: Sequence[Mark], counts: Mapping[str, Count]) -> dict[str, dict[str, Group]]:
    """The figures of each value of each group, in the order in which they first come."""
    names = dict.fromkeys(chain.from_iterable(mark.groups for mark in marks))
    found: dict[str, dict[str, Group]] = {}
    for group in names:
        values: defaultdict[str, list[Mark]] = defaultdict(list)
        for mark in marks:
            if group in mark.groups:
                values[mark.groups[group]].append(mark)
        found[group] = {
            value: {"items": len(some), "figures": {name: count(some) for name, count in counts.items()}}
            for value, some in values.items()
        }
    return found
