"""A wording: one way of putting a family's task into words, and of reading the task's content back out of the words.

It knows nothing about families or answers. The notation is that of `str.format` with choices added: `{a}` is a slot,
`[x|y]` one of several phrases, and `||` parts the instruction from its input. Slots in `SLOTS` carry content; those
in `lexicon.FILLERS` are scenery, drawn anew each time and ignored when the text is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import TypeAlias

from lion.classroom.curriculum.lexicon import FILLERS, ORDINALS

Data: TypeAlias = Mapping[str, str]
"""The content of a task: slot to text, exactly as it stands in the task."""

_NUMBER, _NAME, _WORD, _LETTER = r"\d+", r"[A-Z][a-z]+", r"[a-z]+", r"[A-Z]\b"
SLOTS = {
    **dict.fromkeys(("a", "b", "c"), _NUMBER),
    "numbers": r"\d+(?:, \d+)+",
    "gapped": r"[\d_]+(?:, [\d_]+)+",
    "words": r"[a-z]+(?:, [a-z]+)+",
    "letters": r"[A-Z](?: [A-Z])+\b",
    **dict.fromkeys(("p", "q"), _NAME),
    "w": _WORD,
    "hues": r"[a-z]+(?:, [a-z]+)+",
    "gone": r"[a-z]+(?:, [a-z]+)*",
    "chain": r"[A-Z][a-z]+(?: > [A-Z][a-z]+)+",
    **dict.fromkeys(("x", "y"), _LETTER),
    "ordinal": "|".join(ORDINALS),
    **dict.fromkeys(("day", "month"), _NAME),
    "relation": "larger|smaller",
    "rows": r"[A-Z][a-z]+ \| \d+(?:\n[A-Z][a-z]+ \| \d+)+",
}
INPUT_MARK = "||"
_PART = re.compile(r"\{(?P<slot>\w+)\}|\[(?P<choice>[^\]]*)\]|(?P<text>[^\[{]+)")
_GROUP = re.compile(r"\(\?P<(\w+)>[^)(]*(?:\([^)(]*\)[^)(]*)*\)")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Task:
    """What a person would ask: an instruction and, where `input` is not empty, the data that it speaks of."""

    instruction: str
    input: str = ""

    @property
    def text(self) -> str:
        """The task as one text, its input on a line of its own."""
        return f"{self.instruction}\n{self.input}" if self.input else self.instruction


def fill(template: str, data: Data, rng: Random) -> str:
    """Return the template in words: content from `data`, scenery and choices drawn with `rng`."""
    return _fill(template, data, {}, rng)


def _fill(template: str, data: Data, scenery: dict[str, str], rng: Random) -> str:
    return "".join(_said(part, data, scenery, rng) for part in _PART.finditer(template))


def _said(part: re.Match[str], data: Data, scenery: dict[str, str], rng: Random) -> str:
    if part["text"] is not None:
        return part["text"]
    if part["choice"] is not None:
        return _fill(rng.choice(part["choice"].split("|")), data, scenery, rng)
    slot = part["slot"]
    if slot in data:
        return data[slot]
    if slot not in scenery:
        scenery[slot] = rng.choice([item for item in FILLERS[slot] if item not in scenery.values()])
    return scenery[slot]


def pattern_of(template: str) -> str:
    """Return the regular expression that reads the template's words back, one named group a content slot."""
    return "".join(_read(part) for part in _PART.finditer(template))


def _read(part: re.Match[str]) -> str:
    if part["text"] is not None:
        return re.escape(part["text"])
    if part["choice"] is not None:
        return "(?:" + "|".join(pattern_of(choice) for choice in part["choice"].split("|")) + ")"
    slot = part["slot"]
    return f"(?P<{slot}>{SLOTS[slot]})" if slot in SLOTS else r"[A-Za-z]+"


def _named_once(pattern: str) -> str:
    """Return the pattern with every slot after its first mention turned into a reference back to it."""
    seen: set[str] = set()

    def first_or_back(group: re.Match[str]) -> str:
        name = group[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return group[0]

    return _GROUP.sub(first_or_back, pattern)


@dataclass(frozen=True)
class Wording:
    """One template. Reading is exact: what `pose` wrote, `read` recovers, whatever stands before or after it."""

    template: str

    def pose(self, data: Data, rng: Random, opener: str = "", closer: str = "") -> Task:
        """Return the task in words."""
        head, _, tail = self.template.partition(INPUT_MARK)
        said = fill(head.strip(), data, rng)
        around = (fill(opener, {}, rng), said, fill(closer, {}, rng))
        return Task(" ".join(part for part in around if part), fill(tail.strip(), data, rng))

    def read(self, text: str) -> dict[str, str] | None:
        """Return the content of a text posed in this wording, or None."""
        found = self._pattern.search(text)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        head, _, tail = self.template.partition(INPUT_MARK)
        pattern = pattern_of(head.strip())
        return re.compile(_named_once(rf"{pattern}[\s\S]*?\n{pattern_of(tail.strip())}" if tail else pattern))

    def word_pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each two neighbouring words that every text in this wording has."""
        for part in _PART.finditer(self.template):
            words = WORD.findall(part["text"] or "")
            yield from pairwise(words)
