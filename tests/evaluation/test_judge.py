"""How the judge is asked, and what its replies are worth."""

from __future__ import annotations

import pytest

from lion.chat import Exchange, Failure, Reply, Request
from lion.evaluation.judge import ORDERS, Case, is_readable, judgement, read, request
from lion.records import Instruction
from lion.scores import Scores, Unreadable
from tests.evaluation.terms import terms

CASE = Case("vicuna", Instruction("vicuna/1", "Name a fruit.", "A sweet one.", "seed", 0), "REFERENCE", "CANDIDATE")
ASKED = Request("classroom", "m", "", "Which is better?", 0.0, 1.0, 512)
NAMED = "Both are fine.\n\nScore of the Assistant 1: 8\nScore of the Assistant 2: 9"


def exchange(*texts: str, finish: str = "stop", failure: Failure | None = None) -> Exchange:
    return Exchange(
        ASKED, tuple(Reply(ASKED.later(n).key, text, finish, 7, 3) for n, text in enumerate(texts)), failure
    )


def test_the_orders_are_the_paper_s_two_settings() -> None:
    assert ORDERS == ("reference-first", "candidate-first")


def test_each_order_shows_the_task_and_both_answers_in_their_places() -> None:
    settings = terms().judge.model_copy(update={"max_tokens": 77, "model": "another"})
    asked = [request(CASE, order, settings, terms().prompts) for order in ORDERS]
    assert all("Name a fruit.\n\nInput:\nA sweet one." in one.user and one.system for one in asked)
    assert all((one.model, one.max_tokens) == ("another", 77) for one in asked)
    places = [[one.user.index(word) for word in ("REFERENCE", "CANDIDATE")] for one in asked]
    assert places[0] == sorted(places[0]) and places[1] == sorted(places[1], reverse=True)


@pytest.mark.parametrize("text", ["8 9\nThe second is fuller.", "8, 9", NAMED])
def test_both_formats_are_read_and_the_scores_follow_the_order(text: str) -> None:
    first, second = (judgement(CASE, order, exchange(text)) for order in ORDERS)
    assert (first.reference, first.candidate) == (8.0, 9.0) == (second.candidate, second.reference)
    assert (first.order, second.order) == ORDERS
    assert first.reason is second.reason is None


def test_a_reply_without_scores_is_unreadable_and_has_no_number_but_its_tokens() -> None:
    found = judgement(CASE, "reference-first", exchange("I cannot.", "8 to the first.", "Neither."))
    assert (found.reference, found.candidate, found.reason, found.text) == (None, None, "unreadable", "Neither.")
    assert (found.prompt_tokens, found.completion_tokens) == (21, 9)


def test_a_request_that_failed_keeps_its_reason_and_the_last_reply_s_text() -> None:
    failed = judgement(CASE, "candidate-first", exchange(failure=Failure("refused", "filtered")))
    assert (failed.reason, failed.text, failed.prompt_tokens, failed.candidate) == ("refused", "", 0, None)
    assert judgement(CASE, "candidate-first", exchange("8 9x", failure=Failure("failed", "down"))).text == "8 9x"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8 9\nThe second is ful", Scores(8, 9)),
        ("\n8 9\n", Scores(8, 9)),
        ("8 1", Unreadable("cut off")),
        (NAMED, Unreadable("absent")),
    ],
)
def test_of_a_reply_that_was_cut_off_a_whole_first_line_counts(text: str, found: Scores | Unreadable) -> None:
    (reply,) = exchange(text, finish="length").replies
    assert read(reply) == found
    assert is_readable(reply) == isinstance(found, Scores)
