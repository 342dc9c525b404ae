"""transformers.Trainer, set up to be quiet, repeatable and resumable. Knows nothing of records or checkpoints' lineage.

It is the stock Trainer, so that `accelerate launch` and its FSDP and DeepSpeed configurations work as documented; only
what an optimiser step is made of comes from `lion.student.batches`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from transformers import PreTrainedModel, PrinterCallback, Trainer, TrainingArguments
from transformers.utils.import_utils import is_liger_kernel_available

from lion.errors import ModelError
from lion.params import Runtime, Train
from lion.student import attention, group, passes
from lion.student.batches import Order, align, pack
from lion.student.curves import Speed
from lion.student.labels import IGNORED, Row
from lion.student.passes import Passes
from lion.student.watch import Watch

GRADIENT_NORM = 1.0
"""Where gradients are clipped: Trainer's default, which the paper's recipe keeps."""
SEEDS = 1 << 32
"""How many seeds NumPy knows, which Trainer seeds too."""


class StudentTrainer(Trainer):
    """Trainer whose batches are whole optimiser steps: this device's passes of each, in a given Order.

    The loss is the mean over all answer tokens of the step, on all devices: transformers divides each pass's sum by
    their number, which the Order knows, so no device has to ask the others.
    """

    def __init__(
        self, model: PreTrainedModel | PeftModel, args: TrainingArguments, steps: Passes, order: Order, watch: Watch
    ) -> None:
        self.order, self._steps = order, steps
        super().__init__(model, args, train_dataset=steps, callbacks=[watch])
        self.remove_callback(PrinterCallback)
        if not self.model_accepts_loss_kwargs:
            self.compute_loss_func = _loss

    def create_accelerator_and_postprocess(self) -> None:
        super().create_accelerator_and_postprocess()
        if group.shard_on_cpu(self.accelerator):
            self.is_fsdp_enabled = True

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Each item is a step. Nothing is left for accelerate to share out: the Order has done so."""
        return DataLoader(
            self._steps,
            batch_sampler=self.order,
            collate_fn=_only,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def _get_num_items_in_batch(self, batch_samples: list[dict[str, Any]], device: torch.device) -> torch.Tensor:
        return torch.tensor(sum(step["learned"] for step in batch_samples), device=device)

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        """The loss of this device's passes; gradients travel between devices once, with the last."""
        state = self.accelerator.gradient_state
        each = state.plugin_kwargs.get("sync_each_batch", False)
        losses = []
        for left, part in zip(reversed(range(len(inputs["passes"]))), inputs["passes"], strict=True):
            state._set_sync_gradients(not left)
            with self.accelerator.no_sync(model) if left and not each else nullcontext():
                losses.append(super().training_step(model, part, num_items_in_batch))
        return torch.stack(losses).sum()


def _loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor) -> torch.Tensor:
    """What transformers' causal language models compute, for the few that do not take the number of tokens."""
    logits = outputs.logits.float().flatten(0, -2)
    return cross_entropy(logits, labels.flatten(), ignore_index=IGNORED, reduction="sum") / num_items_in_batch


def _only(items: list[dict[str, Any]]) -> dict[str, Any]:
    return items[0]


def build(
    model: PreTrainedModel | PeftModel,
    rows: Sequence[Row],
    settings: Train,
    runtime: Runtime,
    *,
    random_seed: int,
    folder: Path,
    speed: Path,
) -> StudentTrainer:
    """A Trainer for `rows`, in the paper's manner: AdamW, cosine schedule with warm-up, progress kept in `folder`.

    The tokens/s of each step are written to `speed`. Raises ModelError for a runtime that this machine cannot give.
    """
    _check(runtime)
    args = _arguments(rows, settings, runtime, random_seed, folder)
    is_packed = runtime.packing and attention.use(model)
    order = Order(
        [len(row.ids) for row in rows],
        [len(row.ids) - row.prompt for row in rows],
        settings.batch_size,
        random_seed,
        divide=pack if is_packed else align,
        budget=runtime.micro_batch_tokens,
        devices=args.world_size,
        device=args.process_index,
    )
    collate = passes.packed if is_packed else passes.padded
    steps = Passes(rows, collate, model.config.get_text_config().pad_token_id)
    return StudentTrainer(model, args, steps, order, Watch(order, [row.id for row in rows], Speed(speed)))


def _check(runtime: Runtime) -> None:
    if runtime.liger and not torch.cuda.is_available():
        raise ModelError("runtime.liger: true, but no GPU is found, wanted one for its kernels. Set it to false")
    if runtime.liger and not is_liger_kernel_available():
        raise ModelError(
            "runtime.liger: true, but liger-kernel is not installed. "
            "Set it to false, or: pip install 'lion-distillation[gpu]'"
        )


def _arguments(
    rows: Sequence[Row], settings: Train, runtime: Runtime, random_seed: int, folder: Path
) -> TrainingArguments:
    on_cpu = torch.accelerator.current_accelerator() is None
    steps = settings.epochs * -(-len(rows) // settings.batch_size)
    args = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=-(-settings.batch_size // int(os.environ.get("WORLD_SIZE", "1"))),  # for DeepSpeed
        gradient_accumulation_steps=1,  # the passes of a step are accumulated by StudentTrainer
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(settings.warmup_share * steps),
        weight_decay=settings.weight_decay,
        max_grad_norm=GRADIENT_NORM,
        bf16=settings.precision == "bfloat16",
        activation_checkpointing=runtime.gradient_checkpointing,
        torch_compile=runtime.compile,
        use_liger_kernel=runtime.liger,
        seed=random_seed % SEEDS,
        save_steps=runtime.checkpoint_every_steps,
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
    if args.n_gpu > 1:
        args._n_gpu = 1  # nn.DataParallel cannot divide a pass; several GPUs are several processes
    return args
