"""The processes that a launcher has started to share one stage's work. Knows nothing of what they do.

`accelerate launch` and `torchrun` tell each its number by the environment. Without a launcher there is one, and torch
is not asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from lion import jsonl
from lion.records import Record

T = TypeVar("T")
PATIENCE = timedelta(days=7)
"""A process that has done its share waits for the slowest. One that dies is told of by the launcher, which ends all."""
FSDP, DEEPSPEED = "ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"
"""What `accelerate launch` sets to "true" where weights are to lie in shards, each process having a part of them."""


def count() -> int:
    """How many processes there are."""
    return int(os.environ.get("WORLD_SIZE", 1))


def rank() -> int:
    """The number of this one."""
    return int(os.environ.get("RANK", 0))


def is_first_of_its_machine() -> bool:
    """Whether this one looks after what lies on its machine's disk."""
    return int(os.environ.get("LOCAL_RANK", 0)) == 0


def shards(*ways: str) -> bool:
    """Whether the launcher asks for weights in shards, in one of these `ways`; without any named, in whatever way."""
    return any(os.environ.get(way, "false").lower() == "true" for way in ways or (FSDP, DEEPSPEED))


def meet(patience: timedelta = PATIENCE) -> None:
    """Get to know the others, over gloo on CPUs and NCCL on GPUs, and wait so long for the slowest. Once is enough."""
    if count() > 1:
        import torch
        from accelerate import PartialState

        PartialState(cpu=torch.accelerator.current_accelerator() is None, timeout=patience)


def share_rows() -> None:
    """Meet the others to share rows. Weights are not shared: each process reads all of them, whatever the launcher."""
    if count() > 1:
        os.environ.pop(FSDP, None)
    meet()


def union(mine: Mapping[int, T]) -> dict[int, T]:
    """What all processes have, in each of them. Returns when all have come here."""
    if count() == 1:
        return dict(mine)
    from accelerate.utils import gather_object

    shares: list[Mapping[int, T]] = gather_object([mine])
    return {key: value for share in shares for key, value in share.items()}


def write(path: Path, records: Iterable[Record]) -> None:
    """Write `records` to `path`, from the first process alone; the others only do their share of making them."""
    if rank() == 0:
        jsonl.write(path, records)
    else:
        for _ in records:
            pass
