"""The page in a real browser, with records that mean it harm. Skipped where there is no Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lion import jsonl
from lion.records import Answer, Instruction, Rejected, Review, Verdict
from lion.report import evidence, explorer, origin, page, summary
from tests.report.test_page import contrast
from tests.report.test_summary import result

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
COLOURS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Map();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !e.checkVisibility() || e.closest("script, option")) continue;
    let ground = e;
    while (ground && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    const pair = [e.closest("svg") ? getComputedStyle(e).fill : getComputedStyle(e).color,
      getComputedStyle(ground).backgroundColor];
    found.set(pair.join(), pair);
  }
  return [...found.values()];
}"""
"""The colour of each text that is seen, and of what is behind it."""
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
    for folder, accuracy in ((first, 0.5), (last, 0.75)):
        jsonl.write(folder / "evaluation/results.jsonl", [result(accuracy)])
        (folder / "training.csv").write_text("step,loss,learning_rate\n1,2.5,0.1\n30,1.5,0.1\n")
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


def test_categories_are_listed_with_their_counts_and_narrow_with_the_other_filters(tab: Any) -> None:
    options = tab.locator("#category option").all_text_contents()
    assert options[:3] == ["any", "script (4)", "a (3)"]
    assert tab.locator("label", has_text="Category").locator("select").count() == 1
    tab.select_option("#category", "a")
    hits(tab, 3)
    tab.select_option("#state", "generated")
    hits(tab, 1)
    tab.select_option("#state", "rejected")
    hits(tab, 0)
    tab.select_option("#category", "script")
    hits(tab, 1)


def test_the_keyboard_opens_an_instruction_and_leads_back(tab: Any) -> None:
    for seed, key, way in ((SEEDS[1], "Enter", "Escape"), (SEEDS[2], "Space", "Enter"), (SEEDS[3], "Enter", "Space")):
        tab.locator(f'#list [data-id="{seed.id}"]').focus()
        tab.keyboard.press(key)
        assert tab.evaluate("document.activeElement.id") == "detail"
        if way != "Escape":
            tab.keyboard.press("Tab")
            assert tab.evaluate("document.activeElement.textContent") == "Back to the list"
        tab.keyboard.press(way)
        assert tab.evaluate("document.activeElement.dataset.id") == seed.id


def test_the_way_back_leads_to_the_list_though_the_filters_hide_the_opened_one(tab: Any) -> None:
    tab.locator(f'#list [data-id="{SEEDS[0].id}"]').click()
    tab.select_option("#state", "rejected")
    hits(tab, 1)
    tab.locator("#detail").press("Escape")
    assert tab.evaluate("document.activeElement.dataset.id") == "e" * 16


def test_each_control_is_reached_by_tab_and_shows_its_focus(tab: Any) -> None:
    tab.locator(f'#list [data-id="{SEEDS[0].id}"]').press("Enter")
    controls = "a[href], button, input, select, summary, [tabindex='0']"
    wanted = tab.evaluate(f"[...document.querySelectorAll(`{controls}`)].filter((e) => e.checkVisibility()).length")
    tab.evaluate("window.seen = new Set(); window.unseen = 0")
    tab.locator(".skip").focus()
    for _ in range(wanted):
        tab.evaluate("""() => { const e = document.activeElement; seen.add(e);
            if (e !== document.body && getComputedStyle(e).outlineStyle === "none") unseen += 1; }""")
        tab.keyboard.press("Tab")
    reached = tab.evaluate(f"[...document.querySelectorAll(`{controls}`)].filter((e) => seen.has(e)).length")
    assert (reached, tab.evaluate("unseen")) == (wanted, 0)


def test_headings_go_down_one_step_at_a_time(tab: Any) -> None:
    for id in (SEEDS[0].id, CHILD.id, "e" * 16):
        tab.locator(f'#list [data-id="{id}"]').click()
        levels = tab.evaluate(
            "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => Number(h.tagName[1]))"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert levels.count(2) == 7
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_each_picture_says_what_it_shows(tab: Any) -> None:
    assert tab.locator("svg").count() == 8
    assert tab.locator("figure div[role=img] svg").count() == 8
    for label in tab.evaluate("[...document.querySelectorAll('[role=img]')].map((e) => e.getAttribute('aria-label'))"):
        title, told = label.split(". ", 1)
        assert len(title) > 5
        assert len(told) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(browser: Any, file: Path, scheme: str) -> None:
    tab = browser.new_page(color_scheme=scheme)
    tab.goto(file.as_uri())
    tab.locator(f'#list [data-id="{SEEDS[0].id}"]').click()
    tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    pairs = {(text, ground): ratio(text, ground) for text, ground in tab.evaluate(COLOURS)}
    assert len(pairs) >= 4
    assert {pair: found for pair, found in pairs.items() if found < 4.5} == {}
    tab.close()


def ratio(one: str, other: str) -> float:
    return contrast(*([int(part) for part in re.findall(r"\d+", text)[:3]] for text in (one, other)))


def test_dark_mode_prints_dark_on_light_and_cuts_no_chart(browser: Any, file: Path) -> None:
    tab = browser.new_page(viewport={"width": 700, "height": 900}, color_scheme="dark")
    tab.goto(file.as_uri())
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(31, 35, 40)"
    breaks = "[...document.querySelectorAll('figure')].map((e) => getComputedStyle(e).breakInside)"
    assert set(tab.evaluate(breaks)) == {"avoid"}
    assert tab.evaluate("document.documentElement.scrollWidth") <= 700
    assert tab.pdf(format="A4").startswith(b"%PDF")
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_is_wider_than_the_screen(browser: Any, file: Path, scheme: str, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab.goto(file.as_uri())
    tab.locator("#list button").nth(10).click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
