"""Marks: an answer graded from 1 to 10 against the right one, with the reason in words and credit for the half right.

It knows nothing about tasks, nor about who gave an answer. Answers are hostile text: they are measured, never quoted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Mark:
    """A score from 1 to 10 and a clause that says why: "gives ...", "is ..."."""

    score: int
    reason: str


Grader: TypeAlias = Callable[[str, str, Mapping[str, str]], Mark]
"""Right answer, given answer (both normalised), content of the task: the mark."""

_LONGEST = 400
_FRAME = re.compile(
    r"^(?:(?:so|well),? )?(?:(?:the|my) (?:right |short )?(?:answer|result) (?:is|here is):? |answer: |result: |"
    r"it is |that is |that makes |this gives |i get |we get )"
)
_TAIL = re.compile(r"(?: is (?:the|my) (?:right |short )?(?:answer|result))?[\s.!]*$")
_SPACE = re.compile(r"\s+")
_SEPARATOR = re.compile(r" ?[,;] ?")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+(?:[.:]\w+)*")
"""A word or number; 5.05 and 3:05 are one each, and not a 5 or a 3 with something behind it."""


def normalise(answer: str) -> str:
    """Return the bare answer: lower case, single spaces, commas between items, no sentence or full stop around it."""
    text = _SPACE.sub(" ", answer[:_LONGEST].strip().lower())
    return _SEPARATOR.sub(", ", _TAIL.sub("", _FRAME.sub("", text, count=1)))


RIGHT = Mark(10, "is right and to the point")
NEARLY_BARE = Mark(9, "is right, with words around it that the task did not ask for")
EMPTY = Mark(1, "says nothing")
BESIDE = Mark(1, "does not answer what was asked")


def grade_number(right: str, given: str, data: Mapping[str, str]) -> Mark:
    """Grade a number (or a clock time): digits in the wrong order, or near ones, count for something."""
    if early := _plain(right, given):
        return early
    found = _NUMBER.findall(given.replace(":", ""))
    if len(found) != 1:
        return Mark(2, "names several numbers, where one was asked for") if found else BESIDE
    wanted, digits = right.replace(":", ""), found[0]
    if digits == wanted:
        return NEARLY_BARE
    return _near_number(wanted, digits)


def _near_number(wanted: str, digits: str) -> Mark:
    if sorted(wanted) == sorted(digits):
        return Mark(5, "has the right digits in the wrong order")
    if len(wanted) == len(digits):
        hits = sum(a == b for a, b in zip(wanted, digits, strict=True))
        if hits and hits == len(wanted) - 1:
            return Mark(4, "is wrong in a single digit")
        return Mark(3, "is a number of the right length, but not the right one")
    return Mark(2, "is a number, but far from the right one")


def grade_list(right: str, given: str, data: Mapping[str, str]) -> Mark:
    """Grade items in order, parted by commas, or letters parted by spaces: right items count, their order as well."""
    if early := _plain(right, given):
        return early
    separator = ", " if ", " in right else " "
    wanted, found = right.split(separator), given.split(separator)[: 2 * len(right)]
    if sorted(wanted) == sorted(found):
        return Mark(5, "has the right items in the wrong order")
    share = 2 * _common(wanted, found) / (len(wanted) + len(found))
    if share == 0:
        return BESIDE
    return Mark(2 + int(5 * share), "has some of the items in their places, but not all")


def grade_choice(right: str, given: str, data: Mapping[str, str]) -> Mark:
    """Grade one word out of those that the task offers: a wrong one of them is at least to the matter."""
    if early := _plain(right, given):
        return early
    words = set(_WORD.findall(given))
    offered = set(_WORD.findall(" ".join(data.values()).lower())) | {"yes", "no"}
    if right in words and len(words & offered) == 1:
        return NEARLY_BARE
    if right in words:
        return Mark(4, "names the right one among others and does not decide")
    return Mark(3, "chooses a wrong one") if words & offered else BESIDE


def grade_name(right: str, given: str, data: Mapping[str, str]) -> Mark:
    """Grade one word out of a closed set that the task does not list, such as the months."""
    if early := _plain(right, given):
        return early
    words = _WORD.findall(given)
    if right in words:
        return NEARLY_BARE if len(words) <= 8 else Mark(6, "has the right word somewhere in much else")
    return Mark(3, "gives one word, but a wrong one") if len(words) == 1 else BESIDE


def _plain(right: str, given: str) -> Mark | None:
    if given == right:
        return RIGHT
    return None if given else EMPTY


def _common(left: list[str], right: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for a in left:
        diagonal = 0
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], diagonal + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]
