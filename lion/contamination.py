"""Which benchmark items a text overlaps. Knows texts and items, and nothing of files or pools.

With words as lion.words reads them, a text overlaps an item by the first of these rules that holds:

    exact   its words are the item's;
    ngram   they share a run of n words (13: Brown et al., 2020, appendix C);
    rouge   one of them has fewer than n words, so that they can share no such run, and their ROUGE-L F1 is too high.

A text or an item without words overlaps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lion.novelty import Index
from lion.records import Instruction, Item, Overlap, Rule
from lion.words import words


class Found(NamedTuple):
    """An item that a text overlaps, and by what."""

    item: str
    rule: Rule
    detail: str = ""
    f1: float | None = None


class Contamination:
    """The items of all suites, and which of them a text overlaps. Without items, none."""

    def __init__(self, items: Iterable[Item] = (), ngram: int = 13, max_rouge: float = 0.7) -> None:
        self._suites: dict[str, _Suite] = {}
        for item in items:
            if item.suite not in self._suites:
                self._suites[item.suite] = _Suite(ngram, max_rouge)
            self._suites[item.suite].add(item)

    def overlaps(self, id: str, text: str) -> Iterator[Overlap]:
        """An item of every suite that `text`, known as `id`, overlaps; suites in the order of the items."""
        own = words(text)
        for name, suite in self._suites.items():
            found = suite.find(own)
            if found is not None:
                yield Overlap(id, name, *found)

    def overlap(self, id: str, text: str) -> Overlap | None:
        """The first of `overlaps`; None where there is none."""
        return next(self.overlaps(id, text), None)


def check(instructions: Iterable[Instruction], against: Contamination) -> Iterator[Overlap]:
    """What each instruction, with its input, overlaps: at most one item of a suite."""
    for instruction in instructions:
        yield from against.overlaps(instruction.id, f"{instruction.instruction}\n{instruction.input}")


class _Suite:
    """The items of one suite, laid out for each of the three rules."""

    def __init__(self, ngram: int, max_rouge: float) -> None:
        self._ngram, self._max_rouge = ngram, max_rouge
        self._exact: dict[str, str] = {}
        self._grams: dict[str, str] = {}
        self._short, self._reachable = Index(), Index()

    def add(self, item: Item) -> None:
        """Lay out one item. Where several have the same words or the same run, the first is told."""
        own = words(item.text)
        if not own:
            return
        self._exact.setdefault(" ".join(own), item.id)
        for gram in self._runs(own):
            self._grams.setdefault(gram, item.id)
        if len(own) < self._ngram:
            self._short.add(item.id, item.text)
        if self._may_be_near(own):
            self._reachable.add(item.id, item.text)

    def find(self, own: Sequence[str]) -> Found | None:
        """The first item that a text of the words `own` overlaps, by the first rule that holds."""
        if not own:
            return None
        if (same := self._exact.get(" ".join(own))) is not None:
            return Found(same, "exact")
        for gram in self._runs(own):
            if (sharing := self._grams.get(gram)) is not None:
                return Found(sharing, "ngram", gram)
        if not self._may_be_near(own):
            return None
        index = self._reachable if len(own) < self._ngram else self._short
        near = index.nearest_to(own, above=self._max_rouge)
        return None if near is None else Found(near.id, "rouge", f1=near.f1)

    def _runs(self, own: Sequence[str]) -> Iterator[str]:
        return (" ".join(own[n : n + self._ngram]) for n in range(len(own) - self._ngram + 1))

    def _may_be_near(self, own: Sequence[str]) -> bool:
        """Whether the F1 of `own` with fewer than n words can be over the limit: it is 2 L / (m + k), L ≤ k < n."""
        most = self._ngram - 1
        return 2 * most > self._max_rouge * (len(own) + most)
