"""What it takes to measure a model on a suite. Knows neither suites nor models."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from lion.params import Answering, Evaluate, Judge, Runtime, Teacher
from lion.prompts import Prompts
from lion.records import Judgement, Mark, Result
from lion.student import lineage
from lion.student.backend import Backend

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """What every suite is told.

    `subject` names the model under test, `home` is the folder of the benchmarks' files, `seen` the ids of what the
    model may have been trained on. `prompt`, `decoding` and `notes` say in the results how the model was asked.
    """

    subject: str
    home: Path
    seen: Collection[str]
    evaluate: Evaluate
    judge: Judge
    teacher: Teacher
    prompts: Prompts
    runtime: Runtime
    prompt: str
    decoding: Mapping[str, str | float | int | None]
    notes: tuple[str, ...] = ()

    def spread(self, items: Sequence[T]) -> Sequence[T]:
        """At most `evaluate.items` of `items`, at even distances; all where it is null."""
        count = self.evaluate.items
        if count is None or count >= len(items):
            return items
        return [items[number * len(items) // count] for number in range(count)]


def template(checkpoint: Path) -> str:
    """How a checkpoint is prompted, for its results."""
    digest = lineage.read(checkpoint).get("template_sha256")
    return "the checkpoint's chat template" + (f", sha256:{digest}" if digest else "")


def decoding(settings: Answering) -> dict[str, str | float | int | None]:
    """How answers are drawn, for the results."""
    return settings.model_dump(include={"backend", "temperature", "top_p", "max_new_tokens"})


@dataclass(frozen=True, slots=True)
class Measured:
    """What a suite gives: its results, the mark of every item, and where a judge was asked, its judgements."""

    results: Sequence[Result]
    marks: Sequence[Mark]
    judgements: Sequence[Judgement] = ()


class Measure(Protocol):
    """How one suite is measured. In several processes each calls it, and all get the same answers."""

    def __call__(self, suite: str, subject: Backend, terms: Terms) -> Measured:
        """Ask the subject every item, and mark the answers."""
