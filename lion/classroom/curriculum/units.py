"""Units: metres, kilograms and euros in their smaller parts. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.marks import grade_number
from lion.classroom.curriculum.wording import Data


def _mixed(rng: Random, size: int) -> Data:
    return {"a": str(rng.randint(1, size)), "b": str(rng.randint(1, 99))}


def _heavy(rng: Random, size: int) -> Data:
    return {"a": str(rng.randint(1, size)), "b": str(rng.randint(100, 999))}


def _cents(rng: Random, size: int) -> Data:
    return {"c": str(rng.randint(101, 100 * size + 99))}


def _number(data: Data) -> int:
    return int(data["a"])


FAMILIES = (
    Family(
        "metres", "units", (9, 30, 99), _mixed, _number,
        lambda data: str(100 * int(data["a"]) + int(data["b"])), grade_number,
        (
            "How many centimetres are {a} metres and {b} centimetres?",
            "{name} has a {colour} rope of {a} m {b} cm. How long is the rope in cm?",
            "[Turn|Change|Convert] {a} m and {b} cm into centimetres alone[| for {friend}].",
            "The {place} wall is {a} m {b} cm wide. Give its width in cm.",
            "Write this length in centimetres. || {a} m {b} cm",
            "{name} jumps {a} metres and {b} cm [at the {place}|today]. How many cm is the jump?",
        ),
        (
            "{a} m {b} cm = ... cm:",
            "cm in {a} m and {b} cm?",
            "A tree is {a} metres and {b} centimetres high. In centimetres it is",
            "Length {a} m {b} cm, only cm:",
            "{a} m and {b} cm in centimetres are",
            "{a} metres {b} centimetres is this many cm:",
            "{name} has a wall, {a} m {b} cm [wide|long]. Its cm are",
        ),
    ),
    Family(
        "kilograms", "units", (9, 30, 99), _heavy, _number,
        lambda data: str(1000 * int(data["a"]) + int(data["b"])), grade_number,
        (
            "How many grams are {a} kilograms and {b} grams?",
            "{name} has a {colour} bag of {a} kg {b} g. How heavy is the bag in g?",
            "[Turn|Change|Convert] {a} kg and {b} g into grams alone[| for {friend}].",
            "The {place} parcel weighs {a} kg {b} g. Give its weight in g.",
            "Write this weight in grams. || {a} kg {b} g",
            "{name} buys {a} kg and {b} g of fruit [at the {place}|today]. How many g is the fruit?",
        ),
        (
            "{a} kg {b} g = ... g:",
            "g in {a} kg and {b} g?",
            "A stone weighs {a} kilograms and {b} grams. In grams it is",
            "Weight {a} kg {b} g, only g:",
            "{a} kg and {b} g in grams are",
            "{a} kilograms {b} grams is this many g:",
            "{name} has a bag, {a} kg {b} g [heavy|of fruit]. Its g are",
        ),
    ),
    Family(
        "money", "units", (3, 9, 50), _cents, lambda data: int(data["c"]) // 100,
        lambda data: f"{int(data['c']) // 100}.{int(data['c']) % 100:02d}", grade_number,
        (
            "How many euros are {c} cents?",
            "{name} pays {c} cents at the {place}. What is that in euros?",
            "[Turn|Change|Convert] {c} cents into euros [for {friend}|with two places].",
            "The {colour} cup costs {c} cents. Write the price in euros.",
            "Give this amount in euros. || {c} cents",
            "{name} saved {c} cents [in a year|from {things}]. How is that written in euros?",
        ),
        (
            "{c} cents = euros:",
            "euros in {c} cents?",
            "The jar holds {c} cents. In euros it holds",
            "Amount {c} c, as euros:",
            "{c} cents in euros are",
            "{c} cents is this amount of euros:",
            "{name} has {c} cents, a price in euros of",
        ),
    ),
)  # fmt: skip
