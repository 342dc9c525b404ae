"""Imitation: student k from student k−1 and the teacher's answers. Knows nothing of teachers, pools or stages.

Paper, section 3.1 and 4.1: causal language-model loss on the response tokens, AdamW, cosine schedule with warm-up.
"""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lion import jsonl
from lion.errors import ModelError
from lion.params import Train
from lion.student import adapters, checkpoint, group, labels, lineage, methods, prompts, resume, trainer, vocabulary
from lion.student.labels import Example

__all__ = ["Example", "train"]

log = logging.getLogger(__name__)
COLUMNS = ("step", "loss", "learning_rate")
KEY_LENGTH = 16
"""Hexadecimal digits in the name of a progress folder."""


def train(
    base: Path,
    examples: Sequence[Example],
    settings: Train,
    *,
    random_seed: int,
    out: Path,
    history: Path,
    scratch: Path,
    micro_batch_size: int,
    checkpoint_every_steps: int,
) -> None:
    """Fine-tune the student in `base` on `examples`; write the new student to `out` and its loss curve to `history`.

    Killed and started again, it goes on from its progress in `scratch`, and ends with the weights that it would have
    had. Raises ModelError, one line, for a base that cannot be used, examples that teach nothing, and a loss of NaN.
    """
    group.join()
    model, tokenizer = methods.load(base, settings)
    ends = vocabulary.eos_ids(model, tokenizer)
    rows = _rows(model, tokenizer, examples, ends, settings.max_length)
    told = _lineage(base, examples, len(rows), settings, random_seed)
    folder = scratch / lineage.digest([json.dumps(told, sort_keys=True)])[:KEY_LENGTH]
    run = trainer.build(
        methods.prepare(model, settings, random_seed),
        rows,
        settings,
        random_seed=random_seed,
        folder=folder,
        micro_batch_size=micro_batch_size,
        checkpoint_every_steps=checkpoint_every_steps,
    )
    found = group.agreed(resume.latest(folder))
    with checkpoint.telling_what_cannot_be_written(folder):
        run.train(resume_from_checkpoint=str(found) if found else None)
    outcome = methods.result(run, base, settings)
    if outcome:
        student, weights = outcome
        _write_history(history, run.state.log_history)
        checkpoint.save(student, tokenizer, ends, told, out, weights)
        resume.forget(folder)
    run.accelerator.wait_for_everyone()


def _rows(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    ends: Sequence[int],
    max_length: int,
) -> list[labels.Row]:
    """The examples that can be learned, checked; how many are cut or left out goes to standard error."""
    if not examples:
        raise ModelError("train: no examples, wanted at least one. Is the train pool empty?")
    longest = min(max_length, prompts.positions(model) or max_length)
    rows = labels.encode(tokenizer, examples, ends, longest)
    if not rows:
        raise ModelError(f"train: every prompt fills all {longest} tokens: nothing to learn. Raise train.max_length")
    labels.check(rows, ends)
    cut, left_out = sum(row.is_cut for row in rows), len(examples) - len(rows)
    if cut or left_out:
        log.warning(
            "train: of %d examples, %d are cut to %d tokens and %d are left out: their prompts leave no room",
            len(examples),
            cut,
            longest,
            left_out,
        )
    return rows


def _lineage(
    base: Path, examples: Sequence[Example], learned: int, settings: Train, random_seed: int
) -> dict[str, Any]:
    """All that determines the weights, so that its hash may name their progress."""
    before = lineage.read(base)
    texts = (part for example in examples for part in (example.id, example.instruction, example.input, example.answer))
    return {
        **{key: before[key] for key in ("base", "revision", "template", "template_sha256") if key in before},
        "parent_sha256": lineage.fingerprint(base),
        "examples": len(examples),
        "examples_learned": learned,
        "examples_sha256": lineage.digest(texts),
        "train": settings.model_dump(),
        "random_seed": random_seed,
        "versions": lineage.versions() | adapters.versions(settings.method),
    }


def _write_history(path: Path, logged: Sequence[dict[str, float]]) -> None:
    """The loss (mean over the step's answer tokens) and learning rate of each optimiser step, as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([entry[column] for column in COLUMNS] for entry in logged if "loss" in entry)
    with jsonl.writing(path) as file:
        file.write(text.getvalue().encode())
