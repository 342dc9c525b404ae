"""Which replies are answers."""

from collections import Counter

import pytest

from lion.chat import Exchange, Failure, Reply, Request
from lion.errors import ProviderError
from lion.records import Answer
from lion.teacher import account, judge

ID = "a" * 16
ASKED = Request("classroom", "expert-1", "", "Name a fruit.", 0.7, 1.0, 256)


@pytest.mark.parametrize(
    ("text", "finish_reason", "reason"),
    [
        ("", "stop", "empty"),
        (" \n", "stop", "empty"),
        ("An app", "length", "length"),
        ("", "content_filter", "refused"),
    ],
)
def test_a_reply_that_is_no_answer_has_its_reason(text: str, finish_reason: str, reason: str) -> None:
    outcome = judge(ID, Exchange(ASKED, (Reply(ASKED.key, text, finish_reason, 5, 2),), None))
    assert not isinstance(outcome, Answer)
    assert outcome.reason == reason


def test_an_answer_is_the_last_reply_without_space_at_its_ends() -> None:
    replies = (Reply(ASKED.key, "", "stop", 5, 0), Reply(ASKED.later(1).key, " Apple\n", "stop", 5, 1))
    assert judge(ID, Exchange(ASKED, replies, None)) == Answer(ID, "Apple")


def test_too_many_lost_instructions_are_told_with_their_reasons_and_few_are_not() -> None:
    account(95, Counter({"length": 5}), 0.05)
    with pytest.raises(ProviderError, match=r"6 of 100 instructions are without an answer \(length 4, empty 2\)"):
        account(94, Counter({"length": 4, "empty": 2}), 0.05)


def test_a_request_that_failed_is_no_answer() -> None:
    outcome = judge(ID, Exchange(ASKED, (), Failure("failed", "503 from the endpoint, 7 times")))
    assert not isinstance(outcome, Answer)
    assert (outcome.reason, outcome.detail) == ("failed", "503 from the endpoint, 7 times")
