"""The page of a run: figures, charts and explorer in one file. Knows templates, and draws no conclusions of its own.

Everything is inlined and every text escaped. The page forbids itself to run or load anything but its own script,
which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from lion import jsonl
from lion.report import album, bill
from lion.report.bill import Price
from lion.report.evidence import Evidence
from lion.report.explorer import Sample
from lion.report.headline import headline
from lion.report.origin import Origin
from lion.report.standings import percent

Figures = dict[str, Any]


def write(figures: Figures, evidence: Evidence, sample: Sample, origin: Origin, price: Price, path: Path) -> None:
    """A self-contained HTML page at `path`, whole or not at all. Every text is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": percent, "figure": figure, "count": "{:,}".format, "safe_svg": Markup}
    style, script = _own("page.css"), _own("explorer.js")
    html = environment.from_string(_own("page.html")).render(
        **figures,
        measured=measured(figures),
        headline=headline(figures),
        outcomes=album.outcomes(figures),
        album=album.draw(figures, evidence, origin.threshold),
        evidence=evidence,
        sample=sample,
        records=Markup(sample.text),  # safe by explorer.safe, and JSON is no markup
        origin=origin,
        bills=bill.bills(figures, price),
        reference=bill.reference(figures),
        style=Markup(style),
        script=Markup(script),
        policy=policy(style, script),
    )
    with jsonl.writing(path) as file:
        file.write(html.encode("utf-8", "backslashreplace"))


def _own(name: str) -> str:
    return resources.files("lion.report").joinpath(name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """A Content Security Policy that allows these two texts, and nothing from anywhere else."""
    styles, scripts = (base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (style, script))
    ours = f"style-src 'sha256-{styles}'; script-src 'sha256-{scripts}'"
    return f"default-src 'none'; {ours}; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of all models: a line for each suite, a cell for each model, None where it was not asked.

    A cell is the figure that the suite is known by, its interval, and what keeps it from being compared.
    """

    models: list[str]
    lines: list[tuple[str, str, list[dict[str, Any] | None]]]


def measured(figures: Figures) -> Measured:
    """The students and the rivals of a summary, suite by suite."""
    students = {f"student {number}": found["student"] for number, found in figures["iterations"].items()}
    models: dict[str, Any] = {**students, **figures.get("rivals", {})}
    suites = dict.fromkeys(suite for found in models.values() for suite in found)
    return Measured(list(models), [_line(suite, list(models.values())) for suite in suites])


def _line(suite: str, models: Sequence[Figures]) -> tuple[str, str, list[dict[str, Any] | None]]:
    name = next(iter(next(found for found in models if suite in found)[suite]["interval"]), "")
    return suite, name, [_cell(found.get(suite), name) for found in models]


def _cell(found: Figures | None, name: str) -> dict[str, Any] | None:
    if found is None or name not in found["interval"]:
        return None
    return {"value": found[name], "interval": found["interval"][name], "differs": found.get("differs", [])}


def figure(number: float | None) -> str:
    """A mean with two digits; a dash where there is none."""
    return "–" if number is None else f"{number:.2f}"
