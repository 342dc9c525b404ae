"""Dates and times: weekdays and months. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import MONTHS, WEEKDAYS
from lion.classroom.curriculum.marks import grade_name
from lion.classroom.curriculum.wording import Data


def _day(rng: Random, size: int) -> Data:
    return {"day": rng.choice(WEEKDAYS), "a": str(rng.randint(2, size))}


def _month(rng: Random, size: int) -> Data:
    return {"month": rng.choice(MONTHS), "a": str(rng.randint(2, size))}


def _number(data: Data) -> int:
    return int(data["a"])


FAMILIES = (
    Family(
        "weekday", "dates and times", (7, 14, 21), _day, _number,
        lambda data: WEEKDAYS[(WEEKDAYS.index(data["day"]) + int(data["a"])) % 7], grade_name,
        (
            "Today is {day}. Which day of the week will it be in {a} days?",
            "{name} starts on a {day} and needs {a} days [for it|at the {place}]. On what weekday does {name} finish?",
            "[Count|Go] {a} days on from {day}[| for {friend}] and name the weekday.",
            "The {place} closes {a} days after {day}. What day is that?",
            "If the {colour} parcel left on {day} and takes {a} days, when does it arrive?",
            "Say which weekday comes after so many days. || {a} days after {day}",
        ),
        (
            "{day} plus {a} days:",
            "{a} days later than {day} is",
            "{name} left on {day} and came back {a} days later, on",
            "Weekday {a} days past {day}?",
            "The day {a} days after {day} is",
            "It is {day}. In {a} days it will be",
            "{name} starts on {day}, takes {a} days and [finishes|arrives] on",
        ),
    ),
    Family(
        "month", "dates and times", (4, 8, 12), _month, _number,
        lambda data: MONTHS[(MONTHS.index(data["month"]) + int(data["a"])) % 12], grade_name,
        (
            "It is {month} now. Which month will it be in {a} months?",
            "{name} begins in {month} and works for {a} months [for it|at the {place}]. In which month is {name} done?",
            "[Count|Go] {a} months on from {month}[| for {friend}] and name the month.",
            "The {place} opens {a} months after {month}. Which month is that?",
            "If the {colour} ship left in {month} and is away {a} months, when is it back?",
            "Say which month comes after so many months. || {a} months after {month}",
        ),
        (
            "{month} plus {a} months:",
            "{a} months later than {month} is",
            "{name} left in {month} and came back {a} months later, in",
            "Month {a} months past {month}?",
            "The month {a} months after {month} is",
            "It is {month}. In {a} months it will be",
            "{name} begins in {month}, works {a} months and is done in",
        ),
    ),
)  # fmt: skip
