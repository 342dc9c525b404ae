"""Which categories instructions have: the classroom's own, or the words that they open with."""

from __future__ import annotations

import pytest

from lion.classroom.seeds import pool
from lion.report.categories import MOST, OTHER, Categories, opening


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Write a poem.", "write"),
        ("  \u201cQuote\u201d this", "quote"),
        ("1. Explain", "1"),
        ("Élargis la liste", "élargis"),
        ("写一首诗", "写"),
        ("...!", ""),
        ("", ""),
        ("x" * 100_000, "x" * 200),
    ],
)
def test_the_first_word_is_the_opening_one(text: str, word: str) -> None:
    assert opening(text) == word


def test_only_the_most_frequent_opening_words_are_categories() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    found = Categories([f"{letter} this" for n, letter in enumerate(letters) for _ in range(30 - n)] + ["?"] * 99)
    named = [letter for letter in letters if found.of(f"{letter.upper()}, please") == letter]
    assert named == list(letters[:MOST])
    assert found.of("z this") == OTHER
    assert found.of("?") == OTHER


def test_what_the_classroom_wrote_has_its_categories() -> None:
    texts = ["Add 3 and 4.", "Sort these words: b, a."]
