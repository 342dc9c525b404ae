"""A skill family: one kind of task, which it can pose, solve from the text alone, and grade.

It knows nothing about the other families, nor about how often any of them is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from random import Random

from lion.classroom.curriculum import lexicon
from lion.classroom.curriculum.marks import Grader, Mark, normalise
from lion.classroom.curriculum.wording import Data, Task, Wording

HELD_OUT_SHARE = 0.1
"""Of all contents, the share kept for each of the two exams."""


@dataclass(frozen=True)
class Family:
    """`draw(rng, size)` makes content of at most that size, `size(data)` measures it, `answer(data)` solves it.

    `sizes` are the difficulties, rising. `wordings` are for pools and exams, `base_wordings` for pre-training alone.
    """

    name: str
    category: str
    sizes: tuple[int, ...]
    draw: Callable[[Random, int], Data]
    size: Callable[[Data], int]
    answer: Callable[[Data], str]
    grader: Grader
    templates: tuple[str, ...]
    base_templates: tuple[str, ...]
    symmetric: bool = False

    @cached_property
    def wordings(self) -> tuple[Wording, ...]:
        return tuple(Wording(template) for template in self.templates)

    @cached_property
    def base_wordings(self) -> tuple[Wording, ...]:
        return tuple(Wording(template) for template in self.base_templates)

    def content(self, rng: Random, split: str, size: int | None = None) -> Data:
        """Return content that belongs to the split "pool", "validation" or "test", of a given or a random size."""
        while True:
            data = self.draw(rng, size or rng.choice(self.sizes))
            if self.split(data) == split:
                return data

    def split(self, data: Data) -> str:
        """Return where the content belongs. It hangs on the content alone, so no wording can carry it elsewhere."""
        values = sorted(data.values()) if self.symmetric else [f"{slot}={data[slot]}" for slot in sorted(data)]
        digest = blake2b("\x1f".join([self.name, *values]).encode(), digest_size=4).digest()
        share = int.from_bytes(digest) / 2**32
        return "test" if share < HELD_OUT_SHARE else "validation" if share < 2 * HELD_OUT_SHARE else "pool"

    def pose(self, data: Data, rng: Random) -> Task:
        """Return the content as a task, in one of many wordings."""
        opener = rng.choice(lexicon.OPENERS) if rng.random() < 0.8 else ""
        closer = rng.choice(lexicon.CLOSERS) if rng.random() < 0.7 else ""
        return rng.choice(self.wordings).pose(data, rng, opener, closer)

    def level(self, data: Data) -> int:
        """Return the smallest of the family's sizes that admits the content."""
        return next((size for size in self.sizes if size >= self.size(data)), self.sizes[-1])

    def grade(self, data: Data, given: str) -> Mark:
        """Return the mark of an answer to the task with this content."""
        return self.grader(normalise(self.answer(data)), normalise(given), data)
