"""What Trainer is told, and the loss that it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lion.params import Runtime, Train
from lion.student import checkpoint, labels, trainer
from lion.student.labels import Example
from lion.student.trainer import StudentTrainer


def built(
    base: Path,
    examples: list[Example],
    settings: Train,
    runtime: Runtime,
    folder: Path,
    *,
    takes_count: bool = True,
) -> StudentTrainer:
    model, tokenizer = checkpoint.load(base)
    model.accepts_loss_kwargs = takes_count
    rows = labels.encode(tokenizer, examples, [tokenizer.eos_token_id], 128).rows
    few = settings.model_copy(update={"epochs": 2, "batch_size": 4})
    return trainer.build(model, rows, few, runtime, random_seed=1, folder=folder, speed=folder / "speed.csv")


def losses(run: StudentTrainer) -> list[float]:
    run.train()
    return [entry["loss"] for entry in run.state.log_history if "loss" in entry]


def test_model_that_takes_no_number_of_tokens_finds_the_same_loss(
    base: Path, examples: list[Example], settings: Train, runtime: Runtime, tmp_path: Path
) -> None:
    small = runtime.model_copy(update={"micro_batch_tokens": 40})
    stock = losses(built(base, examples, settings, small, tmp_path / "stock"))
    assert losses(built(base, examples, settings, small, tmp_path / "own", takes_count=False)) == pytest.approx(
        stock, abs=1e-6
    )


def test_loss_of_a_step_is_the_mean_over_its_answer_tokens(
    base: Path, examples: list[Example], settings: Train, runtime: Runtime, tmp_path: Path
) -> None:
    """Against one plain forward pass of transformers over the first step's examples."""
    run = built(base, examples, settings, runtime.model_copy(update={"micro_batch_tokens": 40}), tmp_path)
    model, tokenizer = checkpoint.load(base)
    rows = labels.encode(tokenizer, examples, [tokenizer.eos_token_id], 128).rows
    step = [rows[place] for place in run.order.step(1)]
    width = max(len(row.ids) for row in step)
    ids = torch.tensor([row.ids + [0] * (width - len(row.ids)) for row in step])
    targets = torch.tensor([row.labels + [labels.IGNORED] * (width - len(row.ids)) for row in step])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in step])
    with torch.no_grad():
        wanted = model(input_ids=ids, attention_mask=mask, labels=targets).loss.item()
    assert losses(run)[0] == pytest.approx(wanted, abs=1e-5)


def test_runtime_reaches_trainer(
    base: Path, examples: list[Example], settings: Train, runtime: Runtime, tmp_path: Path
) -> None:
    eager = built(base, examples, settings, runtime, tmp_path / "eager").args
    assert not (eager.activation_checkpointing or eager.torch_compile or eager.use_liger_kernel)
    wanted = runtime.model_copy(update={"gradient_checkpointing": True, "compile": True})
    args = built(base, examples, settings, wanted, tmp_path / "other").args
    assert args.activation_checkpointing and args.torch_compile
    assert args.save_steps == runtime.checkpoint_every_steps
