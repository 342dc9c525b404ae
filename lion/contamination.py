"""Which benchmark items a text overlaps. Knows texts and items, and nothing of files or pools.

With tokens as lion.novelty reads them, a text overlaps an item by the first of these rules that holds:

    exact   its tokens are the item's;
    ngram   they share a run of n tokens (13: Brown et al., 2020, appendix C);
    rouge   one of them has fewer than n tokens, so that they can share no such run, and their ROUGE-L F1 is too high.

A text or an item without tokens overlaps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lion.novelty import Index, tokens
from lion.records import Instruction, Item, Overlap, Rule


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
        words = tokens(text)
        for name, suite in self._suites.items():
            found = suite.find(words, text)
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
        """Lay out one item. Where several have the same tokens or the same run, the first is told."""
        words = tokens(item.text)
        if not words:
            return
        self._exact.setdefault(" ".join(words), item.id)
        for gram in self._runs(words):
            self._grams.setdefault(gram, item.id)
        if len(words) < self._ngram:
            self._short.add(item.id, item.text)
        if self._may_be_near(words):
            self._reachable.add(item.id, item.text)

    def find(self, words: Sequence[str], text: str) -> Found | None:
        """The first item that `text`, with the tokens `words`, overlaps by the first rule that holds."""
        if not words:
            return None
        if (same := self._exact.get(" ".join(words))) is not None:
            return Found(same, "exact")
        for gram in self._runs(words):
            if (sharing := self._grams.get(gram)) is not None:
                return Found(sharing, "ngram", gram)
        if not self._may_be_near(words):
            return None
        index = self._reachable if len(words) < self._ngram else self._short
        near = index.nearest(text, above=self._max_rouge)
        return None if near is None else Found(near.id, "rouge", f1=near.f1)

    def _runs(self, words: Sequence[str]) -> Iterator[str]:
        return (" ".join(words[n : n + self._ngram]) for n in range(len(words) - self._ngram + 1))

    def _may_be_near(self, words: Sequence[str]) -> bool:
        """Whether the F1 of `words` with fewer than n tokens can be over the limit: it is 2 L / (m + k), L ≤ k < n."""
        most = self._ngram - 1
        return 2 * most > self._max_rouge * (len(words) + most)
