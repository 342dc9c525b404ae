"""Charts as SVG that can be read as XML."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from lion.report import charts
from lion.report.axes import numbers, steps
from lion.report.charts import PAGE, PAPER

ROWS = [
    {"suite": suite, "student": student, "figure": figure, "value": 50.0, "low": 45.0, "high": 55.0}
    for suite in ("exam-balanced", "bbh")
    for student in (0, 1)
    for figure in ("accuracy", "relative score")
]
LINES = [{"student": s, "step": step, "loss": 2.0 / step} for s in range(4) for step in (1, 2, 3)]
SCORES = [{"given to": who, "score": 10, "count": 5000} for who in ("teacher", "student")]


def texts(svg: str) -> list[str]:
    return [" ".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def drawn() -> list[str]:
    """One chart of each kind."""
    ten = steps("score", "score", range(1, 11))
    return [
        charts.outcome(ROWS, {"bbh": "reference"}),
        charts.lines(LINES, "step", "loss", "student", ("step", "loss")),
        charts.marked([{"iteration": 0, "threshold": t, "hard_share": 0.5} for t in (0, 1)], 1.0),
        charts.bars(SCORES, ten, numbers("count", "readings"), "given to"),
        charts.counts([{"iteration": 0, "n": 3, "outcome": "kept"}], "iteration", "n", "outcome"),
        charts.multiples([{"student": 0, "category": "logic", "value": 0.5}]),
        charts.histograms([{"gap": g, "share": 0.5, "iteration": 0} for g in (0, 3)], "gap", "share", "iteration"),
    ]


def test_no_chart_has_what_the_page_s_policy_forbids_or_a_colour_of_its_own() -> None:
    for svg in drawn():
        ElementTree.fromstring(svg)
        assert re.findall(r"\sstyle=|<script|<style|<image|href=|\son\w+=", svg) == []
        colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg))
        assert {c for c in colours if not c.startswith("var(--")} <= {"none", "transparent"}


def test_a_picture_that_stands_alone_has_fixed_colours() -> None:
    svg = charts.outcome(ROWS, {}, PAPER)
    assert "var(" not in svg
    assert PAPER.series[0] in svg


def test_all_ten_scores_are_on_the_axis_though_one_was_given() -> None:
    ten = steps("score", "score", range(1, 11))
    found = texts(charts.bars(SCORES, ten, numbers("count", "readings"), "given to"))
    assert [text for text in found if text in {str(n) for n in range(1, 11)}] == [str(n) for n in range(1, 11)]


def test_each_line_has_strokes_of_its_own() -> None:
    svg = charts.lines(LINES, "step", "loss", "student", ("step", "loss"))
    lines = re.findall(r'aria-roledescription="line mark"[^>]*stroke-dasharray="([^"]*)"', svg)
    assert len(lines) == 4
    assert len(set(lines)) == 4


def test_thirty_series_are_told_apart_by_stroke_and_colour() -> None:
    rows = [{"student": s, "step": step, "loss": 1.0} for s in range(30) for step in (1, 2)]
    svg = charts.lines(rows, "step", "loss", "student", ("step", "loss"))
    looks = re.findall(r'"line mark"[^>]*stroke="([^"]*)"[^>]*stroke-dasharray="([^"]*)"', svg)
    assert len(looks) == 30
    assert len(set(looks)) == 30


def test_points_of_two_figures_differ_in_shape() -> None:
    svg = charts.outcome(ROWS[:2], {})
    shapes = {re.sub(r"[\d.]+", "", shape) for shape in re.findall(r'"point"[^>]* d="([^"]*)"', svg)}
    assert len(shapes) == 2


def test_of_bars_side_by_side_the_second_is_empty() -> None:
    svg = drawn()[3]
    one, other = re.findall(r'<path[^>]*aria-roledescription="bar"[^>]*>', svg)
    assert 'fill="var(--s0)"' in one
    assert 'fill="var' not in other
    assert 'stroke="var(--s1)"' in other


def test_only_a_suite_with_a_reference_has_its_line() -> None:
    assert texts(charts.outcome(ROWS, {"bbh": "reference = 100 %"})).count("dashed: reference = 100 %") == 1
    assert "dashed: reference = 100 %" not in texts(charts.outcome(ROWS, {}))


def test_suites_beside_each_other_are_named_and_a_suite_alone_is_not() -> None:
    assert {"exam-balanced", "bbh"} <= set(texts(charts.outcome(ROWS, {})))
    assert "exam-balanced" not in texts(charts.outcome(ROWS[:4], {}))


def test_a_figure_above_the_reference_stays_within_the_axis() -> None:
    rows: list[dict[str, Any]] = [{**ROWS[0], "value": 130.0, "low": 120.0, "high": 140.0}]
    assert "140" in texts(charts.outcome(rows, {}))


@pytest.mark.parametrize(("iterations", "is_told"), [(charts.LABELLED, True), (charts.LABELLED + 1, False)])
def test_numbers_stand_above_small_bars_where_there_is_room(iterations: int, is_told: bool) -> None:
    rows = [{"iteration": k, "n": 777 + k, "outcome": "kept"} for k in range(iterations)]
    assert ("777" in texts(charts.counts(rows, "iteration", "n", "outcome"))) == is_told


def test_a_long_category_is_told_in_full() -> None:
    rows = [{"student": 0, "category": "logical deduction of five objects in a row", "value": 0.5}]
    assert "logical deduction of five objects in a row" in texts(charts.multiples(rows))


def test_the_palette_of_the_page_is_its_variables() -> None:
    assert PAGE.series == tuple(f"var(--s{n})" for n in range(charts.SERIES))
