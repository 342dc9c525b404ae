"""Lists: an item by its position, a list turned round, numbers put in order, the item next to another.

Knows nothing about the other categories.
"""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import ORDINALS, WORDS
from lion.classroom.curriculum.marks import grade_choice, grade_list
from lion.classroom.curriculum.wording import Data


def _words(rng: Random, size: int) -> Data:
    return {"words": ", ".join(rng.sample(WORDS, size))}


def _numbers(rng: Random, size: int) -> Data:
    return {"numbers": ", ".join(map(str, rng.sample(range(2, 100), size)))}


def _position(rng: Random, size: int) -> Data:
    return {**_words(rng, size), "ordinal": rng.choice(ORDINALS[:size])}


def _neighbours(rng: Random, size: int) -> Data:
    words = rng.sample(WORDS, size)
    return {"words": ", ".join(words), "w": rng.choice(words[:-1])}


def _length(data: Data) -> int:
    return (data.get("words") or data["numbers"]).count(",") + 1


def _at_position(data: Data) -> str:
    return data["words"].split(", ")[ORDINALS.index(data["ordinal"])]


def _turned(data: Data) -> str:
    return ", ".join(reversed(data["words"].split(", ")))


def _ascending(data: Data) -> str:
    return ", ".join(sorted(data["numbers"].split(", "), key=int))


def _after(data: Data) -> str:
    words = data["words"].split(", ")
    return words[words.index(data["w"]) + 1]


FAMILIES = (
    Family(
        "position", "lists", (3, 4, 5), _position, _length, _at_position, grade_choice,
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
        "turning", "lists", (3, 4, 5), _words, _length, _turned, grade_list,
        (
            "[Write|Say|Give] the list {words} in reverse order.",
            "{name} wants {words} from last to first[| for {friend}].",
            "Turn this list round: {words}.",
            "[Start|Begin] with the last item and go to the first: {words}.",
            "Reverse the order of the items [below|that follow]. || {words}",
            "{name} piled up {words}. In which order do they come off the top?",
        ),
        (
            "Reversed: {words}.",
            "{words} - back to front:",
            "{name} went by {words}. On the way home {name} passes",
            "Flip the row {words}.",
            "The [order|list] {words} [reversed|turned round] is",
            "From last to first, {words} is",
            "{name} takes {words} off the pile, the last on top first:",
        ),
    ),
    Family(
        "ordering", "lists", (3, 4, 5), _numbers, _length, _ascending, grade_list,
        (
            "[Write|Say|Give] the numbers {numbers} in rising order.",
            "{name} wants {numbers} sorted from small to large[| for {friend}].",
            "Arrange {numbers} so that each is larger than the one before.",
            "The {colour} tickets are {numbers}. Line them up, lowest number [first|at the front].",
            "Sort the numbers [below|that follow], the smallest at the start. || {numbers}",
            "Put {numbers} {things} in order of size[| at the {place}].",
        ),
        (
            "Sorted: {numbers}.",
            "sort {numbers}",
            "{numbers} - going up:",
            "{name} holds the cards {numbers}. In a good row they are",
            "In [rising|growing] order {numbers} is",
            "From small to large: {numbers}.",
            "{numbers} put in order, [smallest|lowest] first, is",
        ),
    ),
    Family(
        "neighbour", "lists", (3, 4, 5), _neighbours, _length, _after, grade_choice,
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
