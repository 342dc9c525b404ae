"""Which examples make an optimiser step, and how the devices divide it into forward passes. Knows nothing of models.

The optimiser step is a parameter of the method. How it is cut into passes follows from the machine and changes the
result by no more than the rounding of sums: every pass is weighed by what the whole step learns, on all devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from torch.utils.data import Sampler

Places = list[int]
"""Where the examples of a forward pass stand among all rows; none: a device that has nothing to do in a short step."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one device computes of an optimiser step; `learned` counts the answer tokens of the step on all devices."""

    passes: list[Places]
    learned: int


Divide = Callable[[Sequence[int], int, int], list[Places]]
"""(lengths, tokens of a pass, devices) -> passes, in the order in which they are dealt to the devices in turn."""


def pack(lengths: Sequence[int], budget: int, devices: int) -> list[Places]:
    """Passes of about as many tokens each, at most `budget` unless one row alone has more; as few as that allows.

    The longest row goes first, each to the pass that has the fewest tokens yet: Graham's rule, at worst a third above
    the best balance (SIAM J. Appl. Math. 17, 1969).
    """
    count = devices * -(-sum(lengths) // (budget * devices))
    while True:
        passes, tokens = _spread(lengths, count)
        if all(total <= budget or len(found) == 1 for found, total in zip(passes, tokens, strict=True)):
            return sorted(passes, key=lambda found: (-sum(lengths[place] for place in found), found))
        count += devices


def _spread(lengths: Sequence[int], count: int) -> tuple[list[Places], list[int]]:
    passes: list[Places] = [[] for _ in range(count)]
    tokens = [0] * count
    for place in _longest_first(lengths):
        least = min(range(count), key=tokens.__getitem__)
        passes[least].append(place)
        tokens[least] += lengths[place]
    return passes, tokens


def _longest_first(lengths: Sequence[int]) -> Places:
    return sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))


def align(lengths: Sequence[int], budget: int, devices: int) -> list[Places]:
    """Passes of rows alike in length, so that padded to their longest they have at most `budget` tokens."""
    passes: list[Places] = []
    for place in _longest_first(lengths):
        if passes and lengths[passes[-1][0]] * (len(passes[-1]) + 1) <= budget:
            passes[-1].append(place)
        else:
            passes.append([place])
    while len(passes) % devices:
        widest = max(range(len(passes)), key=lambda at: (len(passes[at]), -at))
        half = (len(passes[widest]) + 1) // 2
        passes[widest : widest + 1] = [passes[widest][:half], passes[widest][half:]]
    return passes


class Order(Sampler[list[Share]]):
    """A seeded order of the examples for each epoch, cut into optimiser steps, and one device's share of each.

    Every device draws the same order, so that each knows the whole step without asking the others: no example is
    computed twice or left out, whatever the number of devices, in a short last step neither.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        learned: Sequence[int],
        batch_size: int,
        random_seed: int,
        divide: Divide = pack,
        budget: int = 1 << 62,
        devices: int = 1,
        device: int = 0,
    ) -> None:
        self._lengths, self._learned, self._batch_size, self._random_seed = lengths, learned, batch_size, random_seed
        self._divide, self._budget, self._devices, self._device = divide, budget, devices, device
        self.epoch = 0
        self._drawn: tuple[int, list[Places]] = (-1, [])

    def __len__(self) -> int:
        """Optimiser steps in an epoch."""
        return -(-len(self._lengths) // self._batch_size)

    def steps(self, epoch: int) -> list[Places]:
        """The examples of each optimiser step of an epoch."""
        if self._drawn[0] != epoch:
            places = list(range(len(self._lengths)))
            Random(f"{self._random_seed}/{epoch}").shuffle(places)
            size = self._batch_size
            self._drawn = (epoch, [places[start : start + size] for start in range(0, len(places), size)])
        return self._drawn[1]

    def step(self, number: int) -> Places:
        """The examples of the optimiser step `number`, counted from 1 over all epochs."""
        epoch, at = divmod(number - 1, len(self))
        return self.steps(epoch)[at]

    def tokens(self, number: int) -> int:
        """The tokens of all examples of the optimiser step `number`: prompts and answers, without padding."""
        return sum(self._lengths[place] for place in self.step(number))

    def __iter__(self) -> Iterator[list[Share]]:
        for step in self.steps(self.epoch):
            passes = self._divide([self._lengths[place] for place in step], self._budget, self._devices)
            mine = [[step[at] for at in found] for found in passes[self._device :: self._devices]]
            yield [Share(mine, sum(self._learned[place] for place in step))]
