"""The referee scores the teacher's and the student's answer, in both orders (paper, section 3.2).

Knows how to ask and how to read a reply. A reply without two scores is asked for again a bounded number of times,
and then has no score at all: no number ever stands in for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from lion.chat import Chat, Exchange, Reply, Request
from lion.params import Referee
from lion.prompts import Prompts
from lion.records import Answer, Instruction, Order, Review

ORDERS: tuple[Order, ...] = get_args(Order)

SCORE = re.compile(
    r"^\W*score\s+(?:of|for)\s+(?:the\s+)?assistant\s*([12])\W*?:[\s*_\[(]*(\d+(?:\.\d+)?)\s*(?:/\s*10)?\W*$",
    re.IGNORECASE | re.MULTILINE,
)


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
    exchanges = chat.ask(requests, is_usable=lambda reply: read(reply) is not None, attempts=settings.attempts)
    for (pair, order), exchange in zip(asked, exchanges, strict=True):
        yield judge(pair.instruction.id, order, exchange), exchange


def request(pair: Pair, order: Order, settings: Referee, prompts: Prompts) -> Request:
    """The comparison of one pair in one order."""
    shown = (pair.teacher, pair.student) if order == "teacher-first" else (pair.student, pair.teacher)
    return Request.to(settings, prompts.compare(pair.instruction, *shown), settings.max_tokens)


def read(reply: Reply) -> tuple[float, float] | None:
    """The scores in a reply; None where it was cut off, for a 1 may have been on the way to a 10."""
    return None if reply.finish_reason == "length" else scores(reply.text)


def scores(text: str) -> tuple[float, float] | None:
    """The scores of Assistant 1 and 2 in a reply; None where there are not two, or one lies outside 1 to 10.

    Where a score is given more than once, the last one counts: the explanation comes first.
    """
    found = {number: float(score) for number, score in SCORE.findall(text)}
    if set(found) != {"1", "2"} or not all(1 <= score <= 10 for score in found.values()):
        return None
    return found["1"], found["2"]


def judge(id: str, order: Order, exchange: Exchange) -> Review:
    """The last reply of an exchange as the review of `id` in one order."""
    text = exchange.replies[-1].text if exchange.replies else ""
    if exchange.failure is not None:
        return Review(id, order, text, reason=exchange.failure.reason)
    found = read(exchange.replies[-1])
    if found is None:
        return Review(id, order, text, reason="unreadable")
    first, second = found
    teacher, student = (first, second) if order == "teacher-first" else (second, first)
    return Review(id, order, text, teacher=teacher, student=student)
