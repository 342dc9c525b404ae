"""How close a text comes to the instructions that are known. Knows ROUGE-L, and nothing of pools or prompts.

ROUGE-L F1 of two token lists of m and n tokens, whose longest common subsequence has L: 2 L / (m + n)
(Lin, 2004, with precision and recall weighted alike). Exact: every known instruction is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The known instruction that a text is closest to; the first of equals."""

    id: str
    f1: float


def tokens(text: str) -> list[str]:
    """The words of `text`: lower case, runs of letters and digits. Equal to rouge-score's on ASCII text."""
    return WORD.findall(text.lower())


class Index:
    """Known instructions, to which more may be added, and the nearest of them to a text."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._vocabulary: dict[str, str] = {}
        self._known: set[str] = set()
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._lengths: list[int] = []
        for id, text in known:
            self.add(id, text)

    def add(self, id: str, text: str) -> None:
        """Make `text` known under `id`."""
        encoded = self._encode(text)
        self._known.add(id)
        self._ids.append(id)
        self._texts.append(encoded)
        self._lengths.append(len(encoded))

    def __contains__(self, id: str) -> bool:
        """Whether an instruction is known under `id`."""
        return id in self._known

    def nearest(self, text: str, above: float = -1.0) -> Neighbour | None:
        """The closest known instruction and its F1, where that is over `above`; None where there is none.

        A text without words is close to none.
        """
        if not self._texts:
            return None
        encoded = self._encode(text)
        common = cdist([encoded], self._texts, scorer=LCSseq.similarity, dtype=np.int32)[0]
        lengths = np.asarray(self._lengths) + len(encoded)
        f1 = 2.0 * common / np.maximum(lengths, 1)
        best = int(f1.argmax())
        return Neighbour(self._ids[best], float(f1[best])) if f1[best] > above else None

    def _encode(self, text: str) -> str:
        """One code point a token, so that strings can be aligned in place of token lists."""
        return "".join(self._code(token) for token in tokens(text))

    def _code(self, token: str) -> str:
        number = len(self._vocabulary) + 1
        if number >= 0xD800:  # the code points that no string may hold
            number += 0x800
        return self._vocabulary.setdefault(token, chr(number))
