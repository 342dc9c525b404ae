"""Kinds of instructions: the classroom's categories for what the classroom wrote, for all else the opening word.

Instruction data has no categories of its own; opening verbs (*write*, *explain*) are what Self-Instruct
(arXiv 2212.10560, figure 2) shows its variety by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from lion.classroom.curriculum import recognise
from lion.records import Instruction
from lion.words import words

MOST = 20
OTHER = "other"
OPENING = 200
"""Characters in which the first word is looked for."""


class Categories:
    """The categories of `texts`: the classroom's where it wrote most of them, else the most frequent opening words."""

    def __init__(self, texts: Collection[str]) -> None:
        self._is_classroom = 2 * sum(recognise(text) is not None for text in texts) > len(texts)
        counts = Counter(opening(text) for text in texts)
        del counts[""]
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        self._openings = frozenset(ranked[:MOST])

    def of(self, text: str) -> str:
        """The category of `text`, `other` where it has none of them."""
        if self._is_classroom:
            problem = recognise(text)
            return problem.family.category if problem else OTHER
        word = opening(text)
        return word if word in self._openings else OTHER


def whole(instruction: Instruction) -> str:
    """An instruction with its input, as one text."""
    return "\n".join(filter(None, (instruction.instruction, instruction.input)))


def opening(text: str) -> str:
    """The first word of `text`, in lower case; empty where it has none."""
    return next(iter(words(text[:OPENING])), "")
