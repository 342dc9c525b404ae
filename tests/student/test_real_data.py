"""Real Alpaca records, the longest among them, through a small student: nothing crashes and nothing is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lion.params import Infer, Runtime, Train
from lion.records import Instruction
from lion.student.checkpoint import prepare_base
from lion.student.inference import Local
from lion.student.training import Example, train

TAKEN = 60


@pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")
def test_real_instructions_are_learned_and_answered(
    tmp_path: Path, publish: Callable[..., Path], settings: Train, runtime: Runtime
) -> None:
    found = json.loads((Path(os.environ["LION_DATA_HOME"]) / "alpaca" / "alpaca_data.json").read_text("utf-8"))
    longest = sorted(found, key=lambda record: -len(record["instruction"] + record["input"]))[: TAKEN // 3]
    records = longest + found[: TAKEN - len(longest)]
    asked = [Instruction.seed(record["instruction"], record["input"]) for record in records]
    examples = [Example(r.id, r.instruction, r.input, t["output"]) for r, t in zip(asked, records, strict=True)]
    prepare_base(str(publish(tmp_path / "raw", positions=512)), None, "paper", tmp_path / "base")
    train(
        tmp_path / "base",
        examples,
        settings.model_copy(update={"epochs": 1, "batch_size": 16, "learning_rate": 1e-3, "max_length": 1024}),
        runtime,
        random_seed=1,
        out=tmp_path / "student",
        history=tmp_path / "history.csv",
        scratch=tmp_path / "scratch",
    )
    sampled = Infer(backend="transformers", endpoint=None, model=None, temperature=0.7, top_p=0.9, max_new_tokens=16)
    with Local(tmp_path / "student", sampled, 1, 4096, tmp_path / "scratch") as student:
        given = list(student.answers(asked))
    assert [answer.id for answer in given] == [record.id for record in asked]
