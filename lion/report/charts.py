"""Charts as SVG: what is drawn, by Vega-Lite through vl-convert. Knows tables, no file and no page.

They are drawn when the page is made and need no script. Colours are names of a palette: the page's variables, which
follow light and dark, or fixed ones for a picture that stands alone. No series is told by its colour alone: lines have
their dashes and marks, bars stand in the order of the legend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import vl_convert as vl

from lion.report.evidence import Table

WIDTH, HEIGHT = 300, 180
SERIES = 6
COUNTED = ("iteration", "student")
"""Series whose names are numbers, so that the legend has to say of what."""
SHARES = ("share", "hard_share")


@dataclass(frozen=True, slots=True)
class Palette:
    """Ink for words, rule for lines behind, and a colour for each series."""

    ink: str
    rule: str
    series: tuple[str, ...]


PAGE = Palette("var(--ink)", "var(--rule)", tuple(f"var(--s{n})" for n in range(SERIES)))
PAPER = Palette("#1f2328", "#d0d7de", ("#0b5cad", "#b3470b", "#1a7f37", "#8250df", "#9a6700", "#57606a"))
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, what it shows in words, and the rows behind it."""

    title: str
    alt: str
    svg: str
    rows: Table


def draw(spec: Spec, palette: Palette = PAGE) -> str:
    """`spec` as an SVG element."""
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "config": _config(palette), **spec}
    return str(vl.vegalite_to_svg(whole))


def _config(palette: Palette) -> Spec:
    words = {"labelColor": palette.ink, "titleColor": palette.ink, "labelFontSize": 12, "titleFontSize": 12}
    lines = {"gridColor": palette.rule, "domainColor": palette.rule, "tickColor": palette.rule}
    return {
        "background": None if palette is PAGE else "#ffffff",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**words, **lines, "titlePadding": 12, "titleFontWeight": "normal"},
        "legend": {**words, "orient": "bottom", "titleFontWeight": "normal", "symbolStrokeWidth": 2},
        "header": words,
        "range": {"category": list(palette.series)},
        "text": {"color": palette.ink, "fontSize": 12},
    }


def outcome(rows: Table, palette: Palette = PAGE) -> str:
    """Each student's figures with their intervals: rows of student, series, value, low, high, in per cent.

    A relative score is the student's over the teacher's: there the teacher is the line at 100.
    """
    encoding = {
        "x": _axis("student", "adversarial iterations of the student", "O"),
        "y": {"field": "value", "type": "quantitative", "title": "per cent", "scale": {"domain": [0, 108]}},
    }
    band = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    stroke = {"field": "series", "type": "nominal", "legend": None}
    rule = {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"x": encoding["x"], **band, "stroke": stroke}}
    layers = [rule, *_lines(encoding, "series", 1)]
    if any("relative" in row["series"] for row in rows):
        layers += _labelled("y", 100, "the teacher, for relative scores", palette)
    return draw({"data": {"values": rows}, "width": WIDTH, "height": 240, "layer": layers}, palette)


def lines(rows: Table, x: str, y: str, series: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """A line for each of `series`."""
    layers = _lines({"x": _axis(x, titles[0]), "y": _axis(y, titles[1])}, series)
    return draw({"data": {"values": rows}, "width": WIDTH, "height": HEIGHT, "layer": layers}, palette)


def marked(rows: Table, threshold: float, palette: Palette = PAGE) -> str:
    """The hard share as a function of the threshold, with the run's own marked."""
    layers = _lines({"x": _axis("threshold", "τ"), "y": _axis("hard_share", "hard share")}, "iteration")[:1]
    layers += _labelled("x", threshold, f"τ = {threshold:g}", palette)
    return draw({"data": {"values": rows}, "width": WIDTH, "height": HEIGHT, "layer": layers}, palette)


def _lines(encoding: Spec, series: str, columns: int = 4) -> list[Spec]:
    """Lines that are told apart by colour and dashes, and their points."""
    told = _series(series, columns)
    point = {"field": series, "type": "nominal", "legend": None}
    return [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**encoding, "color": told, "strokeDash": told}},
        {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 35}, "encoding": {**encoding, "fill": point}},
    ]


def _labelled(channel: str, at: float, label: str, palette: Palette) -> list[Spec]:
    """A dashed line across the chart, and what it is."""
    one = {"data": {"values": [{}]}, "encoding": {channel: {"datum": at}}}
    place = {"x": 4, "dy": -7} if channel == "y" else {"y": 8, "dx": 5}
    text = {"type": "text", "text": label, "align": "left", "color": palette.ink, **place}
    return [{**one, "mark": {"type": "rule", "strokeDash": [4, 4], "color": palette.ink}}, {**one, "mark": text}]


def bars(rows: Table, x: str, y: str, color: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """Bars side by side for each `color`."""
    encoding = {
        "x": _axis(x, titles[0], "O"),
        "y": _axis(y, titles[1]),
        "color": _series(color),
        "xOffset": {"field": color, "type": "nominal"},
    }
    return _plain(rows, {"type": "bar"}, encoding, palette)


def stacked(rows: Table, x: str, y: str, color: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """Bars on top of each other for each `color`."""
    encoding = {"x": _axis(x, titles[0], "O"), "y": _axis(y, titles[1]), "color": _series(color, 1)}
    return _plain(rows, {"type": "bar"}, encoding, palette)


def histograms(rows: Table, x: str, y: str, row: str, palette: Palette = PAGE) -> str:
    """A histogram below the other for each `row`."""
    above = {"field": y, "type": "quantitative", "axis": {"tickCount": 3, "title": None, "format": "%"}}
    panel = {
        "width": WIDTH - 20,
        "height": 60,
        "mark": {"type": "bar", "color": palette.series[0]},
        "encoding": {"x": _axis(x, "teacher's score less the student's", "O"), "y": above},
    }
    facet = {"row": {"field": row, "type": "ordinal", "title": row}}
    return draw({"data": {"values": rows}, "facet": facet, "spacing": 24, "spec": panel}, palette)


def multiples(rows: Table, palette: Palette = PAGE) -> str:
    """A small chart for each category: what each student had right."""
    x = {**_axis("student", None, "O"), "axis": {"labelAngle": 0, "title": None}}
    y = {"field": "value", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y |= {"axis": {"format": "%", "values": [0, 0.5, 1], "title": None}}
    panel = {
        "width": 80,
        "height": 60,
        "mark": {"type": "line", "point": {"color": palette.series[0]}, "color": palette.series[0]},
        "encoding": {"x": x, "y": y},
    }
    facet = {"field": "category", "type": "nominal", "title": None}
    return draw({"data": {"values": rows}, "facet": facet, "columns": 3, "spacing": 14, "spec": panel}, palette)


def _plain(rows: Table, mark: Spec, encoding: Spec, palette: Palette) -> str:
    spec = {"data": {"values": rows}, "width": WIDTH, "height": HEIGHT, "mark": mark, "encoding": encoding}
    return draw(spec, palette)


def _axis(field: str, title: str | None, kind: str = "Q") -> Spec:
    if kind == "O":
        return {"field": field, "type": "ordinal", "title": title, "axis": {"labelAngle": 0, "labelOverlap": True}}
    shown = {"axis": {"format": "%"}} if field in SHARES else {}
    return {"field": field, "type": "quantitative", "title": title, **shown}


def _series(field: str, columns: int = 4) -> Spec:
    return {"field": field, "type": "nominal", "legend": _legend(field, columns)}


def _legend(field: str, columns: int) -> Spec:
    return {"title": field if field in COUNTED else None, "columns": columns, "labelLimit": 0}
