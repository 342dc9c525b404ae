"""The student sits the exam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lion.classroom.exam import questions
from lion.errors import DataError
from lion.evaluation.exam import sit, spread
from lion.params import Infer
from lion.records import Answer, Instruction, identify
from lion.student.checkpoint import prepare_base
from lion.student.inference import Local

CUB = Path(__file__).parent.parent.parent / "models/cub"
SETTINGS = Infer(backend="transformers", endpoint=None, model=None, temperature=0.0, top_p=1.0, max_new_tokens=4)


class Unasked:
    """A student that nobody may ask."""

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        raise AssertionError("asked")


def test_items_are_spread_evenly() -> None:
    assert spread(list(range(10)), 5) == [0, 2, 4, 6, 8]
    assert spread([1, 2], 5) == spread([1, 2], None) == [1, 2]


def test_a_question_in_the_pool_is_an_error() -> None:
    first = questions("balanced")[0]
    with pytest.raises(DataError, match="1 of 10 questions stand in the cache pool"):
        list(sit(Unasked(), {identify(first.instruction, first.input)}, 5))


def test_every_question_gets_a_mark_and_the_same_one_again(tmp_path: Path) -> None:
    prepare_base(str(CUB), None, "paper", tmp_path / "base")
    with Local(tmp_path / "base", SETTINGS, 1, 1000, tmp_path / "scratch") as student:
        marks = list(sit(student, set(), 5))
    assert [mark.suite for mark in marks] == ["exam-balanced"] * 5 + ["exam-seeds"] * 5
    assert all(1 <= mark.score <= 10 for mark in marks)
    with Local(tmp_path / "base", SETTINGS, 1, 100, tmp_path / "scratch") as student:
        assert marks == list(sit(student, set(), 5))
