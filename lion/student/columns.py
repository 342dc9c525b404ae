"""What a model remembers of the rows under way: keys and values, a column for each token, the newest on the right.

Knows nothing of tokens or prompts. transformers' own layers copy all they hold at every step to add one column; here
columns are written into room that is there already, and a row that has ended gives its place to another.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from transformers import Cache, PreTrainedModel
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

ROOM = 64
"""Columns that are made ahead: all is copied once in so many steps."""
PLAIN = (DynamicLayer, DynamicSlidingWindowLayer)
WANTED = {"input_ids", "attention_mask", "position_ids", "past_key_values", "logits_to_keep"}


class Columns(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, (rows, heads, columns, width of a head): views of stores with room to the right.

    A layer with a sliding window keeps all its columns too: the mask hides what the window has passed.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stores: list[torch.Tensor] = []
        self._begin = self._end = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append columns; all of them as they are now."""
        new = key_states.shape[-2]
        if not self._stores:
            self._stores = [_store(part, len(part), new) for part in (key_states, value_states)]
        for store, part in zip(self._stores, (key_states, value_states), strict=True):
            store[:, :, self._end : self._end + new] = part
        return self._show(self._begin, self._end + new)

    def _show(self, begin: int, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Let the columns from `begin` to `end` be what is remembered."""
        self._begin, self._end, self.is_initialized = begin, end, True
        keys, values = self._shown
        self.keys, self.values = keys, values
        return keys, values

    @property
    def _shown(self) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = (store[:, :, self._begin : self._end] for store in self._stores)
        return keys, values

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another column."""
        return self._end == self._stores[0].shape[-2]

    def forget(self, columns: int) -> None:
        """Keep the last `columns` columns alone. Copies nothing."""
        self._show(self._end - columns, self._end)

    def replace(self, rows: torch.Tensor, other: Columns) -> None:
        """Put the rows of `other`, which has no more columns than this, into the places `rows`."""
        for store, part in zip(self._stores, other._shown, strict=True):
            store[rows, :, self._end - part.shape[-2] : self._end] = part

    def gather(self, rows: torch.Tensor, others: Sequence[Columns], columns: int) -> None:
        """Keep `rows` alone, and after them those of `others`: of each the last `columns` columns, or what it has."""
        kept = [[part[:, :, -columns:][rows] for part in self._shown]] if self._stores else []
        sides = zip(*kept, *(other._shown for other in others), strict=True)
        self._stores = [_joined(parts, columns) for parts in sides]
        self._show(0, columns)


def _store(like: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    return like.new_empty(rows, like.shape[1], columns + ROOM, like.shape[3])


def _joined(parts: Sequence[torch.Tensor], columns: int) -> torch.Tensor:
    """A store for all rows of `parts`, aligned on the right."""
    store, start = _store(parts[0], sum(map(len, parts)), columns), 0
    for part in parts:
        held, rows = min(columns, part.shape[-2]), slice(start, start + len(part))
        # What a mask hides is still multiplied by nought, which infinity and what is no number would survive.
        store[rows, :, : columns - held] = 0
        store[rows, :, columns - held : columns] = part[:, :, part.shape[-2] - held :]
        start += len(part)
    return store


class Memory(Cache):
    """The Columns of all layers of a model."""

    def __init__(self, depth: int) -> None:
        self._columns = [Columns() for _ in range(depth)]
        super().__init__(layers=list(self._columns))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another column."""
        return self._columns[0].is_full

    def forget(self, columns: int) -> None:
        """See Columns."""
        for layer in self._columns:
            layer.forget(columns)

    def replace(self, rows: torch.Tensor, other: Memory) -> None:
        """See Columns."""
        for layer, others in zip(self._columns, other._columns, strict=True):
            layer.replace(rows, others)

    def gather(self, rows: torch.Tensor, others: Sequence[Memory], columns: int) -> None:
        """See Columns."""
        for number, layer in enumerate(self._columns):
            layer.gather(rows, [other._columns[number] for other in others], columns)


def depth(model: PreTrainedModel) -> int | None:
    """How many layers a Memory for `model` needs; None where the model remembers in another way."""
    config = model.config
    layers = DynamicCache(config=config).layers
    is_plain = config is config.get_text_config() and all(type(layer) in PLAIN for layer in layers)
    takes = set(inspect.signature(model.forward).parameters)
    return len(layers) if is_plain and takes >= WANTED else None
