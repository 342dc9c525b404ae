"""Imitation: student k from student k−1 and the teacher's answers. Knows nothing of teachers, pools or stages.

Paper, section 3.1 and 4.1: causal language-model loss on the response tokens, AdamW, cosine schedule with warm-up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lion.errors import ModelError
from lion.params import Runtime, Train
from lion.student import (
    adapters,
    checkpoint,
    curves,
    group,
    labels,
    lineage,
    methods,
    prompts,
    resume,
    trainer,
    unfinished,
    vocabulary,
)
from lion.student.labels import Example

__all__ = ["Example", "train"]

log = logging.getLogger(__name__)
SPEED = "speed"
"""Where in the scratch folder the tokens/s of each step stand; never in an out, because no two runs have the same."""


def train(
    base: Path,
    examples: Sequence[Example],
    settings: Train,
    runtime: Runtime,
    *,
    random_seed: int,
    out: Path,
    history: Path,
    scratch: Path,
) -> None:
    """Fine-tune the student in `base` on `examples`; write the new student to `out` and its loss curve to `history`.

    Killed and started again, it goes on from its progress in `scratch`, and ends with the weights that it would have
    had. Raises ModelError, one line, for a base that cannot be used, examples that teach nothing, and a loss of NaN.
    """
    group.join()
    model, tokenizer = methods.load(base, settings)
    ends = vocabulary.eos_ids(model, tokenizer)
    found = _encode(model, tokenizer, examples, ends, settings)
    told = _lineage(base, examples, found, settings, random_seed)
    key = lineage.digest([json.dumps(told, sort_keys=True), lineage.code()])[: unfinished.KEY_LENGTH]
    folder = scratch / (key + group.layout())
    run = trainer.build(
        methods.prepare(model, settings, random_seed),
        found.rows,
        settings,
        runtime,
        random_seed=random_seed,
        folder=folder,
        speed=scratch / SPEED / f"{out.name}.csv",
    )
    with unfinished.held(folder):
        if run.is_world_process_zero():
            unfinished.tidy(scratch, resume.KIND)
        last = group.agreed(resume.latest(folder))
        with checkpoint.telling_what_cannot_be_written(folder):
            run.train(resume_from_checkpoint=str(last) if last else None)
        outcome = methods.result(run, base, settings)
        if outcome:
            student, weights = outcome
            curves.write(history, run.state.log_history, run.order.tokens)
            checkpoint.save(student, tokenizer, ends, told, out, weights)
            unfinished.forget(folder)
        run.accelerator.wait_for_everyone()


def _encode(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    ends: Sequence[int],
    settings: Train,
) -> labels.Encoded:
    """The examples that can be learned, checked; how many are cut or left out goes to standard error."""
    if not examples:
        raise ModelError("train: no examples, wanted at least one. Is the train pool empty?")
    longest = min(settings.max_length, prompts.positions(model) or settings.max_length)
    found = labels.encode(tokenizer, examples, ends, longest, settings.on_long)
    if found.cut or found.dropped or found.prompts:
        log.warning(
            "train: of %d examples, %d are cut to %d tokens, %d are left out because they are longer, "
            "and %d because their prompts leave no room",
            len(examples),
            found.cut,
            longest,
            found.dropped,
            found.prompts,
        )
    if found.prompts == len(examples):
        raise ModelError(f"train: every prompt fills all {longest} tokens: nothing to learn. Raise train.max_length")
    if not found.rows:
        raise ModelError(
            f"train: every example is longer than {longest} tokens: nothing to learn. "
            "Raise train.max_length, or set train.on_long to 'cut'"
        )
    labels.check(found.rows, ends)
    return found


def _lineage(
    base: Path, examples: Sequence[Example], found: labels.Encoded, settings: Train, random_seed: int
) -> dict[str, Any]:
    """All that determines the weights, so that its hash may name their progress."""
    before = lineage.read(base)
    texts = (part for example in examples for part in (example.id, example.instruction, example.input, example.answer))
    return {
        **{key: before[key] for key in ("base", "revision", "template", "template_sha256") if key in before},
        "parent_sha256": lineage.fingerprint(base),
        "examples": len(examples),
        "examples_learned": len(found.rows),
        "examples_cut": found.cut,
        "examples_dropped": {"too_long": found.dropped, "prompt_too_long": found.prompts},
        "examples_sha256": lineage.digest(texts),
        "train": settings.model_dump(),
        "random_seed": random_seed,
        "versions": lineage.versions() | adapters.versions(settings.method),
    }
