"""Lists: an item by its position, the item next to another. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import ORDINALS, WORDS
from lion.classroom.curriculum.marks import grade_choice
from lion.classroom.curriculum.wording import Data


def _words(rng: Random, size: int) -> Data:
    return {"words": ", ".join(rng.sample(WORDS, size))}


def _position(rng: Random, size: int) -> Data:
    return {**_words(rng, size), "ordinal": rng.choice(ORDINALS[:size])}


def _neighbours(rng: Random, size: int) -> Data:
    words = rng.sample(WORDS, size)
    return {"words": ", ".join(words), "w": rng.choice(words[:-1])}


def _length(data: Data) -> int:
    return data["words"].count(",") + 1


def _at_position(data: Data) -> str:
    return data["words"].split(", ")[ORDINALS.index(data["ordinal"])]


def _after(data: Data) -> str:
    words = data["words"].split(", ")
    return words[words.index(data["w"]) + 1]


FAMILIES = (
    Family(
        "position", "lists", (2, 3, 4), _position, _length, _at_position, grade_choice,
        (
            "Which word is the {ordinal} one in {words}?",
            "[Read|Look at] this list: {words}. [Tell me|Say|Write] the {ordinal} item.",
            "{name} packed these things: {words}. What was packed {ordinal}?",
            "In the {place} {name} saw {words}, one by one. The {ordinal} thing was what?",
            "[Find|Give|Name] the {ordinal} entry of the list [below|that follows]. || {words}",
            "From {words}, {name} may keep the {ordinal} only. Which is it?",
        ),
        (
            "{ordinal} of {words}:",
            "List {words}, item {ordinal}?",
            "Cards on the table: {words}. Turn over the {ordinal} card. It shows",
            "{name} said {words}. The {ordinal} word said was",
            "The {ordinal} [item|word|entry|thing] of {words} is",
            "{words}: number {ordinal} is",
            "{name} saw {words}; {ordinal} was",
        ),
    ),
    Family(
        "neighbour", "lists", (2, 3, 4), _neighbours, _length, _after, grade_choice,
        (
            "In the list {words}, which word comes right after {w}?",
            "[Read|Look at] the row {words}. [Tell me|Say|Write] what follows {w}.",
            "{name} visits {words} in turn. Where does {name} go after {w}?",
            "These stand in the {place}: {words}. What is next to {w} on the right?",
            "[Find|Give|Name] the item that directly follows {w}. || {words}",
            "With {words} as the order of the show, {w} is done. Who or what is up next?",
        ),
        (
            "{words}: after {w} is",
            "Row {words}. One step on from {w}?",
            "{name} sings {words}. After the word {w} {name} sings",
            "Behind {w} in {words} there is",
            "What follows {w} in {words} is",
            "Next to {w}, [right after|directly after] it, in {words}:",
            "{name} visits {words}. After {w} comes",
        ),
    ),
)  # fmt: skip
