"""The sections of params.yaml that say how a student is measured. They change no student."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from lion.params.sections import Answering, Role

Suite = Literal[
    "exam",  # the classroom's own
    "vicuna",
    "user_oriented",
    "bbh",
    "agieval",
    "gsm8k",
    "math",
    "humaneval",
    "mbpp",
    "infinitebench",
    "dolly",
    "dolly_judged",
    "vicuna_rouge",
]


class Evaluate(Answering):
    """The student's answers to the suites."""

    suites: list[Suite]
    items: int | None = Field(ge=1)
    """At most so many items of each suite, spread evenly over it; null: all."""
    bbh_tasks: Literal["multiple_choice", "all"]
    """`multiple_choice`: the 23 tasks of the paper's Table 3; `all`: the four whose answers are written out, too."""
    execute_code: bool
    """Whether programs that the student writes may be run, walled in; without it humaneval and mbpp are refused."""

    @field_validator("suites")
    @classmethod
    def _each_once(cls, suites: list[Suite]) -> list[Suite]:
        if len(set(suites)) < len(suites):
            raise ValueError("each suite once")
        return suites


class Judge(Role):
    """Who compares the student's answers with the reference's in the suites vicuna, user_oriented and dolly_judged."""

    max_tokens: int = Field(ge=1)
    attempts: int = Field(ge=1)
    """How often a comparison is asked while its reply has no readable scores."""
    reference: Literal["teacher", "recorded"]
    """Whose answers the student's are compared with: the teacher's, which are bought, or those that the suite has."""
