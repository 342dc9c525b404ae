"""Which charts a page has, and what is drawn in them. The pictures are read as SVG, not looked at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lion.report import album
from lion.report.charts import PAGE, PAPER, Chart, Palette
from lion.report.evidence import Evidence

NONE: dict[str, Any] = {"iterations": {"0": {"student": {}}}}


def figures() -> dict[str, Any]:
    interval = {"accuracy": [0.3, 0.5], "relative_score": [0.6, 0.8]}
    exam = {"items": 9, "accuracy": 0.4, "relative_score": 0.7, "interval": interval, "by_category": {"lists": 0.25}}
    unread = {"vicuna": {"items": 9, "relative_score": None, "interval": {"relative_score": [None, None]}}}
    judged = {"hard_share": 0.25, "hard_share_of_seeds": 0.5}
    made = {"generated": {"hard": 3, "easy": 2}, "rejected": {"similar": 4}}
    first = {"student": {"exam-balanced": exam, **unread}, "discrimination": judged, "generation": made}
    return {"iterations": {"0": first, "1": {"student": {"exam-balanced": exam}}}}


def evidence() -> Evidence:
    gaps = [{"iteration": 0, "gap": gap, "count": 1, "share": 0.1} for gap in range(-9, 10)]
    taus = [{"iteration": 0, "threshold": n / 4, "hard_share": 1 - n / 36} for n in range(37)]
    scores = [{"iteration": k, "of": "teacher", "score": 9, "count": 2} for k in (0, 1)]
    losses = [{"student": 0, "step": step, "loss": float(step)} for step in range(1, 42)]
    categories = [{"student": 0, "suite": "exam", "category": name, "value": 0.5} for name in ("lists", "logic")]
    other = {"student": 0, "suite": "bbh", "category": "navigate", "value": 0.5}
    return Evidence(gaps, taus, scores, [], losses, [*categories, other])


@pytest.fixture(scope="module", params=[PAGE, PAPER], ids=["page", "paper"])
def drawn(request: pytest.FixtureRequest) -> dict[str, Chart]:
    palette: Palette = request.param
    return album.draw(figures(), evidence(), 1.0, palette)


def words(chart: Chart) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(chart.svg).iter() if node.tag.endswith("text")]


def test_a_run_has_all_its_charts_and_each_is_told_in_words(drawn: dict[str, Chart]) -> None:
    assert list(drawn) == ["outcome", "hard", "gaps", "rejected", "loss", "categories", "scores", "thresholds"]
    for chart in drawn.values():
        assert chart.title and chart.alt.endswith(".")
        assert ElementTree.fromstring(chart.svg).tag.endswith("svg")


def test_a_run_in_which_nothing_was_judged_has_no_empty_charts() -> None:
    assert album.draw(NONE, Evidence(), 1.0) == {}


def test_charts_run_nothing_load_nothing_and_have_no_style_of_their_own(drawn: dict[str, Chart]) -> None:
    for chart in drawn.values():
        assert not re.search(r"<script|<style|<image|\son\w+=|\sstyle=|(?:href|src)=", chart.svg)


def test_charts_of_the_page_take_their_colours_from_its_variables_and_pictures_are_complete() -> None:
    for palette, pattern in ((PAGE, r"(?:fill|stroke)=\"(?:#|rgb)"), (PAPER, r"var\(")):
        for name, chart in album.draw(figures(), evidence(), 1.0, palette).items():
            assert not re.search(pattern, chart.svg), name


def test_the_outcome_has_a_series_for_each_figure_that_was_measured(drawn: dict[str, Chart]) -> None:
    found = words(drawn["outcome"])
    assert found.count("exam-balanced, accuracy") == 1
    assert found.count("exam-balanced, relative score") == 1
    assert not any("vicuna" in word for word in found)
    assert "the teacher, for relative scores" in found


def test_each_score_from_one_to_ten_has_its_place_given_or_not(drawn: dict[str, Chart]) -> None:
    assert [str(n) for n in range(1, 11)] == [word for word in words(drawn["scores"]) if word.isdecimal()][:10]
    given = {(row["of"], row["score"]): row["count"] for row in drawn["scores"].rows}
    assert given["teacher", 9] == 4 and sum(given.values()) == 4


def test_losses_are_drawn_as_means_of_twenty_steps(drawn: dict[str, Chart]) -> None:
    rows = [(row["step"], row["loss"]) for row in drawn["loss"].rows]
    assert rows == [(1, 10.5), (21, 30.5), (41, 41.0)]


def test_the_threshold_of_the_run_is_marked(drawn: dict[str, Chart]) -> None:
    assert "τ = 1" in words(drawn["thresholds"])


def test_the_categories_are_those_of_the_first_suite_alone(drawn: dict[str, Chart]) -> None:
    found = words(drawn["categories"])
    assert "lists" in found and "logic" in found and "navigate" not in found


def test_markup_in_a_name_is_drawn_as_text() -> None:
    hostile = '<script>alert(1)</script>"&'
    seen = evidence()
    seen.categories = [{"student": 0, "suite": "mine", "category": hostile, "value": 0.5}]
    assert hostile in words(album.draw(NONE, seen, 1.0)["categories"])


def test_pictures_are_files_that_stand_alone(tmp_path: Path) -> None:
    album.write(album.draw(figures(), evidence(), 1.0, PAPER), tmp_path / "figures")
    found = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert len(found) == 8 and "outcome.svg" in found
    assert ElementTree.parse(tmp_path / "figures/outcome.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
