"""Charts as SVG: what is drawn, by Vega-Lite through vl-convert. Knows tables, no file and no page.

They are drawn when the page is made and need no script. Colours are names of a palette: the page's variables, which
follow light and dark, or fixed ones for a picture that stands alone. No series is told by its colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import vl_convert as vl

from lion.report.axes import Axis, bare, numbers, shares, small, steps, ticked
from lion.report.evidence import Table

WIDTH, HEIGHT = 290, 180
SERIES = 6
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [12, 4])
"""One fewer than the colours, so that the thirtieth line is the first that looks like another."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
ROOM = 12
"""Per cent above all figures, where the reference is named."""
LABELLED = 5
"""The most bars of a small panel that have their numbers above them."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Ink for words, rule for lines behind, and a colour for each series."""

    ink: str
    rule: str
    series: tuple[str, ...]


PAGE = Palette("var(--ink)", "var(--rule)", tuple(f"var(--s{n})" for n in range(SERIES)))
PAPER = Palette("#1f2328", "#d0d7de", ("#0b5cad", "#b3470b", "#1a7f37", "#8250df", "#9a6700", "#57606a"))
Spec = dict[str, Any]
ONE: Spec = {"values": [{}]}
"""What a layer draws that is drawn once."""


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
        "padding": 4 if palette is PAGE else 12,
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**words, **lines, "titlePadding": 16, "labelPadding": 4},
        "legend": {**words, "orient": "bottom"},
        "header": words,
        "title": {"color": palette.ink, "fontSize": 13, "anchor": "start"},
        "text": {"color": palette.ink, "fontSize": 11},
    }


def outcome(rows: Table, references: Mapping[str, str], palette: Palette = PAGE) -> str:
    """A panel for each suite: rows of suite, student, figure, value, low, high, in per cent.

    `references` says by suite what 100 % is, and has none where 100 % is nothing but all.
    """
    suites, names = _distinct(rows, "suite"), _distinct(rows, "figure")
    panels = [_outcome([r for r in rows if r["suite"] == s], names, references.get(s), palette) for s in suites]
    if len(suites) > 1:
        panels = [{"title": suite, **panel} for suite, panel in zip(suites, panels, strict=True)]
    return draw({"concat": panels, "columns": 2, "spacing": 40}, palette)


def _outcome(rows: Table, names: list[str], reference: str | None, palette: Palette) -> Spec:
    top = max(100, *(row["high"] for row in rows)) + ROOM
    scale, ticks = {"scale": {"domain": [0, top]}}, list(range(0, int(top) + 1, 20))
    color, shape = (_series("figure", names, palette, channel, columns=1) for channel in ("color", "shape"))
    dash = _series("figure", names, palette, "strokeDash")
    dash["strokeDash"]["legend"] = None
    base = {"x": steps("student", "student"), **color}
    low, y = ({"y": {**ticked(numbers(field, "per cent"), values=ticks), **scale}} for field in ("low", "value"))
    point = {"type": "point", "filled": True, "size": 60, "opacity": 1}
    layers: list[Spec] = [
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**base, **low, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**base, **y, **dash}},
        {"mark": point, "encoding": {**base, **y, **shape}},
        *(_reference(reference, palette) if reference else []),
    ]
    resolve = {"legend": {"strokeDash": "independent"}}
    return {"data": {"values": rows}, "width": WIDTH, "height": 220, "layer": layers, "resolve": resolve}


def _reference(label: str, palette: Palette) -> list[Spec]:
    """A line at 100 %, named above all that is drawn."""
    y = {"y": {"datum": 100}}
    text = {"type": "text", "align": "left", "baseline": "top", "dx": 4, "dy": 3}
    place = {"x": {"value": 0}, "y": {"value": 0}}
    return [
        {"data": ONE, "mark": {"type": "rule", "strokeDash": [4, 4], "color": palette.ink}, "encoding": y},
        {"data": ONE, "mark": text, "encoding": {**place, "text": {"value": f"dashed: {label}"}}},
    ]


def lines(rows: Table, x: str, y: str, series: str, titles: tuple[str, str], palette: Palette = PAGE) -> str:
    """A line for each of `series`."""
    looks = _series(series, _distinct(rows, series), palette, "color", "strokeDash")
    encoding = {"x": bare(numbers(x, titles[0])), "y": numbers(y, titles[1]), **looks}
    return _plain(rows, [{"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}], palette)


def marked(rows: Table, threshold: float, palette: Palette = PAGE) -> str:
    """The hard share as a function of the threshold, with the run's own marked."""
    looks = _series("iteration", _distinct(rows, "iteration"), palette, "color", "strokeDash")
    encoding = {"x": bare(numbers("threshold", "τ")), "y": shares("hard_share", "hard share"), **looks}
    x = {"x": {"datum": threshold}}
    text = {"type": "text", "align": "left", "baseline": "top", "dx": 5, "dy": 5}
    label = {**x, "y": {"value": 0}, "text": {"value": f"this run: τ = {threshold:g}"}}
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding},
        {"data": ONE, "mark": {"type": "rule", "strokeWidth": 1.5, "color": palette.ink}, "encoding": x},
        {"data": ONE, "mark": text, "encoding": label},
    ]
    return _plain(rows, layers, palette)


def bars(rows: Table, x: Axis, y: Axis, series: str, palette: Palette = PAGE) -> str:
    """Bars side by side for each of `series`: the first is full, the second has an edge alone."""
    names = _distinct(rows, series)
    looks = _series(series, names, palette, "fill", "stroke")
    encoding = {"x": x, "y": y, **looks, "xOffset": {"field": series, "type": "nominal", "sort": names}}
    return _plain(rows, [{"mark": {"type": "bar", "strokeWidth": 1.5}, "encoding": encoding}], palette)


def counts(rows: Table, x: str, y: str, panel: str, palette: Palette = PAGE) -> str:
    """A small bar chart for each `panel`, all to one scale, with the numbers where there is room for them."""
    scale = {"scale": {"domain": [0, max(row[y] for row in rows)]}}
    height = {**ticked(numbers(y, None), tickCount=3), **scale}
    encoding = {"x": small(steps(x, x, sorted(_distinct(rows, x)))), "y": height}
    layers: list[Spec] = [{"mark": {"type": "bar", "color": palette.series[0]}, "encoding": encoding}]
    if len(_distinct(rows, x)) <= LABELLED:
        number = {"text": {"field": y, "type": "quantitative", "format": ","}}
        layers.append({"mark": {"type": "text", "dy": -7, "color": palette.ink}, "encoding": {**encoding, **number}})
    return _panels(rows, panel, {"layer": layers}, palette)


def multiples(rows: Table, palette: Palette = PAGE) -> str:
    """A small chart for each category: the figure of each student."""
    scale = {"domain": [0, max(1, *(row["value"] for row in rows))]}
    color = palette.series[0]
    mark = {"type": "line", "strokeWidth": 2, "color": color, "point": {"size": 50, "filled": True, "color": color}}
    encoding = {
        "x": small(steps("student", "student")),
        "y": {**ticked(shares("value", None), values=[0, 0.5, 1]), "scale": scale},
    }
    return _panels(rows, "category", {"mark": mark, "encoding": encoding}, palette)


def histograms(rows: Table, x: str, y: str, row: str, palette: Palette = PAGE) -> str:
    """A histogram below the other for each `row`."""
    every_third = [value for value in _distinct(rows, x) if value % 3 == 0]
    encoding = {"x": ticked(steps(x, x), values=every_third), "y": ticked(shares(y, None), tickCount=2)}
    bar = {"type": "bar", "color": palette.series[0]}
    panel = {"width": WIDTH - 30, "height": 60, "mark": bar, "encoding": encoding}
    facet = {"row": {"field": row, "type": "ordinal", "title": row}}
    return draw({"data": {"values": rows}, "facet": facet, "spacing": 16, "spec": panel}, palette)


def _panels(rows: Table, field: str, panel: Spec, palette: Palette) -> str:
    """`panel` for each value of `field`, two beside each other."""
    panels = [
        {
            "title": {"text": wrap(name.replace("_", " "), 22), "fontSize": 12, "fontWeight": "normal"},
            "data": {"values": [row for row in rows if row[field] == name]},
            "width": 110,
            "height": 60,
            **panel,
        }
        for name in _distinct(rows, field)
    ]
    return draw({"concat": panels, "columns": 2, "spacing": 16}, palette)


def _plain(rows: Table, layers: list[Spec], palette: Palette) -> str:
    return draw({"data": {"values": rows}, "width": WIDTH, "height": HEIGHT, "layer": layers}, palette)


def _distinct(rows: Table, field: str) -> list[Any]:
    return list(dict.fromkeys(row[field] for row in rows))


def _series(field: str, names: list[Any], palette: Palette, *channels: str, columns: int = 4) -> Spec:
    """How each of `names` looks, the same on all `channels`, so that they have one legend."""
    colors, fills = palette.series, (palette.series[0], "transparent")
    looks = {"color": colors, "stroke": colors, "fill": fills, "strokeDash": DASHES, "shape": SHAPES}
    legend = {"columns": columns, "labelLimit": 0, "symbolSize": 900 if "strokeDash" in channels else 110}
    return {
        channel: {
            "field": field,
            "type": "nominal",
            "title": field,
            "legend": legend,
            "scale": {"domain": names, "range": [look[n % len(look)] for n in range(len(names))]},
        }
        for channel in channels
        for look in [looks[channel]]
    }
