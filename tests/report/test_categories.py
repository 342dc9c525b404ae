"""Which categories instructions have: the classroom's own, or the words that they open with."""

from __future__ import annotations

import pytest

from lion.classroom.curriculum import CATEGORIES
from lion.classroom.seeds import seeds
from lion.records import Instruction
from lion.report.categories import MOST, OTHER, Categories, opening, whole


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
    texts = [whole(Instruction.seed(task.instruction, task.input)) for task in seeds(300, 1)]
    found = Categories([*texts, "Write a poem."] * 2)
    assert {found.of(text) for text in texts} == set(CATEGORIES)
    assert found.of("Write a poem.") == OTHER


def test_a_few_of_the_classroom_s_questions_among_many_others_go_by_their_opening_words() -> None:
    [task] = seeds(1, 1)
    found = Categories([task.instruction, "Write a poem.", "Write a song."])
    assert found.of(task.instruction) == opening(task.instruction)
