"""Which examples make an optimiser step, and how a machine divides them. Knows nothing of models.

The optimiser step is a parameter of the method; micro-batches and their accumulation follow from the machine, and
change the result by no more than the rounding of sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from torch.utils.data import Sampler

from lion.errors import ModelError


@dataclass(frozen=True, slots=True)
class Shape:
    """`micro` examples in a forward pass of one device, `accumulated` passes to an optimiser step."""

    micro: int
    accumulated: int


def divide(batch_size: int, micro_batch_size: int, devices: int) -> Shape:
    """The largest micro-batch, at most `micro_batch_size`, of which whole numbers make `batch_size` on all devices."""
    share, rest = divmod(batch_size, devices)
    if rest:
        raise ModelError(f"train.batch_size: {batch_size} cannot be shared by {devices} devices, wanted a multiple")
    micro = max(size for size in range(1, min(micro_batch_size, share) + 1) if share % size == 0)
    return Shape(micro, share // micro)


class Order(Sampler[int]):
    """A seeded order of the examples for each epoch; within an optimiser step the longest come first.

    Sorting inside a step makes the rows of a micro-batch alike in length, and so saves padding, without changing what
    the step learns from.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, random_seed: int) -> None:
        self._lengths, self._batch_size, self._random_seed = lengths, batch_size, random_seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def steps(self) -> int:
        """Optimiser steps in an epoch."""
        return -(-len(self) // self._batch_size)

    def __iter__(self) -> Iterator[int]:
        shuffled = list(range(len(self)))
        Random(f"{self._random_seed}/{self.epoch}").shuffle(shuffled)
        for start in range(0, len(self), self._batch_size):
            step = shuffled[start : start + self._batch_size]
            yield from sorted(step, key=lambda place: (-self._lengths[place], place))
