"""The student sits the exam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lion.classroom.exam import questions
from lion.errors import DataError
from lion.evaluation.exam import measure
from lion.params import Infer
from lion.records import Answer, Instruction, identify
from lion.student.checkpoint import prepare_base
from lion.student.inference import Local
from tests.evaluation.terms import terms

CUB = Path(__file__).parent.parent.parent / "models/cub"
SETTINGS = Infer(backend="transformers", endpoint=None, model=None, temperature=0.0, top_p=1.0, max_new_tokens=4)


class Unasked:
    """A student that nobody may ask."""

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        raise AssertionError("asked")


class Perfect:
    """A student that knows every answer."""

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        known = {identify(q.instruction, q.input): q.answer for draw in ("balanced", "seeds") for q in questions(draw)}
        return (Answer(instruction.id, known[instruction.id]) for instruction in instructions)


class Silent:
    """A student that says nothing."""

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        return (Answer(instruction.id, "") for instruction in instructions)


def test_items_are_spread_evenly() -> None:
    assert terms(items=5).spread(list(range(10))) == [0, 2, 4, 6, 8]
    assert terms(items=5).spread([1, 2]) == terms(items=None).spread([1, 2]) == [1, 2]


def test_a_question_in_the_pool_is_an_error() -> None:
    first = questions("balanced")[0]
    with pytest.raises(DataError, match="1 of 10 questions stand in the cache pool"):
        measure("exam", Unasked(), terms(seen={identify(first.instruction, first.input)}, items=5))


def test_a_perfect_student_has_all_and_a_silent_one_nothing() -> None:
    perfect = measure("exam", Perfect(), terms())
    assert [result.suite for result in perfect.results] == ["exam-balanced", "exam-seeds"]
    for result in perfect.results:
        assert result.items == len(questions("balanced")) and result.unanswered == 0
        assert result.figures["accuracy"]["value"] == 1.0 and result.figures["accuracy"]["low"] < 1.0
        assert set(result.by) == {"category", "family"}
    silent = measure("exam", Silent(), terms())
    assert [result.figures["accuracy"]["value"] for result in silent.results] == [0.0, 0.0]
    assert [result.unanswered for result in silent.results] == [result.items for result in silent.results]


def test_every_question_gets_a_mark_and_the_same_one_again(tmp_path: Path) -> None:
    prepare_base(str(CUB), None, "paper", tmp_path / "base")
    with Local(tmp_path / "base", SETTINGS, 1, 1000, tmp_path / "scratch") as student:
        found = measure("exam", student, terms(items=5))
    assert [mark.suite for mark in found.marks] == ["exam-balanced"] * 5 + ["exam-seeds"] * 5
    assert all(1 <= mark.figures["score"] <= 10 for mark in found.marks)
    with Local(tmp_path / "base", SETTINGS, 1, 100, tmp_path / "scratch") as student:
        assert found == measure("exam", student, terms(items=5))
