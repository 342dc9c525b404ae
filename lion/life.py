"""The life of one instruction through a run, as records. Knows nothing of files, nor of how it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lion.records import Instruction, Origin, Reason, Review, Rule, Verdict

Side = Literal["hard", "easy", "unjudged"]


@dataclass(slots=True)
class Related:
    """Another instruction, or a benchmark's item. It has no text where the file that holds it is not there."""

    id: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate that was not kept. It may have the id of an instruction that was: then it is its repetition."""

    iteration: int
    id: str
    reason: Reason
    detail: str
    text: str | None
    origin: Origin | None
    parent: Related | None
    nearest: Related | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Child:
    """An instruction that was generated from another."""

    iteration: int
    id: str
    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Taught:
    """What the teacher answered, in this iteration and those after it; or why it did not answer in this one."""

    iteration: int
    text: str | None = None
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """An item of a benchmark that a seed overlaps, by which rule."""

    suite: str
    item: Related
    rule: Rule
    detail: str
    f1: float | None


@dataclass(slots=True)
class Turn:
    """One iteration. `is_to_learn`: it stands in the train pool, answered; `is_trained`: and that training is over.

    `threshold` is the τ that `side` was found with; `reason` and `detail` say why it is unjudged.
    """

    iteration: int
    is_to_learn: bool = False
    is_trained: bool = False
    student: str | None = None
    reviews: list[Review] = field(default_factory=list)
    side: Side | None = None
    verdict: Verdict | None = None
    threshold: float | None = None
    reason: Reason | None = None
    detail: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in it."""
        return not (self.is_to_learn or self.reviews or self.side) and self.student is None


@dataclass(slots=True)
class Life:
    """All that a run holds about an id. `instruction` is None where it is that of a rejected candidate alone.

    `resembling` are candidates of any parent that were rejected because they came too near to this instruction.
    """

    id: str
    instruction: Instruction | None = None
    parent: Related | None = None
    teacher: list[Taught] = field(default_factory=list)
    iterations: list[Turn] = field(default_factory=list)
    overlaps: list[Touch] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    rejected_children: list[Rejection] = field(default_factory=list)
    resembling: list[Rejection] = field(default_factory=list)
