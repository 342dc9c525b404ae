"""Logic: what is left when one thing is ruled out, who comes first in a chain, whether a claim holds.

Knows nothing about the other categories.
"""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import COLOURS, NAMES
from lion.classroom.curriculum.marks import grade_choice
from lion.classroom.curriculum.wording import Data


def _boxes(rng: Random, size: int) -> Data:
    hue, tint = rng.sample(COLOURS, 2)
    return {"hue": hue, "tint": tint, "w": rng.choice((hue, tint))}


def _chain(rng: Random, size: int) -> Data:
    return dict(zip("pqr", rng.sample(NAMES, 3), strict=True))


def _claim(rng: Random, size: int) -> Data:
    a, b = rng.sample(range(2, size + 1), 2)
    return {"a": str(a), "b": str(b), "relation": rng.choice(("larger", "smaller"))}


def _holds(data: Data) -> str:
    return "yes" if (int(data["a"]) > int(data["b"])) == (data["relation"] == "larger") else "no"


FAMILIES = (
    Family(
        "elimination", "logic", (1,), _boxes, lambda data: 1,
        lambda data: data["tint"] if data["w"] == data["hue"] else data["hue"], grade_choice,
        (
            "The {things} are in the {hue} box or the {tint} box. They are not in the {w} one. Which box has them?",
            "{name} owns a {hue} hat and a {tint} hat. Today {name} does not wear the {w} hat. What colour is on?",
            "One door is {hue}, the other {tint}. The {w} door is locked[| at the {place}]. Which door can {name} use?",
            "{name} likes either {hue} or {tint}, but never {w}. [Tell me|Say] the colour that {name} likes.",
            "Name the team that is still in the game. || {hue} and {tint} play, {w} is out",
        ),
        (
            "{hue} or {tint}, not {w}:",
            "Either {hue} or {tint} is true; {w} is false. True is",
            "The cat sits on the {hue} chair or on the {tint} chair. The {w} chair is empty. It sits on",
            "Not {w}. So of {hue} and {tint} it is",
            "[Box|Door|Hat|Team] {hue} or {tint}, but not {w}, so",
            "{name} likes {hue} or {tint}, never {w}. {name} likes the colour",
            "One is {hue}, the other {tint}. {w} is out. Still in:",
        ),
    ),
    Family(
        "seniority", "logic", (1,), _chain, lambda data: 1, lambda data: data["p"], grade_choice,
        (
            "{p} is older than {q}, and {q} is older than {r}. Who is the oldest?",
            "{q} is taller than {r}, but {p} is taller than {q}. Name the tallest of them.",
            "{p} came in before {q} [at the {place}|in the race], {q} before {r}. Who was in front of all?",
            "{r} is younger than {q}; {q} is younger than {p}. Who has lived the longest?",
            "Say who is the strongest. || {p} beats {q}, {q} beats {r}",
            "{q} runs slower than {p}, and {r} slower than {q}. Which of the three is quickest?",
        ),
        (
            "{p} > {q}, {q} > {r}. Top:",
            "{r} < {q}, {q} < {p}. Top:",
            "{p} is ahead of {q}, who is ahead of {r}. The leader is",
            "{q} sits above {r} and {p} sits above {q}. Highest sits",
            "{p} is older than {q}, {q} older than {r}. Oldest is",
            "{q} is [younger|slower] than {p}, {r} than {q}. First of all is",
            "{q} beats {r}, and {p} beats {q}. [Strongest|Best|Tallest]:",
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
