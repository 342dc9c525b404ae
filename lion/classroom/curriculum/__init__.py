"""The curriculum: everything that the embedded expert knows, from the most asked family to the rarest.

It knows nothing about chat messages, pools or students. `recognise` finds out from a text alone which family's task it
is: every wording is filed under a pair of neighbouring words that few others have, so that a text is tried against
one or two wordings and not against hundreds.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from lion.classroom.curriculum import (
    arithmetic,
    comparison,
    lists,
    logic,
    sequences,
    strings,
    tables,
    times,
    units,
)
from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.wording import WORD, Data, Task, Wording

_ROOMS = (arithmetic, comparison, lists, strings, times, units, logic, tables, sequences)
_COMMONEST_FIRST = (
    "metres", "largest", "position", "money", "next-number", "addition", "lookup", "doubling", "smallest",
    "missing-number", "kilograms", "having-more", "claims", "initials", "neighbour", "letter-count", "subtraction",
    "elimination", "owner", "weekday", "replacement", "next-letter", "seniority", "month",
)  # fmt: skip

BY_NAME: dict[str, Family] = {family.name: family for room in _ROOMS for family in room.FAMILIES}
FAMILIES: tuple[Family, ...] = tuple(BY_NAME[name] for name in _COMMONEST_FIRST)
CATEGORIES: tuple[str, ...] = tuple(dict.fromkeys(family.category for family in FAMILIES))
_RANK = {family.name: rank for rank, family in enumerate(FAMILIES)}


@dataclass(frozen=True, slots=True)
class Problem:
    """A task understood: whose it is and what it is about."""

    family: Family
    data: Data

    @property
    def answer(self) -> str:
        return self.family.answer(self.data)


def recognise(text: str) -> Problem | None:
    """Return the problem that a text poses, or None where it is none of the curriculum's."""
    index = _index()
    for pair in dict.fromkeys(pairwise(WORD.findall(text))):
        for family, wording in index.get(pair, ()):
            data = wording.read(text)
            if data is not None and _makes_sense(family, data):
                return Problem(family, data)
    return None


def _makes_sense(family: Family, data: Data) -> bool:
    """Return whether there is an answer: a text from outside may ask for the sixth of three words."""
    try:
        family.answer(data)
    except (ValueError, LookupError, StopIteration):
        return False
    return True


def rarer(family: Family) -> tuple[Family, ...]:
    """Return the families of the same category that are asked less often; for the rarest, itself alone."""
    found = [f for f in FAMILIES[_RANK[family.name] + 1 :] if f.category == family.category]
    return tuple(found) or (family,)


@cache
def _index() -> dict[tuple[str, str], list[tuple[Family, Wording]]]:
    wordings = [(family, wording) for family in FAMILIES for wording in family.wordings]
    counts: dict[tuple[str, str], int] = {}
    for _, wording in wordings:
        for pair in set(wording.word_pairs()):
            counts[pair] = counts.get(pair, 0) + 1
    index: dict[tuple[str, str], list[tuple[Family, Wording]]] = {}
    for family, wording in wordings:
        index.setdefault(min(wording.word_pairs(), key=counts.__getitem__), []).append((family, wording))
    return index


__all__ = ["BY_NAME", "CATEGORIES", "FAMILIES", "Data", "Family", "Problem", "Task", "rarer", "recognise"]
