"""The words of a text: the reference's on ASCII, and none lost in any other script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.tokenizers import DefaultTokenizer

from lion.words import count, words


@given(st.text(st.characters(codec="ascii")))
def test_words_of_ascii_text_are_those_of_the_reference(text: str) -> None:
    assert words(text) == DefaultTokenizer(use_stemmer=False).tokenize(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请把这句话翻译成英文。", list("请把这句话翻译成英文")),
        ("東京タワーの高さは333メートル?", [*"東京タワーの高さは", "333", *"メートル"]),
        ("اكتب قصيدةً عن البحر!", ["اكتب", "قصيدةً", "عن", "البحر"]),
        ("हिन्दी में एक कविता लिखो।", ["हिन्दी", "में", "एक", "कविता", "लिखो"]),
        ("Übersetze „Straße“ ins Französische.", ["übersetze", "straße", "ins", "französische"]),
        ("한국어 문장을 써라", ["한국어", "문장을", "써라"]),
        ("เขียน", ["เ", "ขี", "ย", "น"]),
        ("Explain 😀👍🏽 and snake_case", ["explain", "😀", "👍", "and", "snake", "case"]),
        ("ＡＢＣ １２", ["abc", "12"]),
        ("?!… —", []),
        ("\ud800 x", ["x"]),
    ],
)
def test_no_script_is_lost(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_composed_letter_is_the_same_word_as_a_decomposed_one() -> None:
    assert words("caf\u00e9") == words("cafe\u0301") == ["caf\u00e9"]


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(word and word == word.strip() for word in words(text))


@pytest.mark.parametrize(
    ("text", "number"), [("state-of-the-art tools", 2), ("请把这句话翻译", 7), ("Sag 你好 laut", 4), (" ", 0)]
)
def test_words_are_counted_by_white_space_and_by_letters_where_a_script_has_none(text: str, number: int) -> None:
    assert count(text) == number
