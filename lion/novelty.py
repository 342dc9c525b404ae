"""How close a text comes to the instructions that are known. Knows ROUGE-L, and nothing of pools or prompts.

ROUGE-L F1 of two texts of m and n words whose longest common subsequence has L: with precision L / m and recall L / n
their harmonic mean (Lin, 2004), computed in the order in which rouge-score does, so that a decision at the limit is the
reference's. Exact: no known instruction is passed over, and nothing is estimated.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from lion.errors import DataError
from lion.postings import Postings, Query
from lion.words import words

FLOORS = (0.7, 0.5, 0.3, 0.1)
"""Where nearest neighbours are looked for in turn: the higher the floor, the fewer texts come into question."""
LOWEST = 1e-9
"""Below the F1 of any two texts that share a word."""
FEW = 32
"""So many pairs are aligned quicker one by one."""
RECENT = 2_048
"""So many texts, or a sixty-fourth of all, are kept aside before the postings are built anew."""
CODES = 0x110000 - 0x800 - 1
"""The code points that a string may hold, without the one that stands for words that are nowhere known."""
UNKNOWN = "\0"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The known instruction that a text is closest to; the first of equals."""

    id: str
    f1: float


class Index:
    """Known instructions, to which more may be added, and the nearest of them to a text."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._known: set[str] = set()
        self._ids: list[str] = []
        self._texts: list[str] = []  # one code point a word, so that strings are aligned in place of lists
        self._places: dict[str, int] = {}
        self._vocabulary = _Vocabulary()
        self._flat, self._starts = array("i"), array("q", [0])
        self._recent = array("Q")  # the signatures of the texts that are not in the postings yet
        for id, text in known:
            self._append(id, text)
        self._build()

    def __contains__(self, id: str) -> bool:
        """Whether an instruction is known under `id`."""
        return id in self._known

    def add(self, id: str, text: str) -> None:
        """Make `text` known under `id`. A text without words is close to none, now and later."""
        self._append(id, text)
        if len(self._recent) >= max(RECENT, len(self._ids) // 64):
            self._build()

    def nearest(self, text: str, above: float = 0.0) -> Neighbour | None:
        """The closest known instruction, where it shares a word and its F1 is over `above`; else None.

        The higher `above`, the quicker: at 0.7 a hundredth of the time that it takes to align all.
        """
        return self.nearest_to(words(text), above)

    def nearest_to(self, found: Sequence[str], above: float = 0.0) -> Neighbour | None:
        """The same for a text that is divided into its words already."""
        encoded = self._vocabulary.look_up(found)
        if not found or above >= 1:
            return None
        if encoded in self._places:
            return Neighbour(self._ids[self._places[encoded]], 1.0)
        items = self._vocabulary.items(found)
        query = Query(len(found), items, self._vocabulary.signature(items))
        for floor in (*(step for step in FLOORS if step > above), max(above, LOWEST)):
            place, score = self._best(encoded, self._near(query, floor))
            if score > floor:
                return Neighbour(self._ids[place], score)
        return None

    def _append(self, id: str, text: str) -> None:
        """Texts of the same words are kept once, under the first id: that is the neighbour of whatever is near."""
        self._known.add(id)
        found = words(text)
        encoded = self._vocabulary.learn(found)
        if not found or encoded in self._places:
            return
        items = self._vocabulary.number(found)
        self._places[encoded] = len(self._ids)
        self._ids.append(id)
        self._texts.append(encoded)
        self._flat.extend(items)
        self._starts.append(len(self._flat))
        self._recent.append(self._vocabulary.signature(items))

    def _build(self) -> None:
        self._postings = Postings(
            np.array(self._flat, np.int32), np.array(self._starts, np.int64), np.array(self._vocabulary.bits, np.uint64)
        )
        self._recent = array("Q")

    def _near(self, query: Query, floor: float) -> NDArray[np.int64]:
        """The places of all that may be as near as `floor`, and of some others; repeated and in no order."""
        places = self._postings.near(query, floor)
        if not self._recent:
            return places
        first = len(self._ids) - len(self._recent)
        lengths = np.diff(np.frombuffer(self._starts, np.int64)[first:])
        signatures = np.frombuffer(self._recent, np.uint64)
        differing = np.bitwise_count(signatures ^ np.uint64(query.signature))
        return np.concatenate([places, first + np.flatnonzero(differing <= query.may_differ(lengths, floor))])

    def _best(self, encoded: str, near: NDArray[np.int64]) -> tuple[int, float]:
        """The place with the highest F1, the first of equals, and that F1."""
        if len(near) > FEW:
            return self._best_of_many(encoded, np.unique(near))
        best, highest = -1, 0.0
        for place in sorted(set(near.tolist())):
            text = self._texts[place]
            score = f1(LCSseq.similarity(encoded, text), len(encoded), len(text))
            if score > highest:
                best, highest = place, score
        return best, highest

    def _best_of_many(self, encoded: str, places: NDArray[np.int64]) -> tuple[int, float]:
        texts = list(map(self._texts.__getitem__, places.tolist()))
        common = cdist([encoded], texts, scorer=LCSseq.similarity, dtype=np.int32)[0]
        starts = np.frombuffer(self._starts, np.int64)
        scores = f1s(common, len(encoded), starts[places + 1] - starts[places])
        best = int(scores.argmax())
        return int(places[best]), float(scores[best])


def f1(common: int, one: int, other: int) -> float:
    """ROUGE-L F1 of texts of `one` and `other` words with a longest common subsequence of `common`."""
    if not common:
        return 0.0
    precision, recall = common / one, common / other
    return 2 * precision * recall / (precision + recall)


def f1s(common: NDArray[np.int32], one: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same for many, bit for bit."""
    precision, recall = common / one, common / others
    return np.divide(2 * precision * recall, precision + recall, out=np.zeros(len(others)), where=common > 0)


class _Vocabulary:
    """The words of all known texts: a code point for each, and a number and a bit for each item.

    An item is a word and how often it has come before in the same text.
    """

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._numbers: dict[str | tuple[str, int], int] = {}
        self.bits: list[int] = []
        self._random = Random(0)  # spreads the items over 64 bits; the outcome does not hang on it

    def learn(self, found: Sequence[str]) -> str:
        """One code point for each word; a new one for a word that was not known."""
        return "".join([self._codes.get(word) or self._new_code(word) for word in found])

    def look_up(self, found: Sequence[str]) -> str:
        """The same, with one code point for all words that are not known: they are in no common subsequence."""
        return "".join([self._codes.get(word, UNKNOWN) for word in found])

    def _new_code(self, word: str) -> str:
        number = len(self._codes) + 1
        if number > CODES:
            raise DataError(f"novelty: over {CODES:,} different words in the pool, wanted at most so many. Split it")
        code = chr(number if number < 0xD800 else number + 0x800)  # beyond the code points that no string may hold
        return self._codes.setdefault(word, code)

    def number(self, found: Sequence[str]) -> list[int]:
        """The numbers of the items of a text; new ones for those that were not known."""
        numbers = []
        for item in _items(found):
            number = self._numbers.setdefault(item, len(self._numbers))
            if number == len(self.bits):
                self.bits.append(1 << self._random.randrange(64))
            numbers.append(number)
        return numbers

    def items(self, found: Sequence[str]) -> list[int]:
        """The numbers of those items of a text that are known."""
        numbers = self._numbers
        return [numbers[item] for item in _items(found) if item in numbers]

    def signature(self, items: Iterable[int]) -> int:
        """64 bits, each flipped by the items that it stands for."""
        bits, flipped = self.bits, 0
        for item in items:
            flipped ^= bits[item]
        return flipped


def _items(found: Sequence[str]) -> Iterable[str | tuple[str, int]]:
    """Each word at its first appearance; later ones together with how often it has come before."""
    if len(set(found)) == len(found):
        return found
    seen: dict[str, int] = {}
    items: list[str | tuple[str, int]] = []
    for word in found:
        before = seen.get(word, 0)
        seen[word] = before + 1
        items.append((word, before) if before else word)
    return items
