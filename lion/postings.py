"""Which known texts may overlap with a text by more than a floor: an inverted index with the filters of set-similarity
joins. Knows item numbers and lengths, and nothing of words, ids or how an overlap is measured.

A text of n words is the set of its n items: a word and how often it has come before, so that repetitions count. Two
texts of m and n items whose longest common subsequence has L have F1 = 2 L / (m + n), and L is at most the number of
items they share. F1 ≥ t therefore asks for

- L ≥ t (m + n) / 2, and so for n between m t / (2 - t) and m (2 - t) / t (length filter);
- a shared item among the first m - L + 1 of one text, rarest first (prefix filter: Chaudhuri et al., ICDE 2006;
  Xiao et al., WWW 2008);
- at most (1 - t) (m + n) items that only one of the two has (Hamming filter). An item flips one bit of 64, so that
  the bits in which two signatures differ are never more than those items.

Every filter lets through what it cannot rule out, so nothing that overlaps enough is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 1e-9
"""What rounding may be off by in a bound: a text that lies on it is let through."""
LENGTH_BITS = 32
LONGEST = (1 << LENGTH_BITS) - 1


@dataclass(frozen=True, slots=True)
class Query:
    """A text to be looked for: how many items it has, and those that are in the vocabulary, with their signature."""

    length: int
    items: Sequence[int]
    signature: int

    def may_differ(self, lengths: NDArray[np.int64], floor: float) -> NDArray[Any]:
        """In how many bits a text of each of `lengths` may differ at most. Items outside the vocabulary have none."""
        return (1 - floor) * (self.length + lengths) + (SLACK - (self.length - len(self.items)))


class Postings:
    """Texts by item and, within one, by length. Never changed: a new one is built when enough texts have come.

    `flat` holds the items of all texts one after another, `starts` (texts + 1) where each begins, `bits` (vocabulary)
    the bit of each item. A text's place is its number in `starts`.
    """

    def __init__(self, flat: NDArray[np.int32], starts: NDArray[np.int64], bits: NDArray[np.uint64]) -> None:
        lengths = np.diff(starts)
        places = np.repeat(np.arange(len(lengths)), lengths)
        ranks = _ranks(flat, len(bits))
        keys = (ranks[flat] << LENGTH_BITS) | lengths[places]
        order = np.argsort(keys, kind="stable")
        signatures = np.bitwise_xor.reduceat(bits[flat], starts[:-1]) if len(flat) else bits[:0]
        self._ranks: list[int] = ranks.tolist()
        self._keys = keys[order]
        self._places = places[order]
        self._signatures = signatures[self._places]

    def near(self, query: Query, floor: float) -> NDArray[np.int64]:
        """The places of all texts whose F1 with `query` may be at least `floor`, and of some others; repeated."""
        bounds = self._bounds(query, floor)
        edges = self._keys.searchsorted(bounds).tolist() if bounds else []
        spans = [slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True) if first < last]
        if not spans:
            return self._places[:0]
        differing = np.bitwise_count(
            np.concatenate([self._signatures[span] for span in spans]) ^ np.uint64(query.signature)
        )
        lengths = np.concatenate([self._keys[span] for span in spans]) & LONGEST
        places = np.concatenate([self._places[span] for span in spans])
        near: NDArray[np.int64] = places[differing <= query.may_differ(lengths, floor)]
        return near

    def _bounds(self, query: Query, floor: float) -> list[int]:
        """First and last key, in turn, of the postings of each item in the prefix; the rarest item first."""
        known = len(self._ranks)
        ranks = sorted([self._ranks[item] for item in query.items if item < known])
        length = query.length
        shortest = int(length * floor / (2 - floor) - SLACK) + 1
        bounds = []
        # The item at `place`, rarest first, has length - place items from itself on: they must suffice for L.
        for place, rank in enumerate(ranks, length - len(ranks)):
            longest = min(int(2 * (length - place) / floor - length + SLACK), LONGEST - 1)
            if longest < shortest:
                break
            bounds += [(rank << LENGTH_BITS) + shortest, (rank << LENGTH_BITS) + longest + 1]
        return bounds


def _ranks(flat: NDArray[np.int32], vocabulary: int) -> NDArray[np.int64]:
    """The place of each item in the order from the rarest to the commonest."""
    ranks = np.empty(vocabulary, np.int64)
    ranks[np.argsort(np.bincount(flat, minlength=vocabulary), kind="stable")] = np.arange(vocabulary)
    return ranks
