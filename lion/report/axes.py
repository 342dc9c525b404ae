"""Axes as Vega-Lite has them: which field runs along one, and how it looks. Knows no row, no mark and no colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Axis = dict[str, Any]


def steps(field: str, title: str | None, domain: Sequence[Any] | None = None) -> Axis:
    """An axis of single values; of all in `domain`, whether they occur or not."""
    axis: Axis = {"labelAngle": 0, "labelOverlap": True}
    scale = {} if domain is None else {"scale": {"domain": list(domain)}}
    return {"field": field, "type": "ordinal", "title": title, "axis": axis, **scale}


def numbers(field: str, title: str | None) -> Axis:
    """An axis of quantities."""
    return {"field": field, "type": "quantitative", "title": title, "axis": {}}


def shares(field: str, title: str | None) -> Axis:
    """An axis of quantities of which 1 is 100 %."""
    return {**numbers(field, title), "axis": {"format": "%"}}


def bare(axis: Axis) -> Axis:
    """`axis` without lines behind."""
    return {**axis, "axis": {**axis["axis"], "grid": False}}


def small(axis: Axis) -> Axis:
    """`axis` with a title that takes little room, for a panel among others."""
    title = {"titlePadding": 4, "titleFontSize": 11, "titleFontWeight": "normal"}
    return {**axis, "axis": {**axis["axis"], **title}}


def ticked(axis: Axis, **ticks: Any) -> Axis:
    """`axis` with these `values` on it, or a `tickCount`."""
    return {**axis, "axis": {**axis["axis"], **ticks}}
