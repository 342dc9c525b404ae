"""Which charts a page has, and what each shows in words. Knows the tables, not how a chart is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.report import charts
from lion.report.charts import PAGE, Chart, Palette
from lion.report.evidence import Evidence, Table

Figures = dict[str, Any]
EVERY = 20
"""Steps whose losses are drawn as one mean, where there are many."""
WORDS = {
    "outcome": ("Student by student", "Each suite's figures over the iterations, with 95 % intervals."),
    "hard": ("Hard share", "Share of the judged instructions that are hard, by iteration."),
    "gaps": ("Gaps of the judged instructions", "Share by teacher's score less student's, iteration by iteration."),
    "rejected": ("Candidates, kept and rejected", "Candidates of each iteration by what became of them."),
    "loss": (f"Loss, mean over {EVERY} steps", "Training loss over the optimiser steps of each student."),
    "categories": ("By category", "A panel for each category: the first suite's figure, student by student."),
    "scores": ("The referee's scores", "How often each score was given, to teacher and student."),
    "thresholds": (
        "Hard share as a function of τ",
        "Share that would be hard at each τ; the dashed line is the run's.",
    ),
}
"""The charts of a page: title, and what is seen."""


def draw(figures: Figures, evidence: Evidence, threshold: float, palette: Palette = PAGE) -> dict[str, Chart]:
    """The charts by name; one without rows is left out."""
    found = _all(figures, evidence, threshold)
    return {name: Chart(*WORDS[name], kind(rows, *names, palette), rows) for name, rows, kind, *names in found if rows}


def _all(figures: Figures, found: Evidence, threshold: float) -> Iterator[tuple[Any, ...]]:
    """Name, rows, how they are drawn, and with which words."""
    yield "outcome", list(_outcome(figures)), charts.outcome
    yield "hard", list(_hard(figures)), charts.bars, "iteration", "share", "of", ("iteration", "hard share")
    yield "gaps", found.gaps, charts.histograms, "gap", "share", "iteration"
    kept = "iteration", "candidates", "outcome", ("iteration", "candidates")
    yield "rejected", list(_candidates(figures)), charts.stacked, *kept
    yield "loss", _smooth(found.losses), charts.lines, "step", "loss", "student", ("step", "loss")
    yield "categories", _first_suite(found.categories), charts.multiples
    yield "scores", _pooled(found.scores), charts.bars, "score", "count", "of", ("score", "reviews")
    yield "thresholds", found.thresholds, charts.marked, threshold


def write(charts: Mapping[str, Chart], folder: Path) -> None:
    """Each picture alone as an SVG file in `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        with jsonl.writing(folder / f"{name}.svg") as file:
            file.write(chart.svg.encode() + b"\n")


def _outcome(figures: Figures) -> Iterator[dict[str, Any]]:
    for number, told in figures["iterations"].items():
        for suite, found in told["student"].items():
            for name, (low, high) in found["interval"].items():
                if None not in (found[name], low, high):
                    values = {
                        key: round(100 * x, 2) for key, x in (("value", found[name]), ("low", low), ("high", high))
                    }
                    yield {"student": int(number), "series": f"{suite}, {name.replace('_', ' ')}", **values}


def _hard(figures: Figures) -> Iterator[dict[str, Any]]:
    names = {"hard_share": "cache pool", "hard_share_of_seeds": "its seeds alone"}
    for number, told in figures["iterations"].items():
        if "discrimination" in told:
            for key, name in names.items():
                yield {"iteration": int(number), "of": name, "share": told["discrimination"][key]}


def _candidates(figures: Figures) -> Iterator[dict[str, Any]]:
    for number, told in figures["iterations"].items():
        if "generation" in told:
            kept, lost = told["generation"]["generated"], told["generation"]["rejected"]
            named = {f"kept, like the {origin}": n for origin, n in kept.items()}
            named |= {f"rejected: {reason}": n for reason, n in lost.items()}
            for name, count in named.items():
                yield {"iteration": int(number), "outcome": name, "candidates": count}


def _smooth(losses: Table) -> Table:
    """The mean of every few steps, so that a curve of thousands stays a curve."""
    found: dict[tuple[int, int], list[float]] = {}
    every = EVERY
    for row in losses:
        found.setdefault((row["student"], (row["step"] - 1) // every), []).append(row["loss"])
    return [
        {"student": student, "step": block * every + 1, "loss": round(sum(values) / len(values), 4)}
        for (student, block), values in found.items()
    ]


def _pooled(scores: Table) -> Table:
    """The scores of all iterations together; each from 1 to 10 has its place, given or not."""
    if not scores:
        return []
    found: dict[tuple[str, float], int] = {(of, score): 0 for of in ("teacher", "student") for score in range(1, 11)}
    for row in scores:
        found[row["of"], row["score"]] = found.get((row["of"], row["score"]), 0) + row["count"]
    return [{"of": of, "score": score, "count": count} for (of, score), count in sorted(found.items())]


def _first_suite(categories: Table) -> Table:
    return [row for row in categories if row["suite"] == categories[0]["suite"]]
