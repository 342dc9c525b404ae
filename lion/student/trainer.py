"""transformers.Trainer, set up to be quiet, repeatable and resumable. Knows nothing of records or checkpoints' lineage.

It is the stock Trainer, so that `accelerate launch` and its FSDP and DeepSpeed configurations work as documented.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import (
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from lion import progress
from lion.errors import ModelError
from lion.params import Train
from lion.student import group, labels
from lion.student.batches import Order, divide

GRADIENT_NORM = 1.0
"""Where gradients are clipped: Trainer's default, which the paper's recipe keeps."""
SEEDS = 1 << 32
"""How many seeds NumPy knows, which Trainer seeds too."""


class StudentTrainer(Trainer):
    """Trainer over Rows in a given Order."""

    def __init__(
        self, model: PreTrainedModel | PeftModel, args: TrainingArguments, rows: Sequence[labels.Row], order: Order
    ) -> None:
        self._order = order
        collate = partial(labels.collate, pad_id=model.config.get_text_config().pad_token_id)
        super().__init__(model, args, collate, rows, callbacks=[Watch(order)])
        self.remove_callback(PrinterCallback)

    def create_accelerator_and_postprocess(self) -> None:
        super().create_accelerator_and_postprocess()
        if group.shard_on_cpu(self.accelerator):
            self.is_fsdp_enabled = True

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return self._order


def build(
    model: PreTrainedModel | PeftModel,
    rows: Sequence[labels.Row],
    settings: Train,
    *,
    random_seed: int,
    folder: Path,
    micro_batch_size: int,
    checkpoint_every_steps: int,
) -> StudentTrainer:
    """A Trainer for `rows`, in the paper's manner: AdamW, cosine schedule with warm-up, progress kept in `folder`."""
    order = Order([len(row.ids) for row in rows], settings.batch_size, random_seed)
    shape = divide(settings.batch_size, micro_batch_size, devices())
    on_cpu = torch.accelerator.current_accelerator() is None
    args = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=shape.micro,
        gradient_accumulation_steps=shape.accumulated,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(settings.warmup_share * settings.epochs * order.steps),
        weight_decay=settings.weight_decay,
        max_grad_norm=GRADIENT_NORM,
        bf16=settings.precision == "bfloat16",
        seed=random_seed % SEEDS,
        save_steps=checkpoint_every_steps,
        save_total_limit=1,
        logging_steps=1,
        logging_nan_inf_filter=False,  # else a loss of NaN is shown as the mean of those before
        log_level="error",
        disable_tqdm=True,
        report_to="none",
        remove_unused_columns=False,
        use_cpu=on_cpu,  # else Trainer refuses bfloat16 there
        dataloader_pin_memory=not on_cpu,
        ddp_find_unused_parameters=False,
    )
    return StudentTrainer(model, args, rows, order)


def devices() -> int:
    """How many devices share a batch: the launcher's processes, or else the GPUs that Trainer takes by itself."""
    launched = os.environ.get("WORLD_SIZE")
    return int(launched) if launched else max(1, torch.cuda.device_count())


class Watch(TrainerCallback):
    """Shows progress, tells the Order its epoch (also after a resume), and stops at a loss that is not a number."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._bar: Iterator[int] = iter(())

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            left = range(state.global_step, state.max_steps)
            self._bar = progress.track(left, "train", total=len(left))

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._order.epoch = state.global_step // self._order.steps

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        next(self._bar, None)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            raise ModelError(
                f"train: the loss is {loss} at step {state.global_step}, wanted a finite number. "
                "Lower train.learning_rate, lengthen train.warmup_share, or look at the answers of that step"
            )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        next(self._bar, None)  # lets the bar finish its line
