"""Which option a reply chooses, strictly and leniently: worked examples for each family, and what must never happen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lion.evaluation.choices import Choice, is_exactly, is_stated, lenient, strict

DATES = {
    "A": "12/11/1937",
    "B": "12/25/1937",
    "C": "01/04/1938",
    "D": "12/04/1937",
    "E": "12/25/2006",
    "F": "07/25/1937",
}
SHAPES = {"A": "circle", "B": "kite", "C": "line", "D": "a circle in a kite"}
COLOURS = {chr(65 + number): text for number, text in enumerate(["zero", "one", "two", "three", *map(str, range(14))])}
FORMULAS = {"A": "$x_1 + 2$", "B": "12.5%", "C": "12", "D": "2*x", "E": "None of these"}
SAME = {"A": "8.75", "B": "8.79", "C": "8.75"}
BROKEN = {"A": "Monsters", "B": "Inc", "C": "The Lion King", "Monsters, Inc": "Monsters, Inc"}
TRUTH = {"True": "True", "False": "False"}
YES = {"Yes": "Yes", "No": "No"}
VALID = {"valid": "valid", "invalid": "invalid"}

WHOLE: list[tuple[Mapping[str, str], str, str]] = [
    (DATES, "(B)", "B"),
    (DATES, "B", "B"),
    (DATES, "B.", "B"),
    (DATES, "B)", "B"),
    (DATES, "(B).", "B"),
    (DATES, "[B]", "B"),
    (DATES, " (b) \n", "B"),
    (DATES, "（B）", "B"),
    (DATES, "(B) 12/25/1937", "B"),
    (DATES, "B. 12/25/1937", "B"),
    (DATES, "B: 12/25/1937.", "B"),
    (DATES, "Option B", "B"),
    (DATES, "12/25/1937", "B"),
    (DATES, "12/25/1937.", "B"),
    (SHAPES, "Kite", "B"),
    (SHAPES, "a  circle\nin a kite", "D"),
    (COLOURS, "(R)", "R"),
    (COLOURS, "13", "R"),
    (BROKEN, "monsters, inc", "Monsters, Inc"),
    (BROKEN, "(A)", "A"),
    (TRUTH, "True", "True"),
    (TRUTH, "false.", "False"),
    (YES, "Yes", "Yes"),
    (YES, "no", "No"),
    (VALID, "Valid", "valid"),
    (VALID, "invalid", "invalid"),
]
LONGER: list[tuple[Mapping[str, str], str, str]] = [
    (DATES, "The answer is (B) 12/25/1937", "B"),
    (DATES, "The answer is (B).", "B"),
    (DATES, "the answer is (b)", "B"),
    (DATES, "**B**", "B"),
    (DATES, "**(B)** 12/25/1937", "B"),
    (DATES, "**(B) 12/25/1937**", "B"),
    (DATES, "Answer: B", "B"),
    (DATES, "Answer: **B**", "B"),
    (DATES, "**Answer:** (B)", "B"),
    (DATES, "Answer:B", "B"),
    (DATES, "The correct answer is option B.", "B"),
    (DATES, "The correct option is B", "B"),
    (DATES, "The answer is B because tomorrow is Christmas Day.", "B"),
    (DATES, "The answer is $\\boxed{B}$.", "B"),
    (DATES, "\\boxed{\\text{B}}", "B"),
    (DATES, "I would choose (B), as A is too early.", "B"),
    (DATES, "(A) is too early and (C) too late. The answer is (B).", "B"),
    (DATES, "Today is 12/24/1937.\nSo tomorrow is the 25th.\n\n(B)", "B"),
    (DATES, "B\n\nExplanation: (A) lies before Christmas Eve.", "B"),
    (DATES, "(B) 12/25/1937\nChristmas Eve is the 24th.", "B"),
    (DATES, "B. It is the day after Christmas Eve.", "B"),
    (DATES, "B) The day after Christmas Eve", "B"),
    (DATES, "(B) is right.", "B"),
    (DATES, "It must be option B, surely.", "B"),
    (DATES, "The answer is 12/25/1937.", "B"),
    (DATES, "Tomorrow is 12/25/1937, Christmas Day.", "B"),
    (DATES, "Final answer: (F) 07/25/1937", "F"),
    (SHAPES, "The answer is (A) circle", "A"),
    (SHAPES, "The answer is A circle", "A"),
    (SHAPES, "It draws a kite.", "B"),
    (SHAPES, "It draws a circle in a kite.", "D"),
    (SHAPES, "The answer is a circle in a kite, not a line", "D"),
    (FORMULAS, "The answer is 12.5%", "B"),
    (FORMULAS, "The result is x_1 + 2.", "A"),
    (FORMULAS, "The answer is none of these.", "E"),
    (FORMULAS, "We get 12, as was said.", "C"),
    (COLOURS, "The answer is (R) 13", "R"),
    (BROKEN, "The answer is Monsters, Inc", "Monsters, Inc"),
    (BROKEN, "I recommend Monsters, Inc to you.", "Monsters, Inc"),
    (BROKEN, "The answer is (C) The Lion King", "C"),
    (TRUTH, "The answer is True.", "True"),
    (TRUTH, "not ( True ) and ( True ) is False", "False"),
    (TRUTH, "not ( True ) and ( True )\n= False", "False"),
    (TRUTH, "**False**", "False"),
    (TRUTH, "It is not true.", "False"),
    (TRUTH, "False, because True and False gives False.", "False"),
    (YES, "Yes, the black wire caused it.", "Yes"),
    (YES, "No. You end up two steps away, and yes, I have counted.", "No"),
    (YES, "No", "No"),
    (YES, "Answer: no", "No"),
    (YES, "The answer is: Yes", "Yes"),
    (YES, "A little way off. So the answer is no.", "No"),
    (YES, "- Yes", "Yes"),
    (YES, "Therefore, yes.", "Yes"),
    (VALID, "The argument is valid.", "valid"),
    (VALID, "The argument is invalid.", "invalid"),
    (VALID, "The argument is not valid.", "invalid"),
    (VALID, "It is not deductively valid, I think.", "invalid"),
    (VALID, "deductively invalid", "invalid"),
    (VALID, "- invalid", "invalid"),
]
AMBIGUOUS: list[tuple[Mapping[str, str], str]] = [
    (DATES, "(A) or (B)"),
    (DATES, "A and B"),
    (DATES, "(A) (B) (C)"),
    (DATES, "The answer is (A) or (B)."),
    (DATES, "Answer: A, B"),
    (DATES, "The answer is (A). No, wait: the answer is (B)."),
    (DATES, "(A) 12/11/1937\n(B) 12/25/1937\n(C) 01/04/1938"),
    (DATES, "(A) is too early, (C) is too late."),
    (DATES, "(B) 12/11/1937"),
    (DATES, "12/25/1937 or 12/11/1937"),
    (SHAPES, "a circle or a kite"),
    (SAME, "8.75"),
    (TRUTH, "True or False"),
    (TRUTH, "True False"),
    (YES, "Yes and no"),
    (YES, "Yes, no"),
    (YES, "Yes/No"),
    (VALID, "It is neither valid nor invalid."),
    (VALID, "valid\ninvalid"),
]
NOTHING: list[tuple[Mapping[str, str], str]] = [
    (DATES, ""),
    (DATES, " \n "),
    (DATES, "I do not know."),
    (DATES, "(G)"),
    (DATES, "G"),
    (DATES, "A man told me so."),
    (DATES, "I think it is late."),
    (DATES, "The answer is a date."),
    (DATES, "The answer is not (B)."),
    (DATES, "12/25/19371"),
    (DATES, "Dan finished third."),
    (SHAPES, "It draws two kites."),
    (FORMULAS, "We get 12.7 in the end."),
    (TRUTH, "Truely"),
    (YES, "Nobody knows; yesterday they did."),
    (VALID, "The validity is not known."),
    ({"A": "", "B": "x"}, "Neither."),
]


@pytest.mark.parametrize(("options", "reply", "label"), WHOLE, ids=[reply for _, reply, _ in WHOLE])
def test_a_reply_that_is_an_option_is_read_both_ways(options: Mapping[str, str], reply: str, label: str) -> None:
    assert strict(reply, options) == lenient(reply, options) == Choice(label)


@pytest.mark.parametrize(("options", "reply", "label"), LONGER, ids=[reply for _, reply, _ in LONGER])
def test_a_longer_reply_that_settles_on_an_option_is_read_leniently(
    options: Mapping[str, str], reply: str, label: str
) -> None:
    assert lenient(reply, options) == Choice(label)


def test_strictly_a_longer_reply_is_no_option() -> None:
    longer = [strict(reply, options) for options, reply, _ in LONGER]
    assert {choice.label for choice in longer} <= {None, "No"}
    assert longer.count(Choice("No")) == 1


@pytest.mark.parametrize(("options", "reply"), AMBIGUOUS, ids=[reply for _, reply in AMBIGUOUS])
def test_a_reply_that_names_several_and_settles_on_none_is_ambiguous(options: Mapping[str, str], reply: str) -> None:
    assert lenient(reply, options) == Choice(why="ambiguous")
    assert strict(reply, options).label is None


@pytest.mark.parametrize(("options", "reply"), NOTHING, ids=[reply for _, reply in NOTHING])
def test_a_reply_that_names_no_option_chooses_none(options: Mapping[str, str], reply: str) -> None:
    assert strict(reply, options) == lenient(reply, options) == Choice(why="none")


FAMILIES = st.sampled_from([DATES, SHAPES, COLOURS, FORMULAS, SAME, BROKEN, TRUTH, YES, VALID])
PIECES = st.sampled_from(
    [
        "(A)",
        "(B)",
        "B",
        "A",
        "I",
        "yes",
        "no",
        "not",
        "valid",
        "True",
        "12",
        "answer is",
        ":",
        ".",
        "or",
        "\n",
        "kite",
        "**",
    ]
)


@settings(max_examples=500, deadline=None)
@given(options=FAMILIES, reply=st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=9).map(" ".join)))
def test_what_is_read_is_an_option_and_what_is_strict_is_lenient_too(options: Mapping[str, str], reply: str) -> None:
    exact, settled = strict(reply, options), lenient(reply, options)
    for choice in (exact, settled):
        assert (choice.label in options) == (choice.why is None)
    assert exact.label is None or exact == settled


@settings(max_examples=300, deadline=None)
@given(
    options=FAMILIES,
    data=st.data(),
    wording=st.sampled_from(["The answer is {}.", "Answer: {}", "**Answer:** {}", "So the correct answer is {}", "{}"]),
)
def test_whatever_the_option_and_the_wording_the_label_comes_out(
    options: Mapping[str, str], data: st.DataObject, wording: str
) -> None:
    label = data.draw(st.sampled_from(sorted(options)))
    shown = f"({label})" if len(label) == 1 else label
    assert lenient(wording.format(shown), options) == Choice(label)


@pytest.mark.parametrize(
    "piece", ["A", "(A) ", "answer is ", "yes no ", "kite ", "the ", "not ", "((", "12/25/1937 ", "\n", " "]
)
def test_a_reply_of_a_hundred_thousand_characters_takes_no_longer_than_its_length(piece: str) -> None:
    for options in (DATES, SHAPES, YES):
        assert strict(piece * (100_000 // len(piece)), options).label is None
        lenient(piece * (100_000 // len(piece)), options)


def test_an_answer_without_options_is_stated_on_a_line_of_its_own_or_after_is() -> None:
    assert is_exactly(" 24.\n", "24") and not is_exactly("It is 24", "24")
    for reply in ("24", "**24**", "The answer is 24.", "Four sixes.\n24\n", "Answer: 24"):
        assert is_stated(reply, "24"), reply
    for reply in ("", "124", "24 or 25", "There are 24 of them and 3 more"):
        assert not is_stated(reply, "24"), reply
    assert is_stated("] } )", "]}  )") and not is_stated("] }", "] } )")
