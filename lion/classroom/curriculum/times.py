"""Dates and times: weekdays, months, the clock, and the minutes between. Knows nothing about the other categories."""

from random import Random

from lion.classroom.curriculum.family import Family
from lion.classroom.curriculum.lexicon import MONTHS, WEEKDAYS
from lion.classroom.curriculum.marks import grade_name, grade_number
from lion.classroom.curriculum.wording import Data


def _day(rng: Random, size: int) -> Data:
    return {"day": rng.choice(WEEKDAYS), "a": str(rng.randint(2, size))}


def _month(rng: Random, size: int) -> Data:
    return {"month": rng.choice(MONTHS), "a": str(rng.randint(2, size))}


def _later(rng: Random, size: int) -> Data:
    return {"from": _clock(60 * rng.randint(1, 11) + rng.randint(0, 59)), "a": str(rng.randint(3, size))}


def _between(rng: Random, size: int) -> Data:
    start, end = sorted(rng.sample(range(size + 1), 2))
    hour = 60 * rng.randint(1, 12)
    return {"from": _clock(hour + start), "to": _clock(hour + end)}


def _clock(minutes: int) -> str:
    return f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02d}"


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


def _number(data: Data) -> int:
    return int(data["a"])


FAMILIES = (
    Family(
        "weekday", "dates and times", (7, 20, 50), _day, _number,
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
        "month", "dates and times", (6, 12, 30), _month, _number,
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
    Family(
        "clock", "dates and times", (20, 40, 59), _later, _number,
        lambda data: _clock(_minutes(data["from"]) + int(data["a"])), grade_number,
        (
            "The clock shows {from}. What will it show {a} minutes later?",
            "{name} leaves the {place} at {from} and walks {a} minutes. At what time does {name} arrive?",
            "A {colour} bus goes at {from}; the next one goes {a} minutes after. When is that?",
            "[Set|Move] the clock from {from} on by {a} minutes and read [it|the time].",
            "It is {from}. {friend} will call in {a} minutes. When does the phone ring?",
            "Give the time at the end of the lesson. || start {from}, length {a} minutes",
        ),
        (
            "{from} plus {a} minutes:",
            "{a} minutes past {from} is",
            "The cake goes in at {from} and bakes {a} minutes. Out at",
            "Time {a} min after {from}?",
            "The time {a} minutes after {from} is",
            "It is {from}. In {a} minutes it will be",
            "{name} leaves at {from}, [walks|waits] {a} minutes and arrives at",
        ),
    ),
    Family(
        "duration", "dates and times", (20, 40, 59), _between,
        lambda data: _minutes(data["to"]) % 60,
        lambda data: str(_minutes(data["to"]) - _minutes(data["from"])), grade_number,
        (
            "How many minutes are there from {from} to {to}?",
            "{name} enters the {place} at {from} and goes out at {to}. How many minutes was {name} inside?",
            "The {colour} film starts at {from} and ends at {to}. How long is it in minutes?",
            "{friend} waits from {from} until {to}. [Find|Tell me] the minutes of waiting.",
            "Between {from} and {to}, how many minutes pass?",
            "Give the length of the lesson in minutes. || start {from}, end {to}",
        ),
        (
            "Minutes {from} - {to}:",
            "{to} minus {from} in min is",
            "The cake goes in at {from} and comes out at {to}. Minutes in the oven:",
            "{from} till {to}, minutes?",
            "The minutes from {from} to {to} are",
            "It starts at {from} and ends at {to}. Length in minutes:",
            "{name} waits from {from} until {to}, in minutes",
        ),
    ),
)  # fmt: skip
