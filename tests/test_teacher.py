"""Which replies are answers."""

from collections import Counter

import pytest

from lion.chat import Exchange, Failure, Reply, Request
from lion.errors import ProviderError
from lion.params import Teacher
from lion.records import Answer
from lion.teacher import account, handling, judge

ID = "a" * 16
SETTINGS = Teacher(
    endpoint="classroom",
    model="expert-1",
    temperature=0.7,
    top_p=1.0,
    max_tokens=256,
    attempts=3,
    on_length="ask_again",
    on_refused="ask_again",
    on_empty="ask_again",
)
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
    outcome = judge(ID, Exchange(ASKED, (Reply(ASKED.key, text, finish_reason, 5, 2),), None), SETTINGS)
    assert not isinstance(outcome, Answer)
    assert outcome.reason == reason


def test_an_answer_is_the_last_reply_without_space_at_its_ends() -> None:
    replies = (Reply(ASKED.key, "", "stop", 5, 0), Reply(ASKED.later(1).key, " Apple\n", "stop", 5, 1))
    assert judge(ID, Exchange(ASKED, replies, None), SETTINGS) == Answer(ID, "Apple")


def test_too_many_lost_instructions_are_told_with_their_reasons_and_few_are_not() -> None:
    account(95, Counter({"length": 5}), 0.05)
    with pytest.raises(ProviderError, match=r"6 of 100 instructions are without an answer \(length 4, empty 2\)"):
        account(94, Counter({"length": 4, "empty": 2}), 0.05)


def test_a_request_that_failed_is_no_answer() -> None:
    outcome = judge(ID, Exchange(ASKED, (), Failure("failed", "503 from the endpoint, 7 times")), SETTINGS)
    assert not isinstance(outcome, Answer)
    assert (outcome.reason, outcome.detail) == ("failed", "503 from the endpoint, 7 times")


@pytest.mark.parametrize(
    ("text", "finish_reason", "changes", "wanted"),
    [
        ("An app", "length", {"on_length": "keep"}, "keep"),
        ("An app", "length", {"on_length": "drop"}, "drop"),
        ("An app", "length", {}, "ask_again"),
        ("I would rather not.", "content_filter", {"on_refused": "drop"}, "drop"),
        ("I would rather not.", "content_filter", {"on_refused": "keep"}, "keep"),
        ("", "length", {"on_length": "keep"}, "ask_again"),
        (" ", "stop", {"on_empty": "drop"}, "drop"),
        ("An apple", "stop", {"on_length": "drop", "on_empty": "drop"}, "keep"),
    ],
)
def test_what_becomes_of_a_reply_is_what_the_params_say(
    text: str, finish_reason: str, changes: dict[str, str], wanted: str
) -> None:
    settings, reply = SETTINGS.model_copy(update=changes), Reply(ASKED.key, text, finish_reason, 5, 2)
    assert handling(reply, settings) == wanted
    assert isinstance(judge(ID, Exchange(ASKED, (reply,)), settings), Answer) == (wanted == "keep")
