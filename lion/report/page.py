"""The figures of a run as one plain page. Knows the summary and a template, and draws no conclusions of its own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from lion import jsonl


def write(figures: dict[str, Any], profile: str, path: Path) -> None:
    """A self-contained HTML page at `path`, whole or not at all. Every text is escaped."""
    template = resources.files("lion.report").joinpath("page.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    environment.filters["figure"] = figure
    html = environment.from_string(template).render(profile=profile, **figures)
    with jsonl.writing(path) as file:
        file.write(html.encode("utf-8", "backslashreplace"))


def percent(share: float | None) -> str:
    """A share of 1 as per cent with one digit; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def figure(number: float | None) -> str:
    """A mean with two digits; a dash where there is none."""
    return "–" if number is None else f"{number:.2f}"
