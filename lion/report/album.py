"""Which charts a page has, and what each shows in words. Knows the tables, not how a chart is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.report import charts
from lion.report.axes import numbers, shares, steps
from lion.report.charts import PAGE, Chart, Palette
from lion.report.evidence import Evidence, Table

Figures = dict[str, Any]
EVERY = 20
"""Steps whose losses are drawn as one mean, where there are many."""
SCORES = range(1, 11)
RELATIVE = "relative score"
EMPTY = '<svg xmlns="http://www.w3.org/2000/svg"/>'
EXPERT, REFERENCE = "expert = 100 % (relative score)", "reference = 100 % (relative score)"
WORDS = {
    "outcome": ("Student by student", "Higher is better; the upright strokes are 95 % intervals."),
    "hard": ("Hard share", "On how many of the judged instructions the teacher still leads by τ or more."),
    "gaps": (
        "Gaps of the judged instructions",
        "The gap is the teacher's score less the student's: to the right of 0 the teacher is better.",
    ),
    "rejected": ("Candidates, kept and rejected", "What became of the instructions that the generator wrote."),
    "loss": (f"Loss, mean over {EVERY} steps", "How far each training got: lower is closer to the teacher."),
    "categories": ("By category", "The first suite: where the students get better, and where they do not."),
    "scores": ("The referee's scores", "How often each score was given, over all iterations."),
    "thresholds": ("Hard share as a function of τ", "What share another threshold τ would have called hard."),
}
"""The charts: title, and what they tell."""


def draw(figures: Figures, found: Evidence, threshold: float, palette: Palette = PAGE) -> dict[str, Chart]:
    """The charts of a run by name; one without rows is left out."""
    every = _all(figures, found, threshold)
    return {name: Chart(*WORDS[name], kind(rows, *how, palette), rows) for name, rows, kind, *how in every if rows}


def _all(figures: Figures, found: Evidence, threshold: float) -> Iterator[tuple[Any, ...]]:
    """Name, rows, how they are drawn, and with what."""
    measured = list(_measured(figures))
    yield "outcome", measured, charts.outcome, _references(measured)
    pools = steps("iteration", "iteration"), shares("share", "hard share")
    yield "hard", list(_hard(figures)), charts.bars, *pools, "pool"
    yield "gaps", _whole(found.gaps), charts.histograms, "gap", "share", "iteration"
    yield "rejected", _candidates(figures), charts.counts, "iteration", "candidates", "outcome"
    yield "loss", _smooth(found.losses), charts.lines, "step", "loss", "student", ("step", "loss")
    yield "categories", _first_suite(_whole(found.categories)), charts.multiples
    given = steps("score", "score", SCORES), numbers("count", "readings")
    yield "scores", _pooled(found.scores), charts.bars, *given, "given to"
    yield "thresholds", _whole(found.thresholds), charts.marked, threshold


def outcomes(figures: Figures) -> list[Chart]:
    """The outcome, a chart for each suite."""
    found: dict[str, Table] = {}
    for row in _measured(figures):
        found.setdefault(row["suite"], []).append(row)
    title, alt = WORDS["outcome"]
    return [
        Chart(f"{title}: {suite}", alt, charts.outcome(rows, _references(rows)), rows) for suite, rows in found.items()
    ]


def _references(rows: Table) -> dict[str, str]:
    """By suite what 100 % of a relative score is."""
    related = [row["suite"] for row in rows if row["figure"] == RELATIVE]
    return {suite: EXPERT if suite.startswith("exam") else REFERENCE for suite in related}


def write(album: Mapping[str, Chart], path: Path) -> None:
    """The chart that `path` is named by, as SVG, whole or not at all; an empty picture where it has no rows."""
    with jsonl.writing(path) as file:
        file.write((album[path.stem].svg if path.stem in album else EMPTY).encode() + b"\n")


def _measured(figures: Figures) -> Iterator[dict[str, Any]]:
    for number, told in figures["iterations"].items():
        for suite, found in told["student"].items():
            for name, (low, high) in found["interval"].items():
                is_drawn = name in (next(iter(found["interval"])), "relative_score")
                if is_drawn and None not in (found[name], low, high):
                    values = {"value": found[name], "low": low, "high": high}
                    named = {"suite": suite, "student": int(number), "figure": name.replace("_", " ")}
                    yield {**named, **{key: round(100 * value, 2) for key, value in values.items()}}


def _whole(rows: Table) -> Table:
    """The rows that have all their values."""
    return [row for row in rows if None not in row.values()]


def _first_suite(rows: Table) -> Table:
    return [row for row in rows if row["suite"] == rows[0]["suite"]]


def _hard(figures: Figures) -> Iterator[dict[str, Any]]:
    names = {"hard_share": "cache pool", "hard_share_of_seeds": "its seeds alone"}
    for number, told in figures["iterations"].items():
        for key, name in names.items():
            if (value := told.get("discrimination", {}).get(key)) is not None:
                yield {"iteration": int(number), "pool": name, "share": value}


def _candidates(figures: Figures) -> Table:
    """What became of each iteration's candidates, outcome by outcome."""
    rows = []
    for number, told in figures["iterations"].items():
        made = told.get("generation", {"generated": {}, "rejected": {}})
        named = {f"kept, like the {origin}": n for origin, n in made["generated"].items()}
        named |= {f"rejected: {reason}": n for reason, n in made["rejected"].items()}
        rows += [{"outcome": name, "iteration": int(number), "candidates": n} for name, n in named.items()]
    return sorted(rows, key=lambda row: (row["outcome"], row["iteration"]))


def _smooth(losses: Table) -> Table:
    """The mean of every few steps, so that a curve of thousands stays a curve."""
    found: dict[tuple[int, int], list[float]] = {}
    for row in losses:
        found.setdefault((row["student"], (row["step"] - 1) // EVERY), []).append(row["loss"])
    return [
        {"student": student, "step": block * EVERY + 1, "loss": round(sum(values) / len(values), 4)}
        for (student, block), values in found.items()
    ]


def _pooled(scores: Table) -> Table:
    """The scores of all iterations together, the teacher's first."""
    found: dict[tuple[str, float], int] = {}
    for row in scores:
        found[row["of"], row["score"]] = found.get((row["of"], row["score"]), 0) + row["count"]
    return [
        {"given to": of, "score": score, "count": count} for (of, score), count in sorted(found.items(), reverse=True)
    ]
