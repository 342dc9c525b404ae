"""Who gives the student's answers: transformers in this process and its like, or an engine that serves the checkpoint.

Knows what is asked of either, and nothing of how they do it. Neither is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from lion.params import Answering, Runtime
from lion.records import Answer, Instruction


class Backend(Protocol):
    """A student that can be asked."""

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """The student's answer to each instruction, in the order given; a text may be empty."""


@runtime_checkable
class Incomplete(Backend, Protocol):
    """One that may lack answers; it gives texts without a letter in their place."""

    missing: set[str]
    """The ids of what it was asked and has no answer to."""


def opened(
    section: str, student: Path, settings: Answering, *, random_seed: int, runtime: Runtime, scratch: Path
) -> AbstractContextManager[Backend]:
    """The student in the folder `student`, to be asked as the section `section` of params.yaml says.

    What it has answered is kept, in `scratch` or in the journal, so that a kill loses little. Leave the block when the
    answers are written: what was kept in `scratch` is then removed.
    """
    if settings.backend == "openai":
        from lion.student.served import Served

        return Served(section, student, settings, random_seed, runtime)
    from lion.student.inference import Local

    return Local(student, settings, random_seed, runtime.inference_batch_tokens, scratch)
