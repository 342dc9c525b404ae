"""The classroom's held-out exam: does the student answer right? Knows questions and marks, not how a student works.

Two draws of questions: `balanced`, as many of every family, and `seeds`, with the seed pool's long tail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from lion.classroom import exam
from lion.errors import DataError
from lion.records import Instruction, Mark
from lion.student.backend import Backend

T = TypeVar("T")
DRAWS = ("balanced", "seeds")


def sit(student: Backend, seen: Collection[str], items: int | None) -> Iterator[Mark]:
    """The student's mark on every question of both draws, at most `items` of each.

    Raises DataError where a question is among the instructions that the student may have been trained on.
    """
    asked = [(draw, question) for draw in DRAWS for question in spread(exam.questions(draw), items)]
    instructions = [Instruction.seed(question.instruction, question.input) for _, question in asked]
    _assert_unseen(instructions, seen)
    for (draw, question), answer in zip(asked, student.answers(instructions), strict=True):
        yield Mark(
            answer.id,
            f"exam-{draw}",
            question.category,
            question.family,
            answer.text,
            exam.is_right(question, answer.text),
            exam.score(question, answer.text),
        )


def spread(items: Sequence[T], count: int | None) -> Sequence[T]:
    """At most `count` of `items`, at even distances; all where it is None."""
    if count is None or count >= len(items):
        return items
    return [items[number * len(items) // count] for number in range(count)]


def _assert_unseen(instructions: list[Instruction], seen: Collection[str]) -> None:
    known = [instruction for instruction in instructions if instruction.id in seen]
    if known:
        raise DataError(
            f"exam: {len(known)} of {len(instructions)} questions stand in the cache pool, the first is "
            f"{known[0].id}; wanted none. Take them out of the seeds."
        )
