"""Rows as the tensors of one forward pass: packed end to end, or padded. Knows nothing of optimiser steps.

Logits are asked for only where something is learned, and a row's last token, after which nothing is learned, is not
fed at all: the same loss, without most of what a large vocabulary costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset

from lion.student.batches import Share
from lion.student.labels import IGNORED, Row

Collate = Callable[[Sequence[Row], int], dict[str, Any]]
"""(rows, pad id) -> what a causal language model's `forward` is given."""


def packed(rows: Sequence[Row], pad_id: int) -> dict[str, Any]:
    """Rows end to end in a single one, positions beginning anew at each: for `lion.student.attention`."""
    lengths = [len(row.ids) - 1 for row in rows]
    begins = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    kept = [
        torch.arange(begin + row.prompt - 1, begin + length)
        for begin, length, row in zip(begins.tolist(), lengths, rows, strict=False)
    ]
    targets = torch.tensor([[token for row in rows for token in row.ids[row.prompt :]]])
    return {
        "input_ids": torch.tensor([[token for row in rows for token in row.ids[:-1]]]),
        "position_ids": torch.cat([torch.arange(length) for length in lengths])[None],
        "cu_seq_lens_q": begins,
        "max_length_q": max(lengths),
        "document_lengths": lengths,
        **_learned(torch.cat(kept), targets),
    }


def padded(rows: Sequence[Row], pad_id: int) -> dict[str, Any]:
    """Rows beside each other, filled up on the right to the longest: for every model."""
    width = max(len(row.ids) for row in rows) - 1
    ids = torch.full((len(rows), width), pad_id)
    mask = torch.zeros_like(ids)
    targets = torch.full_like(ids, IGNORED)
    for place, row in enumerate(rows):
        length = len(row.ids) - 1
        ids[place, :length] = torch.tensor(row.ids[:-1])
        mask[place, :length] = 1
        targets[place, row.prompt - 1 : length] = torch.tensor(row.ids[row.prompt :])
    kept = targets.ne(IGNORED).any(0).nonzero().flatten()
    return {"input_ids": ids, "attention_mask": mask, **_learned(kept, targets[:, kept])}


def _learned(kept: torch.Tensor, targets: torch.Tensor) -> dict[str, torch.Tensor]:
    """transformers' names: `logits_to_keep` are the places, `shift_labels` the next tokens there (rows, places)."""
    return {"logits_to_keep": kept, "shift_labels": targets, "labels": targets}


class Passes(Dataset[dict[str, Any]]):
    """What a device computes in an optimiser step, as tensors."""

    def __init__(self, rows: Sequence[Row], collate: Collate, pad_id: int) -> None:
        self._rows, self._collate, self._pad_id = rows, collate, pad_id
        self._nothing = self._collate([Row("", [pad_id, pad_id], 1, is_cut=False)], pad_id)
        for name in ("shift_labels", "labels"):
            self._nothing[name] = torch.full_like(self._nothing[name], IGNORED)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, share: Share) -> dict[str, Any]:
        """`passes`, one at least, and `learned`: the answer tokens of the step on all devices.

        A device without a row computes one that teaches nothing, because the others wait for its gradients.
        """
        rows = [[self._rows[place] for place in places] for places in share.passes]
        passes = [self._collate(found, self._pad_id) if found else self._nothing for found in rows]
        return {"passes": passes, "learned": share.learned}
