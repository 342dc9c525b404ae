"""Charts as SVG: what is drawn, by Vega-Lite through vl-convert. Knows tables, no file and no page.

They are drawn when the page is made and need no script. Colours are names of a palette: the page's variables, which
follow light and dark, or fixed ones for a picture that stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import vl_convert as vl

from lion.report.evidence import Table

WIDTH, HEIGHT = 300, 180
SERIES = 6


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
    return {
        "background": None if palette is PAGE else "#ffffff",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**words, "gridColor": palette.rule, "domainColor": palette.rule, "tickColor": palette.rule},
        "legend": {**words, "orient": "bottom"},
        "header": words,
        "range": {"category": list(palette.series)},
        "text": {"color": palette.ink},
    }


def outcome(rows: Table, palette: Palette = PAGE) -> str:
    """Each student's figures with their intervals: rows of student, series, value, low, high."""
    base = {"x": _axis("student", "student", "O"), "color": _color("series", 1)}
    y = {"field": "value", "type": "quantitative", "title": "per cent", "scale": {"domain": [0, 100]}}
    band = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**base, **band}},
        {"mark": {"type": "line", "point": {"size": 50}}, "encoding": {**base, "y": y}},
    ]
    return draw({"data": {"values": rows}, "width": WIDTH, "height": 220, "layer": layers}, palette)


def lines(rows: Table, x: str, y: str, color: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """A line for each `color`."""
    encoding = {"x": _axis(x, titles[0]), "y": _axis(y, titles[1]), "color": _color(color)}
    return _plain(rows, {"type": "line", "strokeWidth": 2}, encoding, palette)


def marked(rows: Table, threshold: float, palette: Palette = PAGE) -> str:
    """The hard share as a function of the threshold, with the run's own marked."""
    encoding = {"x": _axis("threshold", "τ"), "y": _axis("hard_share", "hard share"), "color": _color("iteration")}
    rule = {
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": palette.ink},
        "encoding": {"x": {"datum": threshold}},
    }
    layer = [{"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}, rule]
    return draw({"data": {"values": rows}, "width": WIDTH, "height": HEIGHT, "layer": layer}, palette)


def bars(rows: Table, x: str, y: str, color: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """Bars side by side for each `color`."""
    encoding = {
        "x": _axis(x, titles[0], "O"),
        "y": _axis(y, titles[1]),
        "color": _color(color),
        "xOffset": {"field": color, "type": "ordinal"},
    }
    return _plain(rows, {"type": "bar"}, encoding, palette)


def stacked(rows: Table, x: str, y: str, color: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """Bars on top of each other for each `color`."""
    encoding = {"x": _axis(x, titles[0], "O"), "y": _axis(y, titles[1]), "color": _color(color, 1)}
    return _plain(rows, {"type": "bar"}, encoding, palette)


def histograms(rows: Table, x: str, y: str, row: str, palette: Palette = PAGE) -> str:
    """A histogram below the other for each `row`."""
    encoding = {"x": _axis(x, x, "O"), "y": {**_axis(y, None), "axis": {"tickCount": 3, "title": None}}}
    panel = {
        "width": WIDTH - 20,
        "height": 60,
        "mark": {"type": "bar", "color": palette.series[0]},
        "encoding": encoding,
    }
    facet = {"row": {"field": row, "type": "ordinal", "title": row}}
    return draw({"data": {"values": rows}, "facet": facet, "spacing": 10, "spec": panel}, palette)


def multiples(rows: Table, palette: Palette = PAGE) -> str:
    """A small chart for each category: what each student had right."""
    x = {**_axis("student", None, "O"), "axis": {"labelAngle": 0, "title": None}}
    y = {"field": "value", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y |= {"axis": {"format": "%", "values": [0, 0.5, 1], "title": None}}
    panel = {
        "width": 80,
        "height": 60,
        "mark": {"type": "line", "point": True, "color": palette.series[0]},
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
    return {"field": field, "type": "quantitative", "title": title}


def _color(field: str, columns: int = 4) -> Spec:
    return {"field": field, "type": "nominal", "legend": {"title": field, "columns": columns, "labelLimit": 0}}
