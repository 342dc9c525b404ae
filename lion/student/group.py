"""The processes that train one student together: they meet, and agree on where to go on. Knows nothing of models.

Alone, all of this does nothing.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

from lion.student import processes

TIMEOUT = timedelta(minutes=30)
"""How long a process waits for the others, who may be writing a large checkpoint, before all of them end."""


def join() -> None:
    """Meet the others before weights are loaded, and wait for the slowest for a bounded time.

    DeepSpeed makes its group itself, later.
    """
    if not processes.shards(processes.DEEPSPEED):
        processes.meet(TIMEOUT)


def layout() -> str:
    """What tells the progress of a sharded training from that of a whole one, whose files the other cannot read."""
    if processes.shards(processes.DEEPSPEED):
        return f"-deepspeed{processes.count()}"
    return "-fsdp" if processes.shards(processes.FSDP) else ""


def agreed(progress: Path | None) -> Path | None:
    """`progress`, where every process found the same; else None, and all of them begin at the beginning.

    Nodes without a shared disk do not see the main node's progress. Going on from different steps they would wait for
    one another for ever.
    """
    if not torch.distributed.is_initialized():
        return progress
    found: list[str | None] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(found, progress.name if progress else None)
    return progress if len(set(found)) == 1 else None


def shard_on_cpu(accelerator: Accelerator) -> bool:
    """Switch FSDP on for processes on the CPU, and whether that was done.

    accelerate (1.15) knows FSDP for accelerators alone, and on a CPU falls back to whole copies without a word. What
    it does for the others works there too, over gloo.
    """
    state = accelerator.state
    if state.distributed_type != DistributedType.MULTI_CPU or not processes.shards(processes.FSDP):
        return False
    state.fsdp_plugin = FullyShardedDataParallelPlugin()
    if state.mixed_precision != "no":
        state.fsdp_plugin.set_mixed_precision(state.mixed_precision)
    # In both places, as accelerate does it: the one is copied over the other whenever somebody looks.
    state.distributed_type = PartialState._shared_state["distributed_type"] = DistributedType.FSDP
    return True
