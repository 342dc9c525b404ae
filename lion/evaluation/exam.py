"""The classroom's held-out exam: does the student answer right? Knows questions and marks, not how a student works.

Two draws of questions: `balanced`, as many of every family, and `seeds`, with the seed pool's long tail.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lion.classroom import exam
from lion.classroom.exam import Question
from lion.errors import DataError
from lion.evaluation.result import mean, proportion, tell
from lion.evaluation.suite import Measured, Terms
from lion.records import Answer, Instruction, Mark, Result
from lion.student.backend import Backend
from lion.student.lineage import digest

HIGHEST = 10.0
PROTOCOL = "exact match after normalisation; relative score: the expert's grade over the highest, 10"
FIGURES = {"accuracy": proportion("right"), "relative_score": mean("score", HIGHEST)}


def measure(suite: str, subject: Backend, terms: Terms) -> Measured:
    """The student's mark on every question of both draws, at most `evaluate.items` of each, and a result for each draw.

    Raises DataError where a question is among the instructions that the student may have been trained on.
    """
    asked = [(draw, question) for draw in exam.DRAWS for question in terms.spread(exam.questions(draw))]
    instructions = [Instruction.seed(question.instruction, question.input) for _, question in asked]
    _assert_unseen(instructions, terms.seen)
    answers = subject.answers(instructions)
    marks = [
        _mark(f"{suite}-{draw}", question, answer) for (draw, question), answer in zip(asked, answers, strict=True)
    ]
    return Measured([_result(f"{suite}-{draw}", draw, marks, terms) for draw in exam.DRAWS], marks)


def _mark(suite: str, question: Question, answer: Answer) -> Mark:
    figures = {"right": float(exam.is_right(question, answer.text)), "score": exam.score(question, answer.text)}
    groups = {"category": question.category, "family": question.family}
    return Mark(answer.id, suite, groups, answer.text, figures, None if answer.text else "empty")


def _result(suite: str, draw: str, marks: Sequence[Mark], terms: Terms) -> Result:
    questions = digest(part for q in exam.questions(draw) for part in (q.instruction, q.input, q.answer))
    mine = [mark for mark in marks if mark.suite == suite]
    return tell(suite, mine, FIGURES, terms, version=f"sha256:{questions}", protocol=PROTOCOL)


def _assert_unseen(instructions: Sequence[Instruction], seen: Collection[str]) -> None:
    known = [instruction for instruction in instructions if instruction.id in seen]
    if known:
        raise DataError(
            f"exam: {len(known)} of {len(instructions)} questions stand in the cache pool, the first is "
            f"{known[0].id}; wanted none. Take them out of the seeds."
        )
