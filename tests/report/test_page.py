"""The page's text and its colours, without a browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from lion.report import origin, page
from lion.report.charts import SERIES
from lion.report.evidence import Evidence
from lion.report.explorer import Sample

CSS = resources.files("lion.report").joinpath("page.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", part)) for part in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
SCHEMES = {"light": LIGHT, "dark": DARK}
POOLS = {"train": 2, "cache": 2, "answered": 2, "unanswered": {}}
NO_CALLS: dict[str, Any] = {}
NOTHING = Sample('{"instructions":[],"rejected":[]}', 0, 0, 0, 0)


def channels(colour: str) -> list[int]:
    digits = colour.removeprefix("#")
    whole = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    return [int(whole[place : place + 2], 16) for place in (0, 2, 4)]


def luminance(colour: Sequence[int]) -> float:
    """WCAG 2.2's relative luminance."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """WCAG 2.2's contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def figures(iterations: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    told = iterations or {"0": {"pools": POOLS, "student": {}, "calls": NO_CALLS}}
    return {"outcome": {}, "calls": NO_CALLS, "contamination": {}, "iterations": told, **more}


def written(found: dict[str, Any], path: Path) -> str:
    made = origin.Origin("smoke", 1.0, "iterations: 0", None, {}, [])
    page.write(found, Evidence(), NOTHING, made, lambda *_: None, path)
    return path.read_text("utf-8")


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast(channels("#fff"), channels("#000")) == pytest.approx(21)
    assert contrast(channels("#777777"), channels("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["paper", "panel"])
@pytest.mark.parametrize("text", ["ink", "quiet", "s0"])
def test_words_and_links_reach_aa(scheme: str, ground: str, text: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(channels(colours[text]), channels(colours[ground])) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_series_stands_out_from_the_paper(scheme: str) -> None:
    colours = SCHEMES[scheme]
    series = [name for name in colours if re.fullmatch(r"s\d", name)]
    assert len(series) == SERIES
    assert min(contrast(channels(colours[name]), channels(colours["paper"])) for name in series) >= 3


def test_both_schemes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)


def test_a_run_without_iterations_and_suites_makes_a_page(tmp_path: Path) -> None:
    html = written(figures(), tmp_path / "report.html")
    assert "there is no outcome to tell" in html
    assert len(re.findall("<h2", html)) == 7
    assert "<svg" not in html


def test_a_suite_without_a_figure_has_a_dash(tmp_path: Path) -> None:
    student = {"bbh": {"items": 0, "strict_mean": None, "interval": {"strict_mean": [None, None]}}}
    html = written(figures({"0": {"pools": POOLS, "student": student, "calls": NO_CALLS}}), tmp_path / "report.html")
    assert '<th scope="row">bbh</th><td>strict_mean</td>\n<td>–<br><small>– to –</small></td>' in html


def test_the_page_allows_itself_nothing_but_its_own_script_and_style(tmp_path: Path) -> None:
    html = written(figures(), tmp_path / "report.html")
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found
    assert found[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "unsafe" not in found[1]
    assert re.findall(r"<[^>]*\s(?:style|on\w+)=", html) == []
    assert re.findall(r"""(?:src|href)=["']?[^"'#]""", html) == []


def test_what_the_policy_names_is_what_the_page_holds(tmp_path: Path) -> None:
    html = written(figures(), tmp_path / "report.html")
    style, script = re.findall(r"<style>(.*?)</style>|<script>(.*?)</script>", html, re.DOTALL)
    assert page.policy(style[0], script[1]).replace("'", "&#39;") in html
