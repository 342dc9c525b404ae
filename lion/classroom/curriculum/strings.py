"""Strings: letters replaced and counted, and the first letters of words. Knows nothing about the others."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import LETTERS, WORDS
from lion.classroom.curriculum.marks import grade_list, grade_number
from lion.classroom.curriculum.wording import Data


def _replacing(rng: Random, size: int) -> Data:
    letters = rng.sample(LETTERS, size + 1)
    return {"letters": " ".join(letters[1:]), "x": rng.choice(letters[1:]), "y": letters[0]}


def _counting(rng: Random, size: int) -> Data:
    x, *others = rng.sample(LETTERS, 3)
    letters = [x] * rng.randint(1, size - 1)
    letters += rng.choices(others, k=size - len(letters))
    rng.shuffle(letters)
    return {"letters": " ".join(letters), "x": x}


def _words(rng: Random, size: int) -> Data:
    return {"words": ", ".join(rng.sample(WORDS, size))}


def _length(data: Data) -> int:
    return len(data["letters"].split())


FAMILIES = (
    Family(
        "replacement", "strings", (2, 3, 4), _replacing, _length,
        lambda data: data["letters"].replace(data["x"], data["y"]), grade_list,
        (
            "[Replace|Exchange] the letter {x} by {y} in {letters}.",
            "{name} has the code {letters} and changes {x} to {y}. What is the new code?",
            "Write {letters} again, but with {y} in place of {x}.",
            "In the word {letters} every {x} becomes {y}. [Show|Give] the new word.",
            "Put the letter {y} wherever {x} stands. || {letters}",
            "{friend} rubs out {x} on the {colour} sign {letters} and paints {y} there. What does it say?",
        ),
        (
            "{letters} with {x} as {y}:",
            "Swap {x} for {y}: {letters}.",
            "{name} types {letters}, but the key {x} gives {y}. On the page stands",
            "{x} is now {y}, so {letters} is now",
            "Replace {x} by {y} in {letters}:",
            "The code {letters}, where every {x} becomes {y}, is",
            "{letters}, {y} in place of {x}, is",
        ),
    ),
    Family(
        "letter-count", "strings", (3, 4, 5), _counting, _length,
        lambda data: str(data["letters"].split().count(data["x"])), grade_number,
        (
            "How often does the letter {x} stand in {letters}?",
            "Count every {x} in the code {letters}[| for {name}].",
            "{name} wrote {letters} on the {colour} board. How many times did {name} write {x}?",
            "[Work out|Find|Tell me] the number of letters {x} among {letters}.",
            "How many of these letters are {x}? || {letters}",
        ),
        (
            "Count of {x} in {letters}:",
            "{letters} - {x} comes up this many times:",
            "{name} holds the tiles {letters}. Tiles with {x}:",
            "Number of {x}: {letters}.",
            "How [often|many times] {x} stands in {letters}:",
            "Among {letters} the letter {x} stands as often as",
            "{name} counts {x} on the sign {letters}:",
        ),
    ),
    Family(
        "initials", "strings", (2, 3), _words, lambda data: data["words"].count(",") + 1,
        lambda data: " ".join(word[0].upper() for word in data["words"].split(", ")), grade_list,
        (
            "[Write|Say|Give] the first letters of {words}.",
            "What initials do the words {words} have?",
            "{name} makes a code from the beginnings of {words}. Which letters are used?",
            "With which letter does each word start: {words}?",
            "Keep only the opening letter of each word[| for {friend}]. || {words}",
            "The {place} club is named after {words}. How is it shortened to capitals?",
        ),
        (
            "Initials: {words}.",
            "{words} begin with",
            "{name} labels {words} by one letter each:",
            "Heads of the words {words}:",
            "The first letters of {words} are",
            "Each word of {words} starts with",
            "The code from {words}, [opening letters|capitals] only:",
        ),
    ),
)  # fmt: skip
