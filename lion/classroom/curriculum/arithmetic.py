"""Arithmetic: adding, taking away, doubling. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.marks import grade_number
from lion.classroom.curriculum.wording import Data


def _two(rng: Random, size: int) -> Data:
    return {"a": str(rng.randint(2, size)), "b": str(rng.randint(2, size))}


def _falling(rng: Random, size: int) -> Data:
    b, a = sorted(rng.sample(range(2, size + 1), 2))
    return {"a": str(a), "b": str(b)}


def _one(rng: Random, size: int) -> Data:
    return {"a": str(rng.randint(3, size))}


def _largest(data: Data) -> int:
    return max(map(int, data.values()))


def _sum(data: Data) -> str:
    return str(sum(map(int, data.values())))


FAMILIES = (
    Family(
        "addition", "arithmetic", (9, 15, 20), _two, _largest, _sum, grade_number,
        (
            "{name} has {a} {things} and [gets|finds|buys] {b} more [at the {place}|from {friend}|today]. "
            "How many does {name} have now?",
            "[Work out|Find|Tell me] the sum of the numbers {a} and {b}.",
            "There are {a} {things} in the {place} and {b} {things} outside. [Give|Say|Find] the total.",
            "Put {a} [new|old|{colour}] {things} together with {b} others. What is the whole?",
            "[How much is it|What comes out] if {b} is added to {a}?",
            "{name} sold {a} {things}, {friend} sold {b}. How many did they sell in all?",
            "Add up the two numbers [below|that follow|from the {place}]. || {a} and {b}",
            "The {place} had {a} visitors on one day and {b} on the next; make that one number.",
        ),
        (
            "What is {a} plus {b}?",
            "{a} + {b} =",
            "A box holds {a} {things}. {name} puts {b} in. Now it holds",
            "Sum: {a} and {b}.",
            "{name} read {a} pages, then {b} pages. All pages read:",
            "Increase {a} by {b}.",
            "The [sum|total|whole] of {a} and {b} is",
            "{a} {things} here, {b} {things} there, in all",
            "{name} had {a}, then [got|found|bought] {b} more; {name} has now",
        ),
        symmetric=True,
    ),
    Family(
        "subtraction", "arithmetic", (9, 15, 20), _falling, _largest,
        lambda data: str(int(data["a"]) - int(data["b"])), grade_number,
        (
            "{name} had {a} {things} and gave {b} [of them|away] to {friend}. How many are left?",
            "[Work out|Find|Tell me] the difference when {b} is taken from {a}.",
            "Of {a} {things} in the {place}, {b} are [sold|lost|gone]. [Count|Name] those that remain.",
            "[Start|Begin] at {a} and go back by {b}. Where do you [land|stop]?",
            "A {colour} box holds {a} {things}, [yet|but] {name} needs only {b}. How many are too many?",
            "Take the smaller number away from the larger one[| for {friend}]. || {a} and {b}",
            "{b} {things} were used up out of {a} [at the {place}|by {name}]. What stays?",
        ),
        (
            "What is {a} minus {b}?",
            "{a} - {b} =",
            "A box holds {a} {things}. {name} takes {b} out. Now it holds",
            "Less: {a} less {b}.",
            "{name} must read {a} pages and has read {b}. Pages to go:",
            "Lower {a} by {b}.",
            "The difference of {a} and {b} is",
            "From {a} {things} [take|lose|sell] {b}; left are",
            "{name} had {a}, then gave away {b}; [remaining|left over|what stays]:",
        ),
    ),
    Family(
        "doubling", "arithmetic", (20, 50, 99), _one, _largest,
        lambda data: str(2 * int(data["a"])), grade_number,
        (
            "{name} has {a} {things}; {friend} has twice that [number|amount]. How many does {friend} have?",
            "[Work out|Find|Tell me] the double of the number {a}.",
            "Two {colour} boxes hold {a} {things} each. What do both boxes hold?",
            "[Multiply|Please multiply] the number {a} by two [for {name}|now].",
            "The {place} needs {a} {things} a day. How many for two days?",
            "Double the number [below|that follows]. || {a}",
        ),
        (
            "What is 2 times {a}?",
            "{a} x 2 =",
            "A pair of bags, {a} {things} in every bag. Together",
            "Make {a} two times as large.",
            "{name} walks {a} steps there and {a} steps back. Steps:",
            "Twice {a} is",
            "The double of {a} [is|makes]",
            "{a} {things} in each of two boxes, in all",
            "{name} has {a}, {friend} has twice as many, that is",
        ),
    ),
)  # fmt: skip
