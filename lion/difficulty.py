"""Which instructions are hard for the student (paper, section 3.2). Knows reviews and the threshold τ.

d = mean teacher score − mean student score over both orders; d ≥ τ is hard, d < τ is easy.
An instruction that lacks a readable review in either order is unjudged: neither hard nor easy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean

from lion.records import Rejected, Review, Verdict

DIGITS = 6
"""Of a gap, so that 4.1 against 3.1 is 1 and not a little less."""


@dataclass(frozen=True, slots=True)
class Split:
    """A cache pool in three parts, each in the pool's order."""

    hard: list[Verdict] = field(default_factory=list)
    easy: list[Verdict] = field(default_factory=list)
    unjudged: list[Rejected] = field(default_factory=list)


def discriminate(ids: Iterable[str], reviews: Iterable[Review], threshold: float) -> Split:
    """Every id of the cache pool into exactly one part. An id without any review is `unanswered`."""
    found: dict[str, list[Review]] = {}
    for review in reviews:
        found.setdefault(review.id, []).append(review)
    split = Split()
    for id in ids:
        outcome = judge(id, found.get(id, []))
        if isinstance(outcome, Rejected):
            split.unjudged.append(outcome)
        else:
            (split.hard if outcome.gap >= threshold else split.easy).append(outcome)
    return split


def judge(id: str, reviews: list[Review]) -> Verdict | Rejected:
    """The verdict on one instruction, or why there is none."""
    if not reviews:
        return Rejected(id, "unanswered", "teacher or student has no answer to it")
    for review in reviews:
        if review.reason is not None:
            return Rejected(id, review.reason, f"no scores in the order {review.order}")
    if {review.order for review in reviews} != {"teacher-first", "student-first"}:
        return Rejected(id, "unreadable", "reviewed in one order only")
    teacher = fmean(review.teacher for review in reviews if review.teacher is not None)
    student = fmean(review.student for review in reviews if review.student is not None)
    return Verdict(id, teacher, student, round(teacher - student, DIGITS))
