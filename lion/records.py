"""The records that walk through the pipeline. Knows nothing of files, models or endpoints.

An instruction's id is a hash of its normalised text, so that files are joined by id and never by position.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypedDict

ID_LENGTH = 16
"""Hexadecimal digits of an id: 64 bits, one chance in ten million of a clash among a million instructions."""

Origin = Literal["seed", "hard", "easy"]
Order = Literal["teacher-first", "student-first"]
Seating = Literal["reference-first", "candidate-first"]
Rule = Literal["exact", "ngram", "rouge"]
Reason = Literal[
    "duplicate",  # the same instruction and input stand in the pool already
    "failed",  # the endpoint gave no reply within the bounded number of tries
    "refused",  # the provider's content filter or the model itself declined
    "empty",  # a reply without text
    "length",  # a reply that was cut off by its token limit
    "unanswered",  # the teacher has no answer to this instruction
    "unreadable",  # no two scores could be read from any of the referee's replies
    "short",  # a candidate of three words or fewer
    "punctuation",  # a candidate that begins with punctuation
    "non_ascii",  # a candidate that begins with a non-ASCII character
    "echo",  # a candidate that repeats the prompt's own markers
    "similar",  # a candidate whose ROUGE-L F1 with a known instruction is over the limit
    "contaminated",  # a candidate that overlaps an item of a benchmark
]


def normalise(text: str) -> str:
    """`text` in Unicode's composed form (NFC), with every run of white space made one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def identify(instruction: str, input: str = "") -> str:
    """The id of an instruction: the first 16 hexadecimal digits of SHA-256 over its normalised text and input."""
    whole = f"{normalise(instruction)}\x1f{normalise(input)}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


class Figure(TypedDict):
    """A measured value with the ends of its 95 % interval; all None where nothing was measured."""

    value: float | None
    low: float | None
    high: float | None


class Group(TypedDict):
    """The figures of some of a suite's items."""

    items: int
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Record:
    """A line of a file; `lion/schemas/` holds a JSON Schema of the same name."""


@dataclass(frozen=True, slots=True)
class Identified(Record):
    """A record about the instruction `id`."""

    id: str


@dataclass(frozen=True, slots=True)
class Instruction(Identified):
    """A task. `iteration` is the one in which it was born, `parent` the id of the instruction it was modelled on."""

    instruction: str
    input: str
    origin: Origin
    iteration: int
    parent: str | None = None

    @classmethod
    def seed(cls, instruction: str, input: str = "") -> Instruction:
        """A seed instruction, as the loop starts from."""
        return cls(identify(instruction, input), instruction, input, "seed", 0)


@dataclass(frozen=True, slots=True)
class Answer(Identified):
    """What the teacher or a student answered to the instruction `id`. A student's text may be empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Review(Identified):
    """One reading by the referee of both answers to the instruction `id`, in one order.

    The scores (1 to 10) are None where no reply could be read or none came; `reason` then says which.
    """

    order: Order
    text: str
    teacher: float | None = None
    student: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Verdict(Identified):
    """The mean scores of both orders and their gap, teacher − student (paper, section 3.2)."""

    teacher: float
    student: float
    gap: float


@dataclass(frozen=True, slots=True)
class Rejected(Identified):
    """What was not kept, and why. Only a candidate instruction has a text, an origin and a parent.

    `nearest` and `f1` name the known instruction that a `similar` candidate came too close to, or the benchmark's item
    that a `contaminated` one overlaps; `detail` then begins with the rule.
    """

    reason: Reason
    detail: str = ""
    instruction: str | None = None
    origin: Origin | None = None
    parent: str | None = None
    nearest: str | None = None
    f1: float | None = None


@dataclass(frozen=True, slots=True)
class Item(Record):
    """What a benchmark shows a model under test. `id` begins with the suite, and then names the place in it."""

    suite: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Overlap(Identified):
    """The instruction `id` overlaps the benchmark's `item`, by the rule that is told.

    `detail` holds the shared run of tokens (`ngram`), `f1` how near the two are (`rouge`).
    """

    suite: str
    item: str
    rule: Rule
    detail: str = ""
    f1: float | None = None


@dataclass(frozen=True, slots=True)
class Mark(Identified):
    """One item of a suite as the model under test did it. Items count under their `groups`: `{"task": "navigate"}`.

    `figures` are what the suite reads off the answer, such as `{"strict": 1.0}`; `fault` says why none could be.
    """

    suite: str
    groups: dict[str, str]
    answer: str
    figures: dict[str, float]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement(Identified):
    """One reading by the judge of the reference's and the candidate's answer to the item `id`, in one order.

    The scores (1 to 10) are None where no reply could be read or none came; `reason` then says which. The tokens are
    those of all replies that it took.
    """

    suite: str
    order: Seating
    text: str
    prompt_tokens: int
    completion_tokens: int
    reference: float | None = None
    candidate: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Result(Record):
    """What was measured of one model on one suite, and how.

    `figures` are over all items, `by` has them for each value of each group. `faults` counts the `unanswered` items.
    """

    suite: str
    subject: str
    version: str
    protocol: str
    prompt: str
    decoding: dict[str, str | float | int | None]
    items: int
    unanswered: int
    faults: dict[str, int]
    figures: dict[str, Figure]
    by: dict[str, dict[str, Group]]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Call(Record):
    """One paid reply that a stage used: the journal's key, the role that asked, and the tokens that were charged."""

    key: str
    role: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Stored(Record):
    """One reply of a journal with the whole request that it answers, as journals are exported.

    How it was bought is left out: to whoever imports it, it is imported. `created` is when it was bought. Only what a
    student was asked has a seed or a checkpoint.
    """

    key: str
    role: str
    endpoint: str
    model: str
    system: str
    user: str
    temperature: float
    top_p: float
    max_tokens: int
    attempt: int
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    created: str
    seed: int | None = None
    checkpoint: str | None = None
