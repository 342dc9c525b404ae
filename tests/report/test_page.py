"""The page as text: its outline, its colours and what it forbids itself. How it behaves, a browser tells."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest

from lion import jsonl
from lion.report import evidence, explorer, origin, page, summary

CSS = resources.files("lion.report").joinpath("page.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S)
)


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a run of no iteration in which nothing was measured and nothing was bought."""
    data = tmp_path_factory.mktemp("data")
    for name in ("train_pool", "cache_pool", "teacher", "unanswered", "contaminated"):
        jsonl.write(data / f"iteration-0/{name}.jsonl", [])
    jsonl.write(data / "benchmarks/items.jsonl", [])
    found = summary.summarise(data, 0)
    made = origin.Origin("<b>mine</b>", 1.0, "iterations: 0", "c" * 40, {"torch": "2"}, [], ("lion/pools.py",))
    path = data / "report.html"
    page.write(found, evidence.gather(data, found), explorer.draw(data, 0, 42), made, lambda *_: None, path)
    return path.read_text("utf-8")


class Outline(HTMLParser):
    """What of a page its reader is led by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.labels: set[str] = set()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.unnamed: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.ids.add(found.get("id") or "")
        if re.fullmatch(r"h\d", tag):
            self.levels.append(int(tag[1]))
        if tag == "a":
            self.links.add((found["href"] or "").removeprefix("#"))
        if found.get("role") in ("img", "region") and not found.get("aria-label"):
            self.unnamed.append(self.get_starttag_text() or "")


def test_headings_come_in_order_and_every_section_can_be_reached(html: str) -> None:
    outline = Outline(html)
    assert outline.levels[0] == 1 and outline.levels.count(1) == 1 and outline.levels.count(2) == 7
    assert all(after <= before + 1 for before, after in pairwise(outline.levels))
    assert outline.links <= outline.ids and len(outline.links) == 7
    assert outline.unnamed == []


def test_an_empty_run_has_a_page_that_says_so(html: str) -> None:
    assert "Nothing was measured" in html
    assert "0 of 0 instructions" in html
    assert "<svg" not in html


def test_it_tells_where_it_comes_from_and_names_are_escaped(html: str) -> None:
    assert f"git checkout {'c' * 40}" in html
    assert "since then were changed: lion/pools.py" in html
    assert "<b>mine" not in html and "&lt;b&gt;mine" in html


def test_it_loads_nothing_and_runs_only_its_own_script(html: str) -> None:
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert "@import" not in html and "url(" not in html
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy and policy[1].startswith("default-src &#39;none&#39;; style-src &#39;sha256-")
    assert "unsafe" not in policy[1] and "http" not in policy[1]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "s0"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_words_stand_out_from_their_ground_by_four_and_a_half(scheme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(scheme[ink], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_bars_and_borders_of_controls_stand_out_by_three(scheme: dict[str, str]) -> None:
    series = [f"s{n}" for n in range(6)]
    assert set(scheme) >= {*series, "quiet"}
    for name in (*series, "quiet"):
        assert contrast(scheme[name], scheme["paper"]) >= 3, name


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
