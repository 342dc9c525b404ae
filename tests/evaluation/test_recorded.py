"""Stored answers as a model under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from lion.errors import DataError
from lion.evaluation.recorded import Recorded, read
from lion.records import Answer, Instruction


def test_stored_predictions_are_read_by_id(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text('{"id": "bbh/navigate/1", "text": "Yes", "model": "cub"}\n\n{"id": "bbh/navigate/2", "text": ""}\n')
    assert read(path) == {"bbh/navigate/1": "Yes", "bbh/navigate/2": ""}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id": "a"}', "no 'text' among the keys ['id']"),
        (b'{"text": "b", "question_id": "1"}', "no 'id' among the keys"),
        (b'{"id": 1, "text": "b"}', "'id' is int, wanted text"),
        (b"[]", "found list, wanted an object"),
        (b'{"id": "x", "text": "b"}', "id 'x' stands twice, wanted once"),
        (b'{"id": "a", "te', "not JSON"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_broken_file_of_predictions_is_one_line(tmp_path: Path, line: bytes, told: str) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(b'{"id": "x", "text": "y"}\n' + line)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:2: {told}") and "\n" not in str(caught.value)


def test_fastchat_s_numbers_are_the_ids_of_vicuna_s_questions(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    path.write_text('{"answer_id": "x", "question_id": 7, "text": "Tea."}\n')
    items = [Instruction(f"vicuna/{number}", "Which?", "", "seed", 0) for number in (8, 7)]
    assert list(Recorded(path).answers(items)) == [Answer("vicuna/8", ""), Answer("vicuna/7", "Tea.")]


def test_predictions_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "none.jsonl")
