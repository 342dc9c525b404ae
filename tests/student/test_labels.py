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
    [row] = labels.encode(tokenizer, [Example("0", "Name the colour of snow", "", "White")], [eos], 128)
    prompt = tokenizer("### Instruction:\nName the colour of snow\n\n### Response:\n")["input_ids"]
    answer = [*tokenizer("White")["input_ids"], eos]
    assert row.ids == prompt + answer
    assert row.labels == [IGNORED] * len(prompt) + answer
    assert not row.is_cut


def test_padding_is_not_learned_even_where_pad_is_eos() -> None:
    batch = labels.collate([Row("a", [5, 6, 1], 1, False), Row("b", [5, 1], 1, False)], pad_id=1)
    assert batch["input_ids"].tolist() == [[5, 6, 1], [5, 1, 1]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 1], [IGNORED, 1, IGNORED]]


def test_long_answer_is_cut_and_long_prompt_left_out(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    found = [Example("long answer", "Name", "", "Blue " * 99), Example("long prompt", "Name " * 99, "", "Blue")]
    rows = labels.encode(tokenizer, found, [tokenizer.eos_token_id], 60)
    assert [(row.id, row.is_cut, len(row.ids)) for row in rows] == [("long answer", True, 60)]
    labels.check(rows, [tokenizer.eos_token_id])


def test_empty_answer_teaches_to_stop(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    [row] = labels.encode(tokenizer, [Example("0", "Name", "", "")], [tokenizer.eos_token_id], 128)
    assert row.ids[row.prompt :] == [tokenizer.eos_token_id]


@pytest.mark.parametrize(
    ("row", "fault"),
    [(Row("x", [5, 6], 1, False), "its end is not learned"), (Row("x", [5, 1], 2, False), "nothing is learned")],
)
def test_row_that_teaches_nothing_or_no_end_is_refused(row: Row, fault: str) -> None:
    with pytest.raises(ModelError, match=f"example x: {fault}"):
        labels.check([row], [1])
