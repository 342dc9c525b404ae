"""What is learned and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from lion.errors import ModelError
from lion.student import labels
from lion.student.labels import IGNORED, Row
from lion.student.training import Example


def test_labels_are_the_answer_and_its_eos(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    eos = tokenizer.eos_token_id
    [row] = labels.encode(tokenizer, [Example("0", "Name the colour of snow", "", "White")], [eos], 128).rows
    prompt = tokenizer("### Instruction:\nName the colour of snow\n\n### Response:\n")["input_ids"]
    answer = [*tokenizer("White")["input_ids"], eos]
    assert row.ids == prompt + answer
    assert row.labels == [IGNORED] * len(prompt) + answer
    assert not row.is_cut


def test_long_answer_is_cut_and_long_prompt_left_out(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    found = [Example("long answer", "Name", "", "Blue " * 99), Example("long prompt", "Name " * 99, "", "Blue")]
    encoded = labels.encode(tokenizer, found, [tokenizer.eos_token_id], 60)
    assert [(row.id, row.is_cut, len(row.ids)) for row in encoded.rows] == [("long answer", True, 60)]
    assert (encoded.cut, encoded.prompts, encoded.dropped) == (1, 1, 0)
    labels.check(encoded.rows, [tokenizer.eos_token_id])


def test_long_answer_is_dropped_where_that_is_asked(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    found = [Example("long answer", "Name", "", "Blue " * 99), Example("long prompt", "Name " * 99, "", "Blue")]
    encoded = labels.encode(tokenizer, [*found, Example("short", "Name", "", "Blue")], [1], 60, "drop")
    assert [row.id for row in encoded.rows] == ["short"]
    assert (encoded.cut, encoded.prompts, encoded.dropped) == (0, 1, 1)


def test_empty_answer_teaches_to_stop(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    [row] = labels.encode(tokenizer, [Example("0", "Name", "", "")], [tokenizer.eos_token_id], 128).rows
    assert row.ids[row.prompt :] == [tokenizer.eos_token_id]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (Row("x", [5, 6], 1, False), "its end is not learned"),
        (Row("x", [5, 1], 2, False), "nothing is learned"),
        (Row("x", [5, 1], 0, False), "its prompt is empty"),
    ],
)
def test_row_that_teaches_nothing_or_no_end_is_refused(row: Row, fault: str) -> None:
    with pytest.raises(ModelError, match=f"example x: {fault}"):
        labels.check([row], [1])
