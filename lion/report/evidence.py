"""What the charts are drawn from, counted once from the records of a run. Knows records, no chart and no page.

A table is a list of rows that share their names; those that DVC plots are written as CSV too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from lion import jsonl
from lion.records import Instruction, Mark, Review, Verdict
from lion.report.categories import Categories, whole
from lion.report.summary import Figures, share

Table = list[dict[str, Any]]
TOP = 9
"""The widest gap: the scores go from 1 to 10."""
STEPS = 4
"""Thresholds to a point of the scale."""
PLOTTED = {
    "gaps": ("iteration", "gap", "count", "share"),
    "thresholds": ("iteration", "threshold", "hard_share"),
    "categories": ("student", "suite", "category", "value"),
}
"""The tables that DVC plots, and their columns."""


@dataclass(slots=True)
class Evidence:
    """The tables of a run, the iterations one after another."""

    gaps: Table = field(default_factory=list)
    thresholds: Table = field(default_factory=list)
    scores: Table = field(default_factory=list)
    orders: Table = field(default_factory=list)
    losses: Table = field(default_factory=list)
    categories: Table = field(default_factory=list)
    families: Table = field(default_factory=list)
    kinds: Table = field(default_factory=list)


def gather(data: Path, figures: Figures) -> Evidence:
    """The evidence of the iterations that `figures` tells of."""
    found = Evidence(categories=_categories(figures))
    for number, told in figures["iterations"].items():
        folder = data / f"iteration-{number}"
        found.losses += _losses(int(number), folder / "training.csv")
        if "discrimination" in told:
            _discrimination(int(number), folder, found)
    found.families = _families(data, list(figures["iterations"]))
    found.kinds = _kinds(data, [n for n, told in figures["iterations"].items() if "discrimination" in told])
    return found


def _discrimination(number: int, folder: Path, found: Evidence) -> None:
    gaps = sorted(v.gap for side in ("hard", "easy") for v in jsonl.read(folder / f"{side}.jsonl", Verdict))
    found.gaps += _gaps(number, gaps)
    found.thresholds += _thresholds(number, gaps)
    scores, shifts = _read(folder / "reviews.jsonl")
    rows = [{"iteration": number, "of": who, "score": score, "count": n} for (who, score), n in sorted(scores.items())]
    found.scores += rows
    found.orders.append(_order(number, shifts))


def _gaps(number: int, gaps: Sequence[float]) -> Table:
    counts = Counter(round(gap) for gap in gaps)
    return [
        {"iteration": number, "gap": gap, "count": counts[gap], "share": share(counts[gap], len(gaps))}
        for gap in range(-TOP, TOP + 1)
    ]


def _thresholds(number: int, gaps: Sequence[float]) -> Table:
    """The hard share that each τ would have had, over the gaps, ascending, that were found with the run's own."""
    taus = (step / STEPS for step in range(TOP * STEPS + 1))
    return [
        {"iteration": number, "threshold": tau, "hard_share": share(len(gaps) - bisect_left(gaps, tau), len(gaps))}
        for tau in taus
    ]


def _read(reviews: Path) -> tuple[Counter[tuple[str, int]], dict[str, dict[str, float]]]:
    """How often each score was given to each side, and by instruction and order the teacher's score less the student's.

    Scores between two whole ones count for the nearer.
    """
    scores: Counter[tuple[str, int]] = Counter()
    gaps: dict[str, dict[str, float]] = {}
    for review in jsonl.read(reviews, Review):
        if review.teacher is not None and review.student is not None:
            scores["teacher", round(review.teacher)] += 1
            scores["student", round(review.student)] += 1
            gaps.setdefault(review.id, {})[review.order] = review.teacher - review.student
    return scores, gaps


def _order(number: int, gaps: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """How often the order decides who wins (`flipped`), and by how much an answer gains by being shown first."""
    pairs = [(found["teacher-first"], found["student-first"]) for found in gaps.values() if len(found) == 2]
    flipped = sum((one > 0) != (other > 0) or (one < 0) != (other < 0) for one, other in pairs)
    shift = sum(one - other for one, other in pairs) / 2
    return {
        "iteration": number,
        "pairs": len(pairs),
        "flipped": share(flipped, len(pairs)),
        "shift": share(shift, len(pairs)),
    }


def _losses(number: int, path: Path) -> Table:
    if not path.exists():
        return []
    frame = pd.read_csv(path)
    return [{"student": number, "step": int(s), "loss": float(x)} for s, x in zip(frame.step, frame.loss, strict=True)]


def _categories(figures: Figures) -> Table:
    """Of each student and suite, the share of each value of the suite's first group."""
    return [
        {"student": int(number), "suite": suite, "category": category, "value": value}
        for number, told in figures["iterations"].items()
        for suite, found in told["student"].items()
        for name, values in found.items()
        if name.startswith("by_")
        for category, value in values.items()
    ]


def _families(data: Path, numbers: list[str]) -> Table:
    """The families of the exam's questions, with what the first and the last student had right; the worst first."""
    shares = [_right(data / f"iteration-{n}/evaluation/exam.jsonl") for n in (numbers[0], numbers[-1])]
    rows: Table = [
        {
            "category": key[0],
            "family": key[1],
            "first": shares[0].get(key, (None,))[0],
            "last": last,
            "questions": count,
        }
        for key, (last, count) in shares[1].items()
    ]
    return sorted(rows, key=lambda row: (row["last"], -row["questions"], row["family"]))


def _kinds(data: Path, numbers: list[str]) -> Table:
    """The hard share of each category of instructions in the first and the last discrimination; the hardest first."""
    if not numbers:
        return []
    last = data / f"iteration-{numbers[-1]}"
    texts = {i.id: whole(i) for i in jsonl.read(last / "cache_pool.jsonl", Instruction)}
    categories = Categories(list(texts.values()))
    of = {id: categories.of(text) for id, text in texts.items()}
    first, now = (_hard_shares(data / f"iteration-{n}", of) for n in (numbers[0], numbers[-1]))
    rows: Table = [
        {"category": name, "judged": judged, "first": first.get(name, (None, 0))[0], "last": value}
        for name, (value, judged) in now.items()
    ]
    return sorted(rows, key=lambda row: (-row["last"], -row["judged"], row["category"]))


def _hard_shares(folder: Path, of: Mapping[str, str]) -> dict[str, tuple[float | None, int]]:
    """By category the hard share and the number of judged instructions. The cache pool grows: `of` knows them all."""
    hard, judged = Counter[str](), Counter[str]()
    for side in ("hard", "easy"):
        for verdict in jsonl.read(folder / f"{side}.jsonl", Verdict):
            category = of[verdict.id]
            hard[category] += side == "hard"
            judged[category] += 1
    return {name: (share(hard[name], count), count) for name, count in judged.items()}


def _right(path: Path) -> dict[tuple[str, str], tuple[float, int]]:
    right: dict[tuple[str, str], list[float]] = {}
    for mark in jsonl.read(path, Mark) if path.exists() else ():
        if mark.suite == "exam-balanced" and "family" in mark.groups:
            key = mark.groups["category"], mark.groups["family"]
            right.setdefault(key, []).append(mark.figures.get("right", 0.0))
    return {key: (round(sum(values) / len(values), 4), len(values)) for key, values in right.items()}


def write(found: Evidence, name: str, path: Path) -> None:
    """The plotted table `name` of `found` as CSV at `path`, whole or not at all; heads alone where there is no row."""
    table = pd.DataFrame(getattr(found, name), columns=list(PLOTTED[name]))
    with jsonl.writing(path) as file:
        file.write(table.to_csv(index=False, lineterminator="\n").encode())
