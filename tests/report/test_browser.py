"""The page in a real browser, with records that mean it harm. Skipped where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lion import jsonl
from lion.records import Answer, Instruction, Rejected, Review, Verdict
from lion.report import evidence, explorer, origin, page, summary

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the PATH")

HOSTILE = [
    "<script>window.harmed = 1</script>",
    "</script><script>window.harmed = 2</script>",
    "<!--<script>",
    '<img src=x onerror="window.harmed = 3"><svg onload="window.harmed = 4">',
    '<a href="javascript:window.harmed = 5">press</a>',
    '"><iframe srcdoc="<script>parent.harmed = 6</script>"></iframe>',
    "right \u202e to left \u2066 and back",
    "zero\u200bwidth\ufeff",
    "nul \x00 and bell \x07",
    "a lone \ud800 surrogate",
    "x" * 100_000,
    "{{ 7 * 7 }} ${7 * 7} {% raw %}",
]
SEEDS = [Instruction.seed(f"{text} number {n}") for n, text in enumerate(HOSTILE)]
CHILD = Instruction("d" * 16, "A child of <b>harm</b>", "", "hard", 0, SEEDS[0].id)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    first, last = data / "iteration-0", data / "iteration-1"
    for folder, pool in ((first, SEEDS), (last, [*SEEDS, CHILD])):
        jsonl.write(folder / "train_pool.jsonl", pool)
        jsonl.write(folder / "cache_pool.jsonl", pool)
        jsonl.write(folder / "teacher.jsonl", [Answer(i.id, i.instruction) for i in pool])
        jsonl.write(folder / "unanswered.jsonl", [])
    jsonl.write(first / "student.jsonl", [Answer(i.id, i.instruction[::-1]) for i in SEEDS])
    orders: Any = ("teacher-first", "student-first")
    jsonl.write(first / "reviews.jsonl", [Review(i.id, o, i.instruction, 9.0, 3.0) for i in SEEDS for o in orders])
    jsonl.write(first / "hard.jsonl", [Verdict(i.id, 9.0, 3.0, 6.0) for i in SEEDS[:5]])
    jsonl.write(first / "easy.jsonl", [Verdict(i.id, 9.0, 3.0, 6.0) for i in SEEDS[5:]])
    jsonl.write(first / "unjudged.jsonl", [])
    jsonl.write(first / "generated.jsonl", [CHILD])
    lost = Rejected("e" * 16, "similar", "<i>", HOSTILE[1], "easy", SEEDS[0].id, SEEDS[1].id, 0.75)
    jsonl.write(first / "rejected.jsonl", [lost])
    jsonl.write(data / "benchmarks/items.jsonl", [])
    jsonl.write(first / "contaminated.jsonl", [])
    found = summary.summarise(data, 1)
    made = origin.Origin(HOSTILE[1], 1.0, HOSTILE[1], None, {HOSTILE[0]: HOSTILE[3]}, [])
    path = data / "report.html"
    page.write(found, evidence.gather(data, found), explorer.draw(data, 1, 42), made, lambda *_: None, path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def tab(browser: Any, file: Path) -> Iterator[Any]:
    """The page, opened; at the end nothing of what models wrote has run, and nothing was loaded or refused."""
    found, told = browser.new_page(), []
    found.on("console", lambda message: told.append(message.text))
    found.on("pageerror", lambda error: told.append(str(error)))
    found.on("dialog", lambda dialog: told.append(dialog.message))
    found.on("request", lambda request: told.append(request.url) if request.url != file.as_uri() else None)
    found.goto(file.as_uri())
    yield found
    assert found.evaluate("window.harmed") is None
    assert found.evaluate("document.scripts.length") == 2
    assert found.evaluate("document.querySelectorAll('iframe, img, main b, main i, a[href^=javascript]').length") == 0
    found.close()
    assert told == []


def hits(tab: Any, count: int) -> None:
    tab.wait_for_function("n => document.getElementById('hits').textContent === `${n} found`", arg=count)


def test_every_record_is_listed_and_none_runs(tab: Any) -> None:
    hits(tab, len(SEEDS) + 2)


def test_each_hostile_text_opens_as_text(tab: Any) -> None:
    for seed in SEEDS:
        tab.locator(f'#list [data-id="{seed.id}"]').click()
        shown = tab.locator("#detail pre").first.text_content()
        assert len(shown) >= len(seed.instruction)
        assert shown[:4] == seed.instruction[:4]
        assert tab.locator("#detail h5").count() == 4


def test_what_cannot_be_seen_is_named(tab: Any) -> None:
    for seed, name in zip(SEEDS[6:10], ("⟨U+202E⟩", "⟨U+200B⟩", "⟨U+0000⟩", "⟨U+D800⟩"), strict=True):
        tab.locator(f'#list [data-id="{seed.id}"]').click()
        assert name in tab.locator("#detail pre").first.text_content()


def test_search_and_filters_narrow_the_list(tab: Any) -> None:
    tab.fill("#text", "WINDOW.HARMED = 5")
    hits(tab, 1)
    tab.fill("#text", "")
    for state, count in (("hard", 5), ("easy", len(SEEDS) - 5), ("generated", 1), ("rejected", 1), ("unjudged", 0)):
        tab.select_option("#state", state)
        hits(tab, count)


def test_parents_and_children_lead_to_each_other(tab: Any) -> None:
    tab.select_option("#state", "generated")
    hits(tab, 1)
    tab.locator("#list button").first.press("Enter")
    tab.locator("#detail dl button").first.click()
    assert SEEDS[0].id in tab.locator("#detail h3").text_content()
    assert tab.locator("#detail dl button").all_text_contents() == [CHILD.id]


def test_a_category_narrows_the_list_together_with_the_rest(tab: Any) -> None:
    options = tab.locator("#category option").all_text_contents()
    assert options[0] == "any" and "script (4)" in options
    tab.select_option("#category", "script")
    hits(tab, 4)
    tab.select_option("#state", "rejected")
    hits(tab, 1)
    tab.select_option("#state", "hard")
    tab.fill("#text", "harmed = 2")
    hits(tab, 1)


def test_all_of_it_can_be_done_with_the_keyboard(tab: Any) -> None:
    tab.focus("#text")
    tab.keyboard.type("a lone")
    hits(tab, 1)
    for id in ("iteration", "state", "category", "origin"):
        tab.keyboard.press("Tab")
        assert focused(tab) == id
    tab.keyboard.press("Tab")
    if focused(tab) == "list":  # Chromium lets one scroll a list with the keyboard
        tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    assert focused(tab) == "detail"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Back to the list"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.dataset.id") == SEEDS[9].id
    assert tab.locator("#detail").is_hidden()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.dataset.id") == SEEDS[9].id


def focused(tab: Any) -> str:
    found: str = tab.evaluate("document.activeElement.id")
    return found


def test_what_is_printed_is_dark_on_white_and_no_wider_than_the_paper(browser: Any, file: Path) -> None:
    tab = browser.new_page(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    tab.goto(file.as_uri())
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 794
    assert tab.locator("#explorer").is_hidden()
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_is_wider_than_the_screen(browser: Any, file: Path, scheme: str, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab.goto(file.as_uri())
    tab.locator("#list button").nth(10).click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
