"""Comparison: the largest, the smallest, who has more. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import NAMES
from lion.classroom.curriculum.marks import grade_choice
from lion.classroom.curriculum.wording import Data


def _numbers(rng: Random, size: int) -> Data:
    return {"numbers": ", ".join(map(str, rng.sample(range(2, 100), size)))}


def _count(data: Data) -> int:
    return data["numbers"].count(",") + 1


def _values(data: Data) -> list[int]:
    return [int(item) for item in data["numbers"].split(", ")]


def _holders(rng: Random, size: int) -> Data:
    (p, q), (a, b) = rng.sample(NAMES, 2), rng.sample(range(2, size + 1), 2)
    return {"p": p, "q": q, "a": str(a), "b": str(b)}


def _richer(data: Data) -> str:
    return data["p"] if int(data["a"]) > int(data["b"]) else data["q"]


FAMILIES = (
    Family(
        "largest", "comparison", (2, 3, 4), _numbers, _count, lambda data: str(max(_values(data))), grade_choice,
        (
            "Which is the largest of the numbers {numbers}?",
            "[Work out|Find|Tell me] the greatest number [here|in this row]: {numbers}.",
            "{name} counted {numbers} {things} [at the {place}|on different days]. What was the highest count?",
            "The {place} offers {numbers} {things}. Take the biggest [offer|lot] and say how many.",
            "Pick the maximum from the numbers [below|that follow]. || {numbers}",
            "Results of {name}: {numbers}. Name the best one, where more is better.",
            "Out of {numbers} {things}, most are how many?",
        ),
        (
            "Largest number: {numbers}.",
            "max {numbers}",
            "{name} drew the numbers {numbers}. No number was above",
            "What number is the top one in {numbers}?",
            "{numbers} - the one above all the rest:",
            "The [largest|greatest|biggest|highest] of {numbers} is",
            "[Maximum|Most|Best], out of {numbers}:",
            "{name} has counts {numbers}; the [biggest|highest] count is",
        ),
    ),
    Family(
        "smallest", "comparison", (2, 3, 4), _numbers, _count, lambda data: str(min(_values(data))), grade_choice,
        (
            "Which is the smallest of the numbers {numbers}?",
            "[Work out|Find|Tell me] the least number [here|in this row]: {numbers}.",
            "{name} counted {numbers} {things} [at the {place}|on different days]. What was the lowest count?",
            "The {place} asks {numbers} coins for {things}. Which price is the cheapest?",
            "Pick the minimum from the numbers [below|that follow]. || {numbers}",
            "{name} ran in {numbers} seconds. Name the fastest time, where less is better.",
        ),
        (
            "Smallest number: {numbers}.",
            "min {numbers}",
            "{name} drew the numbers {numbers}. No number was below",
            "What number is the bottom one in {numbers}?",
            "{numbers} - the one under all the rest:",
            "The [smallest|least|lowest|cheapest] of {numbers} is",
            "[Minimum|Least|Fastest], out of {numbers}:",
            "{name} has prices {numbers}; the [lowest|cheapest] price is",
        ),
    ),
    Family(
        "having-more", "comparison", (20, 50, 99), _holders,
        lambda data: max(int(data["a"]), int(data["b"])), _richer, grade_choice,
        (
            "{p} has {a} {things} and {q} has {b}. Who has more?",
            "Who [owns|keeps] the larger number of {things}, {p} with {a} or {q} with {b}?",
            "At the {place} {p} found {a} {things}, while {q} found {b}. Name the one who found more.",
            "{p} scored {a} and {q} scored {b}. Which of them won [the game|at the {place}]?",
            "Say whose pile of {things} is the higher one. || {p} {a}, {q} {b}",
            "If {p} sells {a} {things} [a day|a week] and {q} sells {b}, who is ahead?",
        ),
        (
            "More {things}: {p} ({a}) or {q} ({b})?",
            "{p} {a} against {q} {b}. First is",
            "{p} picked {a} {things}, {q} picked {b}. The most were picked by",
            "{p} got {a} points; {q} got {b} points. The winner:",
            "{p} has {a}, {q} has {b}, more has",
            "[Ahead|Won|Higher|Larger]: {p} with {a}, {q} with {b}?",
            "{p} sells {a} and {q} sells {b} {things}; more are sold by",
        ),
    ),
)  # fmt: skip
