"""ROUGE-L against what is known: equal to the reference implementation."""

import json
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from lion.novelty import Index, Neighbour, tokens

TOKENS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)
REFERENCE = RougeScorer(["rougeL"], use_stemmer=False)


def f1(one: str, other: str) -> float:
    found = Index([("known", one)]).nearest(other)
    assert found is not None
    return found.f1


def test_a_worked_example() -> None:
    # "police killed the gunman" / "police kill the gunman" (Lin, 2004): LCS 3 of 4 and 4.
    assert f1("police killed the gunman", "police kill the gunman") == 0.75


@given(st.text(st.characters(codec="ascii")))
def test_tokens_of_ascii_text_are_those_of_the_reference(text: str) -> None:
    assert tokens(text) == DefaultTokenizer(use_stemmer=False).tokenize(text)


@given(TOKENS, TOKENS)
def test_f1_is_the_reference_s(one: list[str], other: list[str]) -> None:
    a, b = " ".join(one), " ".join(other)
    assert f1(a, b) == pytest.approx(REFERENCE.score(a, b)["rougeL"].fmeasure, abs=1e-12)


def test_the_nearest_of_equals_is_the_first_and_added_texts_are_found() -> None:
    index = Index([("1", "count the red apples"), ("2", "count the red apples")])
    assert index.nearest("count the red apples") == Neighbour("1", 1.0)
    index.add("3", "name three rivers in France")
    assert index.nearest("name three rivers in Spain") == Neighbour("3", 0.8)


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert Index().nearest("any text") is None


@pytest.mark.parametrize("text", ["", "?!", "   "])
def test_a_text_without_words_is_close_to_nothing(text: str) -> None:
    assert Index([("1", "name a fruit"), ("2", "...")]).nearest(text) == Neighbour("1", 0.0)


@pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")
def test_nearest_neighbours_among_real_instructions_are_the_reference_s() -> None:
    path = Path(os.environ["LION_DATA_HOME"]) / "alpaca/alpaca_data.json"
    texts = [record["instruction"] for record in Random(1).sample(json.loads(path.read_text()), 120)]
    index = Index((str(number), text) for number, text in enumerate(texts[20:]))
    for text in texts[:20]:
        found = index.nearest(text)
        best = max(REFERENCE.score(known, text)["rougeL"].fmeasure for known in texts[20:])
        assert found is not None
        assert found.f1 == pytest.approx(best, abs=1e-12)
