"""What overlaps a benchmark's item, by which rule: worked examples, and a search through every pair."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from lion.contamination import Contamination, check
from lion.records import Instruction, Item, Overlap
from lion.words import words

HENS = "A farmer sells the eggs of forty hens at the market every Friday and keeps a dozen for the school."
RUN = "a farmer sells the eggs of forty hens at the market every friday"
REFERENCE = RougeScorer(["rougeL"], use_stemmer=False)
TEXTS = st.lists(st.sampled_from("abc"), max_size=12).map(" ".join)


def overlap(text: str, *items: str, ngram: int = 13, max_rouge: float = 0.7) -> Overlap | None:
    numbered = (Item("gsm8k", f"gsm8k/{number}", item) for number, item in enumerate(items, start=1))
    return Contamination(numbered, ngram, max_rouge).overlap("0" * 16, text)


def told(text: str, *items: str, ngram: int = 13, max_rouge: float = 0.7) -> tuple[str, str] | None:
    found = overlap(text, *items, ngram=ngram, max_rouge=max_rouge)
    return None if found is None else (found.item, found.rule)


def test_case_white_space_and_punctuation_do_not_hide_an_item() -> None:
    text = HENS.upper().replace(" ", "\n ").replace(".", " ?!")
    assert overlap(text, "Count to three.", HENS) == Overlap("0" * 16, "gsm8k", "gsm8k/2", "exact")


def test_a_run_of_thirteen_tokens_is_an_overlap_and_is_told() -> None:
    text = f"Consider this: {RUN}. What does she earn?"
    assert overlap(text, HENS) == Overlap("0" * 16, "gsm8k", "gsm8k/1", "ngram", RUN)


def test_a_run_of_twelve_tokens_is_none() -> None:
    assert told(f"Consider this: {RUN.removesuffix(' friday')} Monday. What does she earn?", HENS) is None


def test_the_length_of_the_run_is_the_user_s() -> None:
    text = f"Consider this: {RUN.removesuffix(' friday')} Monday. What does she earn?"
    assert told(text, HENS, ngram=12) == ("gsm8k/1", "ngram")
    assert told(text.replace("forty", "fifty"), HENS, ngram=12) is None


@pytest.mark.parametrize(
    ("text", "item", "f1"),
    [
        ("Write a function to add two numbers.", "Write a function to add numbers.", 12 / 13),
        (f"{RUN} and Monday", "A farmer sells the eggs of forty hens at the market.", 22 / 26),
        ("A farmer sells the eggs of forty hens at the market.", f"{RUN} and Monday", 22 / 26),
    ],
    ids=["both are short", "the item is short", "the text is short"],
)
def test_where_one_is_shorter_than_the_run_rouge_decides(text: str, item: str, f1: float) -> None:
    found = overlap(text, "Name a fruit.", item)
    assert found is not None
    assert (found.item, found.rule, found.detail) == ("gsm8k/2", "rouge", "")
    assert found.f1 == pytest.approx(f1)
    assert told(text, item, max_rouge=f1 + 1e-9) is None


def test_an_f1_at_the_limit_is_no_overlap() -> None:
    assert told("a b c d", "a b c e", max_rouge=0.75) is None
    assert told("a b c d", "a b c e", max_rouge=0.74) == ("gsm8k/1", "rouge")


def test_two_long_texts_are_not_compared_by_rouge() -> None:
    item = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    assert told(item.replace("seven", "7"), item) is None


def test_of_several_items_the_first_with_the_same_tokens_or_run_is_told_and_the_nearest_by_rouge() -> None:
    assert told(HENS, f"Well: {HENS}", HENS, HENS) == ("gsm8k/2", "exact")
    assert told(f"So {RUN}", f"Well, {RUN}, no.", HENS) == ("gsm8k/1", "ngram")
    assert told("a b c d", "a b c d e", "d a b c d", "a b c d!") == ("gsm8k/3", "exact")
    assert told("a b c d", "a b c d e f", "a b c d e") == ("gsm8k/2", "rouge")


@pytest.mark.parametrize("text", ["", "?!", " \n"])
def test_what_has_no_words_overlaps_nothing(text: str) -> None:
    assert told(text, "...", "Name a fruit.", max_rouge=0.0) is None
    assert told("Name a fruit.", text, max_rouge=0.0) is None


def test_without_items_nothing_is_contaminated() -> None:
    assert Contamination().overlap("0" * 16, HENS) is None


def test_every_suite_is_told_once_and_the_first_is_the_overlap() -> None:
    items = [Item("mbpp", "mbpp/1", HENS), Item("bbh", "bbh/web/1", f"Is it so? {HENS}"), Item("mbpp", "mbpp/2", HENS)]
    contamination = Contamination(items)
    found = list(contamination.overlaps("0" * 16, HENS))
    assert [(o.suite, o.item, o.rule) for o in found] == [("mbpp", "mbpp/1", "exact"), ("bbh", "bbh/web/1", "ngram")]
    assert contamination.overlap("0" * 16, HENS) == found[0]


def test_an_instruction_counts_with_its_input() -> None:
    seeds = [Instruction.seed("Sort these words:", "plum, fig, apple"), Instruction.seed("Sort these words:")]
    found = list(check(seeds, Contamination([Item("bbh", "bbh/word_sorting/1", "Sort these words: plum fig apple")])))
    assert [(o.id, o.rule) for o in found] == [(seeds[0].id, "exact")]


@given(TEXTS, st.lists(TEXTS, max_size=6), st.integers(2, 6), st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9, 1.0]))
def test_each_rule_finds_what_a_search_through_every_pair_finds(
    text: str, items: list[str], ngram: int, max_rouge: float
) -> None:
    found = overlap(text, *items, ngram=ngram, max_rouge=max_rouge)
    rules = {rule for item in items if (rule := pair(text, item, ngram, max_rouge))}
    wanted = next((rule for rule in ("exact", "ngram", "rouge") if rule in rules), None)
    assert (found and found.rule) == wanted
    if found:
        item = items[int(found.item.removeprefix("gsm8k/")) - 1]
        assert pair(text, item, ngram, max_rouge) == wanted
        assert (f" {found.detail} " in f" {text} " and f" {found.detail} " in f" {item} ") or wanted != "ngram"
        assert found.f1 is None or found.f1 == pytest.approx(
            max(f1(text, other) for other in items if pair(text, other, ngram, max_rouge) == "rouge"), abs=1e-12
        )


def pair(text: str, item: str, ngram: int, max_rouge: float) -> str | None:
    """The rules of the documentation, read literally, for one text and one item."""
    one, other = words(text), words(item)
    if not one or not other:
        return None
    if one == other:
        return "exact"
    starts = product(range(len(one) - ngram + 1), range(len(other) - ngram + 1))
    if any(one[a : a + ngram] == other[b : b + ngram] for a, b in starts):
        return "ngram"
    return "rouge" if min(len(one), len(other)) < ngram and f1(text, item) > max_rouge else None


def f1(text: str, item: str) -> float:
    return float(REFERENCE.score(item, text)["rougeL"].fmeasure)
