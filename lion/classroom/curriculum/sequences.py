"""Sequences: the next number, the missing number, the next letter. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import LETTERS
from lion.classroom.curriculum.marks import grade_name, grade_number
from lion.classroom.curriculum.wording import Data


def _rising(rng: Random, size: int) -> Data:
    step, start = rng.randint(1, size), rng.randint(1, 30)
    return {"numbers": ", ".join(str(start + step * i) for i in range(4))}


def _with_gap(rng: Random, size: int) -> Data:
    step, start, gap = rng.randint(1, size), rng.randint(1, 30), rng.randint(1, 3)
    return {"gapped": ", ".join("_" if i == gap else str(start + step * i) for i in range(5))}


def _alphabet(rng: Random, size: int) -> Data:
    step, length = rng.randint(1, size), rng.randint(3, 5)
    start = rng.randrange(26 - step * length)
    return {"letters": " ".join(LETTERS[start : start + step * length : step])}


def _step(data: Data) -> int:
    first, second, *_ = data["numbers"].split(", ")
    return int(second) - int(first)


def _gap_step(data: Data) -> int:
    items = data["gapped"].split(", ")
    return (int(items[4]) - int(items[0])) // 4


def _next_number(data: Data) -> str:
    return str(int(data["numbers"].split(", ")[-1]) + _step(data))


def _missing(data: Data) -> str:
    items = data["gapped"].split(", ")
    return str(int(items[items.index("_") - 1]) + _gap_step(data))


def _letter_step(data: Data) -> int:
    first, second, *_ = data["letters"].split()
    return LETTERS.index(second) - LETTERS.index(first)


def _next_letter(data: Data) -> str:
    return LETTERS[LETTERS.index(data["letters"][-1]) + _letter_step(data)]


FAMILIES = (
    Family(
        "next-number", "sequences", (2, 3, 5), _rising, _step, _next_number, grade_number,
        (
            "Which number comes next: {numbers}?",
            "[Carry|Go] on with the row {numbers} by one number[| for {friend}].",
            "{name} counts in steps: {numbers}. What does {name} say after that?",
            "The {colour} houses have the numbers {numbers}. Guess the number of the house that follows.",
            "[Find|Give|Name] the number that continues the series. || {numbers}",
            "Each week the {place} gets more {things}: {numbers}. How many will the coming week bring?",
        ),
        (
            "{numbers}, ...",
            "Series {numbers}; then",
            "{name} climbs to {numbers} and at the same pace to",
            "Same step once more: {numbers}.",
            "After {numbers} [comes|follows] next",
            "The row {numbers} goes on with",
            "{name} counts {numbers} in steps, and next",
        ),
    ),
    Family(
        "missing-number", "sequences", (2, 3, 5), _with_gap, _gap_step, _missing, grade_number,
        (
            "Which number is missing in {gapped}?",
            "[Fill|Close] the gap in the row {gapped}[| for {friend}].",
            "{name} counts in steps, but one is lost: {gapped}. What belongs at the blank?",
            "On a {colour} fence stand the numbers {gapped}. One has faded; which was it?",
            "[Find|Give|Name] the number that the blank hides. || {gapped}",
            "The {place} numbers its rooms {gapped}. What must the empty sign say?",
        ),
        (
            "{gapped} where _ is",
            "Series {gapped}; hole:",
            "{name} climbs {gapped} at one pace, so _ was",
            "Steady row {gapped}, blank:",
            "In {gapped} the missing number is",
            "The [gap|blank] in the row {gapped} is",
            "{name} counts {gapped} in steps; the lost one is",
        ),
    ),
    Family(
        "next-letter", "sequences", (1, 2, 3), _alphabet, _letter_step, _next_letter, grade_name,
        (
            "Which letter comes next: {letters}?",
            "[Carry|Go] on with the letters {letters} by one[| for {friend}].",
            "{name} walks through the alphabet: {letters}. What letter does {name} reach then?",
            "The {colour} doors are marked {letters}. Guess the mark of the door that follows.",
            "[Find|Give|Name] the letter that continues the pattern. || {letters}",
        ),
        (
            "{letters} ...",
            "Alphabet row {letters}; then",
            "{name} jumps along A to Z at {letters} and at the same pace to",
            "Same letter step once more: {letters}.",
            "After {letters} [comes|follows] next",
            "The letters {letters} go on with",
            "{name} says {letters} of the alphabet, and next",
        ),
    ),
)  # fmt: skip
