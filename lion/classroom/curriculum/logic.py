"""Logic: what is left when one thing is ruled out, who comes first in a chain, whether a claim holds.

Knows nothing about the other categories.
"""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import COLOURS, NAMES
from lion.classroom.curriculum.marks import grade_choice
from lion.classroom.curriculum.wording import Data


def _options(rng: Random, size: int) -> Data:
    hues = rng.sample(COLOURS, size)
    left = rng.choice(hues)
    return {"hues": ", ".join(hues), "gone": ", ".join(hue for hue in hues if hue != left)}


def _left(data: Data) -> str:
    """The one option that is not ruled out; ValueError where there is not exactly one."""
    (left,) = set(data["hues"].split(", ")) - set(data["gone"].split(", "))
    return left


def _line(rng: Random, size: int) -> Data:
    return {"chain": " > ".join(rng.sample(NAMES, size))}


def _people(data: Data) -> int:
    return data["chain"].count(">") + 1


def _first(data: Data) -> str:
    return data["chain"].split(" > ")[0]


def _claim(rng: Random, size: int) -> Data:
    a, b = rng.sample(range(2, size + 1), 2)
    return {"a": str(a), "b": str(b), "relation": rng.choice(("larger", "smaller"))}


def _holds(data: Data) -> str:
    return "yes" if (int(data["a"]) > int(data["b"])) == (data["relation"] == "larger") else "no"


FAMILIES = (
    Family(
        "elimination", "logic", (2, 3, 4), _options, lambda data: data["hues"].count(",") + 1, _left, grade_choice,
        (
            "The {things} are in one of the boxes {hues}. They are not in {gone}. Which box has them?",
            "{name} owns several hats: {hues}. Today {name} does not wear {gone}. What colour is on?",
            "The doors are {hues}. Locked for today[| at the {place}] are {gone}. Which door can {name} use?",
            "{name} likes one of {hues}, but never {gone}. [Tell me|Say] the colour that {name} likes.",
            "Name the team that is still in the game. || {hues} play; out: {gone}",
            "[Find|Give|Name] the colour that nobody crossed out. All: {hues}. Crossed out: {gone}.",
        ),
        (
            "{hues} - {gone} =",
            "One of {hues} is true; false: {gone}. True is",
            "The cat sits on a chair: {hues}. Empty are {gone}. It sits on",
            "Not {gone}. So of {hues} it is",
            "[Boxes|Doors|Hats|Teams]: {hues}. Not {gone}, so",
            "All: {hues}. Out: {gone}. Left:",
            "{name} likes one of {hues}. Never {gone}. {name} likes the colour",
            "{hues} came. {gone} went away again. Still here is",
        ),
    ),
    Family(
        "seniority", "logic", (2, 3, 4), _line, _people, _first, grade_choice,
        (
            "Read > as: is older than. {chain}. Who is the oldest?",
            "The race [ended|went] like this, the winner ahead: {chain}. Who won it?",
            "[Find|Name] the tallest of them all[| at the {place}], where > stands for taller: {chain}.",
            "In the queue it is {chain}. Whom does nobody stand before?",
            "Say who beats all the others. || {chain}",
            "By strength they rank {chain}. Who is the strongest?",
        ),
        (
            "{chain}. Top:",
            "Top of {chain} is",
            "{chain}, so the leader is",
            "Ahead of all in {chain}:",
            "{chain}. [The oldest|The winner|The best]:",
            "Ranking {chain}. It begins with",
            "{name} wrote {chain}. Highest is",
        ),
    ),
    Family(
        "claims", "logic", (20, 50, 99), _claim,
        lambda data: max(int(data["a"]), int(data["b"])), _holds, grade_choice,
        (
            "Is it true that {a} is {relation} than {b}?",
            "{name} says: {a} is a {relation} number than {b}. Is {name} right, yes or no?",
            "[Check|Judge] with yes or no whether {a} is {relation} than {b}.",
            "Can one say that {a} {things} are a {relation} pile than {b} {things}?",
            "Does this hold, yes or no? || {a} is {relation} than {b}",
        ),
        (
            "{a} {relation} than {b}:",
            "Claim: {a} is {relation} than {b}. Correct?",
            "{name} wrote that {a} was {relation} than {b}. Did that stand?",
            "Next to {b}, the number {a} is {relation} -",
            "True or not, {a} is {relation} than {b}:",
            "Yes or no, is {a} {relation} than {b}?",
            "Is a pile of {a} {things} {relation} than one of {b}?",
        ),
    ),
)  # fmt: skip
