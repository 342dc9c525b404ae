"""Decoding in which rows come and go: the place of a row that has ended is given to the next prompt.

Knows nothing of text. transformers' own loop computes every row until the last one has ended; where most answers are
short and a few long, most of that work is thrown away. What is computed hangs on the prompts and on the number of
places alone, so that the same prompts in as many places give the same tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel

from lion.student.columns import Memory
from lion.student.sampling import Choose

REFILL_AT = 1 / 8
"""New prompts are begun once this share of the places is free."""
SHRINK_AT = 0.8
"""Without new prompts, the batch is cut down once the unfinished rows are at most this share of it."""
ALIKE = 0.8
"""Prompts are read together where the shortest is at least so long, against the longest."""


@dataclass(slots=True)
class Batch:
    """Rows under way: which prompt each is, what the model remembers of them, and the last token of each."""

    places: list[int]
    memory: Memory
    tokens: torch.Tensor


class Block:
    """Prompts (token ids, the longest first) on their way to answers of at most `new_tokens` tokens.

    `found`, (prompts, `new_tokens` + 1), holds the answers, with `pad` after the token that ended each.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        depth: int,
        prompts: Sequence[Sequence[int]],
        new_tokens: int,
        ends: Sequence[int],
        pad: int,
        choose: Choose,
    ) -> None:
        self._model: Any = model
        self._depth, self._prompts, self._new_tokens, self._pad = depth, prompts, new_tokens, pad
        self._choose, self._ends = choose, torch.tensor(ends, device=model.device)
        # A row that has ended goes on in the last column, which is nobody's, until its place is taken.
        self.found = torch.full((len(prompts), new_tokens + 1), pad, device=model.device)
        self._ages = [0] * len(prompts)
        self._is_done = [False] * len(prompts)

    def run(self, slots: int) -> None:
        """Answer every prompt that has no answer yet, at most `slots` at a time."""
        waiting = [place for place, is_done in enumerate(self._is_done) if not is_done]
        for place in waiting:  # what a run without enough memory has left
            self._ages[place] = 0
            self.found[place] = self._pad
        batch = Batch([], Memory(self._depth), self._ends[:0])
        while waiting or self._open(batch):
            free = slots - len(self._open(batch))
            if waiting and free >= REFILL_AT * slots:
                new, waiting = waiting[:free], waiting[free:]
                self._refill(batch, [self._read(some) for some in self._alike(new)])
            if is_open := self._open(batch):
                if len(is_open) <= SHRINK_AT * len(batch.places) or batch.memory.is_full:
                    self._gather(batch, [])
                self._step(batch)

    def _open(self, batch: Batch) -> list[int]:
        """The rows that have not ended."""
        return [row for row, place in enumerate(batch.places) if not self._is_done[place]]

    def _remembered(self, place: int) -> int:
        """How many tokens the model remembers of a row: all but the last one, which it is to be given next."""
        return 0 if self._is_done[place] else len(self._prompts[place]) + self._ages[place] - 1

    def _alike(self, places: Sequence[int]) -> Iterator[list[int]]:
        """`places` in runs of prompts of like length."""
        some: list[int] = []
        for place in places:
            if some and len(self._prompts[place]) < ALIKE * len(self._prompts[some[0]]):
                yield some
                some = []
            some.append(place)
        yield some

    def _read(self, places: list[int]) -> Batch:
        """The prompts at `places`, read by the model, each with its first token."""
        prompts = [self._prompts[place] for place in places]
        width = max(map(len, prompts))
        rows = [[self._pad] * (width - len(prompt)) + list(prompt) for prompt in prompts]
        lengths = torch.tensor([[len(prompt)] for prompt in prompts], device=self._ends.device)
        mask = torch.arange(width, device=self._ends.device) >= width - lengths
        memory = Memory(self._depth)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        logits = self._forward(torch.tensor(rows, device=self._ends.device), mask, positions, memory)
        return Batch(places, memory, self._next(logits, places))

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, memory: Memory) -> torch.Tensor:
        """The logits (rows, vocabulary) of what follows."""
        output = self._model(
            input_ids=ids,
            attention_mask=mask.long(),
            position_ids=positions,
            past_key_values=memory,
            use_cache=True,
            logits_to_keep=1,
            return_dict=True,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _next(self, logits: torch.Tensor, places: Sequence[int]) -> torch.Tensor:
        """The next token of each row, which is written down."""
        ages = [self._ages[place] for place in places]
        tokens = self._choose(logits, places, ages)
        columns = [-1 if self._is_done[place] else age for place, age in zip(places, ages, strict=True)]
        at = torch.tensor([places, columns], device=tokens.device)
        self.found[at[0], at[1]] = tokens
        for place, age, is_end in zip(places, ages, torch.isin(tokens, self._ends).tolist(), strict=True):
            self._ages[place] = min(age + 1, self._new_tokens)
            self._is_done[place] |= is_end or age + 1 >= self._new_tokens
        return tokens

    def _refill(self, batch: Batch, begun: Sequence[Batch]) -> None:
        """Give the rows that were `begun` places in `batch`: those of rows that have ended, where there are enough."""
        ended = [row for row, place in enumerate(batch.places) if self._is_done[place]]
        if sum(len(some.places) for some in begun) > len(ended) or len(ended) == len(batch.places):
            self._gather(batch, begun)
            return
        for some in begun:
            rows, ended = ended[: len(some.places)], ended[len(some.places) :]
            at = torch.tensor(rows, device=batch.tokens.device)
            batch.memory.replace(at, some.memory)
            batch.tokens[at] = some.tokens
            for row, place in zip(rows, some.places, strict=True):
                batch.places[row] = place

    def _gather(self, batch: Batch, begun: Sequence[Batch]) -> None:
        """Keep the rows that have not ended, and add those that were `begun`."""
        rows = self._open(batch)
        at = torch.tensor(rows, dtype=torch.long, device=batch.tokens.device)
        batch.places = [batch.places[row] for row in rows] + [place for some in begun for place in some.places]
        columns = max(1, *(self._remembered(place) for place in batch.places))
        batch.memory.gather(at, [some.memory for some in begun], columns)
        batch.tokens = torch.cat([batch.tokens[at], *(some.tokens for some in begun)])

    def _step(self, batch: Batch) -> None:
        """One token more for each row."""
        remembered = [self._remembered(place) for place in batch.places]
        columns = max(1, *remembered)
        batch.memory.forget(columns)
        lengths = torch.tensor(remembered, device=batch.tokens.device)[:, None]
        mask = torch.arange(columns + 1, device=batch.tokens.device) >= columns - lengths
        logits = self._forward(batch.tokens[:, None], mask, lengths, batch.memory)
        batch.tokens = self._next(logits, batch.places)
