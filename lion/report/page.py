"""The figures of a run as one plain page. Knows the summary and a template, and draws no conclusions of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from lion import jsonl
from lion.report.standings import percent


def write(figures: dict[str, Any], profile: str, path: Path) -> None:
    """A self-contained HTML page at `path`, whole or not at all. Every text is escaped."""
    template = resources.files("lion.report").joinpath("page.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    environment.filters["figure"] = figure
    html = environment.from_string(template).render(profile=profile, measured=measured(figures), **figures)
    with jsonl.writing(path) as file:
        file.write(html.encode("utf-8", "backslashreplace"))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of all models: a line for each suite, a cell for each model, None where it was not asked.

    A cell is the figure that the suite is known by, its interval, and what keeps it from being compared.
    """

    models: list[str]
    lines: list[tuple[str, str, list[dict[str, Any] | None]]]


def measured(figures: dict[str, Any]) -> Measured:
    """The students and the rivals of a summary, suite by suite."""
    students = {f"student {number}": found["student"] for number, found in figures["iterations"].items()}
    models: dict[str, Any] = {**students, **figures.get("rivals", {})}
    suites = dict.fromkeys(suite for found in models.values() for suite in found)
    return Measured(list(models), [_line(suite, list(models.values())) for suite in suites])


def _line(suite: str, models: Sequence[dict[str, Any]]) -> tuple[str, str, list[dict[str, Any] | None]]:
    name = next(iter(next(found for found in models if suite in found)[suite]["interval"]), "")
    return suite, name, [_cell(found.get(suite), name) for found in models]


def _cell(found: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    if found is None or name not in found["interval"]:
        return None
    return {"value": found[name], "interval": found["interval"][name], "differs": found.get("differs", [])}


def figure(number: float | None) -> str:
    """A mean with two digits; a dash where there is none."""
    return "–" if number is None else f"{number:.2f}"
