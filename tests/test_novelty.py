"""ROUGE-L against what is known: equal to the reference implementation, whatever stands in the pool."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer, _score_lcs

from lion import novelty
from lion.novelty import Index, Neighbour, f1
from lion.words import words

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)
POOLS = st.lists(st.lists(st.sampled_from("aaabcdefgh"), max_size=14).map(" ".join), max_size=60)
FLOORS = st.sampled_from([0.0, 0.1, 0.5, 2 / 3, 0.7, 0.8, 0.99, 1.0])
REFERENCE = RougeScorer(["rougeL"], use_stemmer=False)
NEEDS_DATA = pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")


def reference(one: str, other: str) -> float:
    """F1 of ASCII texts by the reference implementation."""
    return float(REFERENCE.score(one, other)["rougeL"].fmeasure)


def nearest(pool: Sequence[str], text: str, above: float) -> Neighbour | None:
    """What Index.nearest promises, by comparing with all."""
    scores = [reference(known, text) for known in pool]
    best = max(scores, default=0.0)
    return Neighbour(str(scores.index(best)), best) if best > above else None


def index(pool: Sequence[str]) -> Index:
    return Index((str(number), text) for number, text in enumerate(pool))


def alpaca() -> list[str]:
    path = Path(os.environ["LION_DATA_HOME"]) / "alpaca/alpaca_data.json"
    return [record["instruction"] for record in json.loads(path.read_text("utf-8"))]


def test_a_worked_example() -> None:
    # "police killed the gunman" / "police kill the gunman" (Lin, 2004): LCS 3 of 4 and 4.
    found = index(["police killed the gunman"]).nearest("police kill the gunman")
    assert found == Neighbour("0", 0.75)


@given(WORDS, WORDS)
def test_f1_is_the_reference_s_to_the_bit(one: list[str], other: list[str]) -> None:
    found = index([" ".join(one)]).nearest(" ".join(other))
    assert (found.f1 if found else 0.0) == reference(" ".join(one), " ".join(other))


@settings(max_examples=300)
@given(POOLS, POOLS, FLOORS)
def test_the_nearest_is_the_one_that_comparing_with_all_finds(
    pool: list[str], candidates: list[str], above: float
) -> None:
    known = index(pool)
    for text in candidates[:8]:
        assert known.nearest(text, above) == nearest(pool, text, above)
        assert known.nearest_to(words(text), above) == known.nearest(text, above)


@given(POOLS, POOLS, FLOORS, st.integers(0, 60))
def test_it_is_the_same_whether_a_text_was_there_at_first_or_came_later(
    pool: list[str], candidates: list[str], above: float, first: int
) -> None:
    whole, grown = index(pool), index(pool[:first])
    for number, text in enumerate(pool[first:], min(first, len(pool))):
        grown.add(str(number), text)
    assert all(str(number) in grown for number in range(len(pool)))
    for text in candidates:
        assert grown.nearest(text, above) == whole.nearest(text, above)


def test_it_is_the_same_when_the_postings_are_built_anew() -> None:
    random = Random(5)
    texts = [" ".join(random.choices("abcdefghijklmnop", k=random.randint(1, 12))) for _ in range(3 * novelty.RECENT)]
    grown = Index()
    for number, text in enumerate(texts):
        grown.add(str(number), text)
    whole = index(texts)
    for text in [" ".join(random.choices("abcdefghijklmnop", k=8)) for _ in range(200)]:
        assert grown.nearest(text, 0.7) == whole.nearest(text, 0.7)


def test_the_nearest_of_equals_is_the_first_and_added_texts_are_found() -> None:
    known = Index([("1", "count the red apples"), ("2", "Count the red apples!")])
    assert known.nearest("count the red apples") == Neighbour("1", 1.0)
    assert "2" in known
    known.add("3", "name three rivers in France")
    assert known.nearest("name three rivers in Spain") == Neighbour("3", f1(4, 5, 5))


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert Index().nearest("any text") is None
    assert Index([("1", "...")]).nearest("any text") is None


@pytest.mark.parametrize("text", ["", "?!", "   ", "a word that nobody knows: zebra"])
def test_a_text_that_shares_no_word_is_close_to_nothing(text: str) -> None:
    assert Index([("1", "name one fruit"), ("2", "..."), ("3", "")]).nearest(text) is None


def test_a_limit_itself_is_not_over_the_limit() -> None:
    pool, text = "a b c d", "a b c x"  # F1 0.75
    assert index([pool]).nearest(text, 0.75) is None
    assert index([pool]).nearest(text, 0.7499) == Neighbour("0", 0.75)


@pytest.mark.parametrize(
    ("known", "candidate"),
    [
        ("请把下面的句子翻译成英文", "请把下面的句子翻译成法文"),
        ("東京タワーについて三つの文を書いて", "東京タワーについて二つの文を書いて"),
        ("اكتب قصيدة قصيرة عن البحر", "اكتب قصيدة طويلة عن البحر"),
        ("समुद्र पर एक छोटी कविता लिखो", "समुद्र पर एक लंबी कविता लिखो"),
        ("Übersetze den längsten Satz ins Französische", "Übersetze den kürzesten Satz ins Französische"),
        ("😀 😃 😄 😁", "😀 😃 😄 🚀"),
    ],
)
def test_near_duplicates_are_found_in_every_script(known: str, candidate: str) -> None:
    found = Index([("1", "Name a lake."), ("2", known)]).nearest(candidate, 0.7)
    assert found is not None
    assert found.id == "2"


@pytest.mark.parametrize("length", [1_000, 20_000])
def test_very_long_texts_are_compared_like_others(length: int) -> None:
    random = Random(length)
    long = [random.choice("abcdefgh") for _ in range(length)]
    other = [word if random.random() < 0.9 else "x" for word in long]
    known = index(["a b c d", " ".join(long), "e f g h"])
    found = known.nearest(" ".join(other), 0.7)
    assert found is not None
    assert found.id == "1"
    # From long to short there is no way over the limit; and the short ones are still found.
    assert known.nearest("a b c e", 0.7) == Neighbour("0", 0.75)


def test_many_identical_instructions_are_one() -> None:
    known = index(["Write a poem about the sea."] * 5_000)
    assert known.nearest("write a poem about the sky", 0.7) == Neighbour("0", f1(5, 6, 6))
    assert "4999" in known


def test_a_pool_of_one_template_is_compared_like_any_other() -> None:
    pool = [f"Write a story about topic{n} in the style of author{n % 97} with {n % 89} lines" for n in range(3_000)]
    known = index(pool)
    random = Random(3)
    for text in random.sample(pool, 5):
        changed = text.replace("story", "tale").replace("lines", "verses")
        assert known.nearest(changed, 0.7) == nearest(pool, changed, 0.7)


@NEEDS_DATA
@pytest.mark.slow
def test_all_pairs_of_real_instructions_score_as_in_the_reference() -> None:
    texts = Random(1).sample(alpaca(), 300)
    for place, text in enumerate(texts):
        known = Index([("known", text)])
        for other in texts[place:]:
            found = known.nearest(other)
            assert (found.f1 if found else 0.0) == reference(text, other)


@NEEDS_DATA
def test_nearest_neighbours_among_real_instructions_are_the_reference_s() -> None:
    texts = alpaca()
    random = Random(2)
    candidates = [
        " ".join(word for word in text.split() if random.random() < kept)
        for text in random.sample(texts, 6)
        for kept in (0.95, 0.8, 0.6, 0.4)
    ]
    pool = random.sample(texts, 4_000)
    known = index(pool)
    tokens = [words(text) for text in pool]
    for text in candidates:
        scores = [_score_lcs(one, words(text)).fmeasure for one in tokens]
        best = max(scores)
        assert known.nearest(text, 0.7) == (Neighbour(str(scores.index(best)), best) if best > 0.7 else None)
        assert known.nearest(text) == Neighbour(str(scores.index(best)), best)


@pytest.mark.slow
@NEEDS_DATA
def test_200_candidates_against_all_of_alpaca_have_the_reference_s_neighbours() -> None:
    texts = alpaca()
    known = index(texts)
    tokens = [words(text) for text in texts]
    random = Random(4)
    for text in random.sample(texts, 200):
        kept = random.random()
        candidate = [word for word in words(text) if random.random() < kept] or ["name"]
        scores = [_score_lcs(one, candidate).fmeasure for one in tokens]
        best = max(scores)
        neighbour = Neighbour(str(scores.index(best)), best)
        assert known.nearest(" ".join(candidate), 0.7) == (neighbour if best > 0.7 else None)
        assert known.nearest(" ".join(candidate)) == neighbour
