"""The classroom's held-out exam: does the student answer right? Knows questions and marks, not how a student works.

Two draws of questions: `balanced`, as many of every family, and `seeds`, with the seed pool's long tail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from lion.classroom import exam
from lion.errors import DataError
from lion.params import Evaluate, Infer
from lion.records import Instruction, Mark
from lion.student.inference import answers

T = TypeVar("T")
DRAWS = ("balanced", "seeds")


def sit(student: Path, seen: Collection[str], settings: Evaluate, random_seed: int, batch_size: int) -> Iterator[Mark]:
    """The student's mark on every question of both draws.

    Raises DataError where a question is among the instructions that the student may have been trained on.
    """
    asked = [(draw, question) for draw in DRAWS for question in spread(exam.questions(draw), settings.items)]
    instructions = [Instruction.seed(question.instruction, question.input) for _, question in asked]
    _assert_unseen(instructions, seen)
    sampling = Infer(temperature=settings.temperature, top_p=1.0, max_new_tokens=settings.max_new_tokens)
    found = answers(student, instructions, sampling, random_seed=random_seed, batch_size=batch_size)
    for (draw, question), answer in zip(asked, found, strict=True):
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
