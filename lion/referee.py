"""The referee scores the teacher's and the student's answer, in both orders (paper, section 3.2).

Knows how to ask and how to read a reply. A reply without two scores is asked for again a bounded number of times,
and then has no score at all: no number ever stands in for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from lion import scores
from lion.chat import Chat, Exchange, Reply, Request
from lion.params import Referee
from lion.prompts import Prompts
from lion.records import Answer, Instruction, Order, Review
from lion.scores import Scores, Unreadable

ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Pair:
    """An instruction with both answers to it."""

    instruction: Instruction
    teacher: str
    student: str


def pair(pool: Iterable[Instruction], by_teacher: Mapping[str, Answer], by_student: Mapping[str, Answer]) -> list[Pair]:
    """The instructions that both have answered, in the pool's order."""
    return [
        Pair(instruction, by_teacher[instruction.id].text, by_student[instruction.id].text)
        for instruction in pool
        if instruction.id in by_teacher and instruction.id in by_student
    ]


def review(pairs: Sequence[Pair], settings: Referee, prompts: Prompts, chat: Chat) -> Iterator[tuple[Review, Exchange]]:
    """Two reviews for each pair, teacher first and student first, with the exchanges they came from."""
    asked = [(pair, order) for pair in pairs for order in ORDERS]
    requests = (request(pair, order, settings, prompts) for pair, order in asked)
    exchanges = chat.ask(requests, is_usable=is_readable, attempts=settings.attempts)
    for (pair, order), exchange in zip(asked, exchanges, strict=True):
        yield judge(pair.instruction.id, order, exchange), exchange


def request(pair: Pair, order: Order, settings: Referee, prompts: Prompts) -> Request:
    """The comparison of one pair in one order."""
    shown = (pair.teacher, pair.student) if order == "teacher-first" else (pair.student, pair.teacher)
    return Request.to(settings, prompts.compare(pair.instruction, *shown), settings.max_tokens)


def read(reply: Reply) -> Scores | Unreadable:
    """The scores in a reply, or why there are none. One that was cut off has none: a 1 may become a 10."""
    return Unreadable("cut off") if reply.finish_reason == "length" else scores.read(reply.text)


def is_readable(reply: Reply) -> bool:
    """Whether both scores can be read from a reply."""
    return isinstance(read(reply), Scores)


def judge(id: str, order: Order, exchange: Exchange) -> Review:
    """The last reply of an exchange as the review of `id` in one order."""
    text = exchange.replies[-1].text if exchange.replies else ""
    if exchange.failure is not None:
        return Review(id, order, text, reason=exchange.failure.reason)
    found = read(exchange.replies[-1])
    if isinstance(found, Unreadable):
        return Review(id, order, text, reason="unreadable")
    shown = (found.first, found.second)
    teacher, student = shown if order == "teacher-first" else shown[::-1]
    return Review(id, order, text, teacher=teacher, student=student)
