"""Which charts a page has, and what each shows in words. Knows the tables, not how a chart is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.report import charts
from lion.report.charts import PAGE, Chart, Palette
from lion.report.evidence import Evidence, Table

Figures = dict[str, Any]
EVERY = 20
"""Steps whose losses are drawn as one mean, where there are many."""


def draw(figures: Figures, evidence: Evidence, threshold: float) -> dict[str, Chart]:
    """The charts by name; one without rows is left out."""
    return {name: chart for name, chart in _all(figures, evidence, threshold) if chart.rows}


def outcome(figures: Figures, palette: Palette = PAGE) -> Chart:
    """Accuracy and relative score of each student, in per cent with their intervals."""
    rows = list(_outcome(figures))
    svg = charts.outcome(rows, palette) if rows else ""
    return Chart("Student by student", "Each suite's figures over the iterations, with 95 % intervals.", svg, rows)


def write(chart: Chart, path: Path) -> None:
    """The picture alone as an SVG file at `path`, whole or not at all; an empty one where nothing was measured."""
    with jsonl.writing(path) as file:
        file.write((chart.svg or '<svg xmlns="http://www.w3.org/2000/svg"/>').encode() + b"\n")


def _outcome(figures: Figures) -> Iterator[dict[str, Any]]:
    for number, told in figures["iterations"].items():
        for suite, found in told["student"].items():
            for name, (low, high) in found["interval"].items():
                if None not in (found[name], low, high):
                    values = {
                        key: round(100 * x, 2) for key, x in (("value", found[name]), ("low", low), ("high", high))
                    }
                    yield {"student": int(number), "series": f"{suite}, {name.replace('_', ' ')}", **values}


def _all(figures: Figures, e: Evidence, threshold: float) -> Iterator[tuple[str, Chart]]:
    yield "outcome", outcome(figures)
    yield "hard", _hard(figures)
    yield "gaps", _chart("Gaps of the judged instructions",
                         "Share by the teacher's score less the student's, iteration by iteration.",
                         e.gaps, charts.histograms, "gap", "share", "iteration")  # fmt: skip
    yield "rejected", _rejected(figures)
    yield "loss", _chart(f"Loss, mean over {EVERY} steps", "Training loss over the optimiser steps of each student.",
                         _smooth(e.losses), charts.lines, "step", "loss", "student", ("step", "loss"))  # fmt: skip
    yield "scores", _chart("The referee's scores", "How often each score was given, to teacher and student.",
                           _pooled(e.scores), charts.bars, "score", "count", "of", ("score", "reviews"))  # fmt: skip
    taus = "Share of judged instructions that would be hard at each τ, by iteration; the dashed line is the run's own."
    svg = charts.marked(e.thresholds, threshold) if e.thresholds else ""
    yield "tau", Chart("Hard share as a function of τ", taus, svg, e.thresholds)
    balanced = _first_suite(e.categories)
    svg = charts.multiples(balanced) if balanced else ""
    yield (
        "categories",
        Chart("By category", "A panel for each category: share right, student by student.", svg, balanced),
    )


def _chart(title: str, alt: str, rows: Table, kind: Any, *names: Any) -> Chart:
    return Chart(title, alt, kind(rows, *names) if rows else "", rows)


def _hard(figures: Figures) -> Chart:
    names = {"hard_share": "cache pool", "hard_share_of_seeds": "its seeds alone"}
    rows = [
        {"iteration": int(number), "of": name, "share": told["discrimination"][key]}
        for number, told in figures["iterations"].items()
        if "discrimination" in told
        for key, name in names.items()
    ]
    return _chart("Hard share", "Share of the judged instructions that are hard, by iteration.", rows,
                  charts.bars, "iteration", "share", "of", ("iteration", "share"))  # fmt: skip


def _rejected(figures: Figures) -> Chart:
    rows = [
        {"iteration": int(number), "outcome": name, "candidates": count}
        for number, told in figures["iterations"].items()
        if "generation" in told
        for name, count in [
            *((f"kept, like the {origin}", n) for origin, n in told["generation"]["generated"].items()),
            *((f"rejected: {reason}", n) for reason, n in told["generation"]["rejected"].items()),
        ]
    ]
    return _chart("Candidates, kept and rejected", "Candidates of each iteration by what became of them.", rows,
                  charts.stacked, "iteration", "candidates", "outcome", ("iteration", "candidates"))  # fmt: skip


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
    """The scores of all iterations together."""
    found: dict[tuple[str, float], int] = {}
    for row in scores:
        found[row["of"], row["score"]] = found.get((row["of"], row["score"]), 0) + row["count"]
    return [{"of": of, "score": score, "count": count} for (of, score), count in sorted(found.items())]


def _first_suite(categories: Table) -> Table:
    return [row for row in categories if row["suite"] == categories[0]["suite"]]
