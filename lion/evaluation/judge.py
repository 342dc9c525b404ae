"""The judge scores a reference's and a candidate's answer, in both orders (paper, Table 1).

Knows how to ask and how to read a reply. A reply without two scores is asked for again a bounded number of times, and
then has no score at all: no number ever stands in for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from lion import scores
from lion.chat import Chat, Exchange, Reply, Request
from lion.params import Judge
from lion.prompts import Prompts
from lion.records import Instruction, Judgement, Reason, Seating
from lion.scores import Scores, Unreadable

ORDERS: tuple[Seating, ...] = get_args(Seating)


@dataclass(frozen=True, slots=True)
class Case:
    """A suite's question with both answers to it. An answer without text is judged like any other."""

    suite: str
    instruction: Instruction
    reference: str
    candidate: str


def judge(cases: Sequence[Case], settings: Judge, prompts: Prompts, chat: Chat) -> Iterator[tuple[Judgement, Exchange]]:
    """Two judgements of each case, reference first and candidate first, with the exchanges they came from."""
    asked = [(case, order) for case in cases for order in ORDERS]
    requests = (request(case, order, settings, prompts) for case, order in asked)
    exchanges = chat.ask(requests, is_usable=is_readable, attempts=settings.attempts)
    for (case, order), exchange in zip(asked, exchanges, strict=True):
        yield judgement(case, order, exchange), exchange


def request(case: Case, order: Seating, settings: Judge, prompts: Prompts) -> Request:
    """The comparison of one case in one order."""
    shown = (case.reference, case.candidate) if order == "reference-first" else (case.candidate, case.reference)
    return Request.to(settings, prompts.judge(case.instruction, *shown), settings.max_tokens)


def read(reply: Reply) -> Scores | Unreadable:
    """The scores in a reply, or why there are none. Of one that was cut off the first line counts, if it is whole."""
    if reply.finish_reason != "length":
        return scores.read(reply.text)
    first, is_whole, _ = reply.text.lstrip().partition("\n")
    return scores.read(first) if is_whole else Unreadable("cut off")


def is_readable(reply: Reply) -> bool:
    """Whether both scores can be read from a reply."""
    return isinstance(read(reply), Scores)


def judgement(case: Case, order: Seating, exchange: Exchange) -> Judgement:
    """The last reply of an exchange as the judgement of `case` in one order."""
    found: Scores | Reason = exchange.failure.reason if exchange.failure else _scores(exchange.replies[-1])
    shown = (found.first, found.second) if isinstance(found, Scores) else (None, None)
    reference, candidate = shown if order == "reference-first" else shown[::-1]
    return Judgement(
        case.instruction.id,
        case.suite,
        order,
        exchange.reply.text if exchange.reply else "",
        sum(reply.prompt_tokens for reply in exchange.replies),
        sum(reply.completion_tokens for reply in exchange.replies),
        reference,
        candidate,
        None if isinstance(found, Scores) else found,
    )


def _scores(reply: Reply) -> Scores | Reason:
    found = read(reply)
    return found if isinstance(found, Scores) else "unreadable"
