"""Tables of names and numbers: a value, the owner of a value. Knows nothing about the others."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import NAMES
from lion.classroom.curriculum.marks import grade_choice
from lion.classroom.curriculum.wording import Data


def _rows(rng: Random, size: int) -> Data:
    rows = zip(rng.sample(NAMES, size), rng.sample(range(2, 100), size), strict=True)
    return {"rows": "\n".join(f"{name} | {number}" for name, number in rows)}


def _with_name(rng: Random, size: int) -> Data:
    data = _rows(rng, size)
    return {**data, "p": rng.choice(list(_read(data)))}


def _with_number(rng: Random, size: int) -> Data:
    data = _rows(rng, size)
    return {**data, "a": rng.choice(list(_read(data).values()))}


def _read(data: Data) -> dict[str, str]:
    rows = (row.split(" | ") for row in data["rows"].split("\n"))
    return {name: number for name, number in rows}


def _height(data: Data) -> int:
    return data["rows"].count("\n") + 1


def _owner(data: Data) -> str:
    return next(name for name, number in _read(data).items() if number == data["a"])


FAMILIES = (
    Family(
        "lookup", "tables", (2, 3, 4), _with_name, _height, lambda data: _read(data)[data["p"]], grade_choice,
        (
            "How many {things} does {p} have?\n{rows}",
            "[Read|Look at] the table of the {place}.\n{rows}\n[Tell me|Say|Find] the number of {p}.",
            "These are the points of a game.\n{rows}\nHow many points went to {p}?",
            "What number stands beside {p} in the {colour} table? || {rows}",
            "[Find|Give|Name] the entry for {p}[| at the {place}]. || {rows}",
        ),
        (
            "{rows}\nThe row of {p} says",
            "Value of {p}?\n{rows}",
            "Pages read:\n{rows}\n{p} read",
            "{rows}\n{p}:",
            "{rows}\nIn the table, beside {p}, is",
            "{rows}\nThe [number|entry|points] of {p}:",
            "{name} made a list.\n{rows}\n{p} has",
        ),
    ),
    Family(
        "owner", "tables", (2, 3, 4), _with_number, _height, _owner, grade_choice,
        (
            "Who has exactly {a} {things}?\n{rows}",
            "[Read|Look at] the list from the {place}.\n{rows}\n[Tell me|Say|Find] whose number is {a}.",
            "These are the scores of a match.\n{rows}\nWhich player got {a}?",
            "What name stands beside {a} in the {colour} table? || {rows}",
            "[Find|Give|Name] the person with the entry {a}[| at the {place}]. || {rows}",
        ),
        (
            "{rows}\nThe row with {a} is of",
            "{a} belongs to?\n{rows}",
            "Pages read:\n{rows}\n{a} pages were read by",
            "{rows}\n{a}:",
            "{rows}\nIn the table, beside {a}, is",
            "{rows}\nThe [person|name|player] with {a}:",
            "{name} made a list.\n{rows}\nWho has {a}:",
        ),
    ),
)  # fmt: skip
