"""Choosing the next token: the likeliest, or by one random number for each (seed, record, step), whatever the batch.

Knows nothing of prompts, batches or tokenizers. A row's draws depend on the random seed, the record's id and how many
tokens it has already, so that its answer does not hang on which rows stand beside it, on how many processes share the
work, or on where a run was interrupted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import torch

Choose = Callable[[torch.Tensor, Sequence[int], Sequence[int]], torch.Tensor]
"""(logits (rows, vocabulary), which record each row is, how many tokens it has) -> a token for each row."""


def greedy(logits: torch.Tensor, rows: Sequence[int], steps: Sequence[int]) -> torch.Tensor:
    """The likeliest token of each row."""
    return logits.argmax(-1)


class Draw:
    """Chooses by inverse transform sampling from softmax(logits / temperature).

    With `top_p` below 1 the shares are cut to the smallest set of tokens that reaches it (Holtzman et al., 2020).
    """

    def __init__(self, random_seed: int, ids: Sequence[str], temperature: float, top_p: float) -> None:
        self._keys = [f"{random_seed}\x1f{id}" for id in ids]
        self._temperature, self._top_p = temperature, top_p

    def __call__(self, logits: torch.Tensor, rows: Sequence[int], steps: Sequence[int]) -> torch.Tensor:
        """The token of each row; `rows` tells which of the ids the rows of `logits` (rows, vocabulary) belong to."""
        drawn = [uniform(self._keys[row], step) for row, step in zip(rows, steps, strict=True)]
        draws = torch.tensor(drawn, dtype=torch.float64)
        shares = torch.softmax(logits / self._temperature, dim=-1)
        if self._top_p < 1:
            shares = nucleus(shares, self._top_p)
        return pick(shares, draws.to(logits.device))


def uniform(key: str, step: int) -> float:
    """A number in [0, 1) that depends on `key` and `step` alone."""
    digest = hashlib.blake2b(f"{key}\x1f{step}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)


def nucleus(shares: torch.Tensor, top_p: float) -> torch.Tensor:
    """`shares` (rows, vocabulary) with 0 for the tokens outside the smallest set that reaches `top_p`."""
    ordered, places = shares.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered
    return shares.scatter(1, places, ordered.masked_fill(before >= top_p, 0.0))


def pick(shares: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """The token of each row at which the running sum of a row's shares first exceeds its draw."""
    # float32 sums over a large vocabulary would be off by more than a rare token's share.
    sums = shares.double().cumsum(-1)
    chosen = torch.searchsorted(sums, draws[:, None] * sums[:, -1:], right=True)
    return chosen.clamp_(max=shares.shape[-1] - 1).flatten()
