"""What is told while a student trains: progress, speed, and the step at which a loss is no number. Knows no model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lion import progress
from lion.errors import ModelError
from lion.student.batches import Order
from lion.student.curves import Speed


class Watch(TrainerCallback):
    """Shows progress, tells the Order its epoch (also after a resume), and stops at a loss that is not a number."""

    def __init__(self, order: Order, ids: Sequence[str], speed: Speed) -> None:
        self._order, self._ids, self._speed = order, ids, speed
        self._bar: Iterator[int] = iter(())

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            left = range(state.global_step, state.max_steps)
            self._bar = progress.track(left, "train", total=len(left), note=self._speed.note)
            self._speed.begin(state.global_step)

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._order.epoch = state.global_step // len(self._order)

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
        if not logs or "loss" not in logs:
            return
        for name, value in (("loss", logs["loss"]), ("norm of the gradient", logs.get("grad_norm", 0.0))):
            if not math.isfinite(value):
                raise ModelError(self._told(name, value, state.global_step))
        if state.is_world_process_zero:
            self._speed.step(state.global_step, self._order.tokens(state.global_step))

    def _told(self, name: str, value: float, step: int) -> str:
        ids = ", ".join(self._ids[place] for place in self._order.step(step))
        return (
            f"train: the {name} is {value} at step {step}, wanted a finite number. "
            f"Lower train.learning_rate, lengthen train.warmup_share, or look at the answers of that step: {ids}"
        )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        next(self._bar, None)  # lets the bar finish its line
