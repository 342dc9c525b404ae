"""The model under test as lm-evaluation-harness wants one. Knows no task; imports the harness, which is optional."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from typing import Any, NoReturn, TextIO

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM

from lion.errors import ModelError
from lion.records import Instruction
from lion.student.backend import Backend


class Asked(LM):  # type: ignore[misc]
    """A subject that is asked all requests of all tasks at once. `asked` makes an instruction of a request."""

    def __init__(self, subject: Backend, asked: Callable[[dict[str, Any], str], Instruction], errors: TextIO) -> None:
        super().__init__()
        self._subject, self._asked, self._errors = subject, asked, errors
        self.answers: dict[str, str] = {}
        """What was answered, by the items' ids, before it was cut."""

    def generate_until(self, requests: list[Instance]) -> list[str]:
        """The answer to each request, up to where one of the texts in its `until` begins."""
        instructions = [self._asked(request.doc, request.args[0]) for request in requests]
        with redirect_stderr(self._errors):
            texts = [answer.text for answer in self._subject.answers(instructions)]
        self.answers = {instruction.id: text for instruction, text in zip(instructions, texts, strict=True)}
        return [_until(text, request.args[1]["until"]) for request, text in zip(requests, texts, strict=True)]

    def loglikelihood(self, requests: list[Instance]) -> NoReturn:
        """Refused: an answer has no probabilities."""
        raise ModelError(
            "lm-evaluation-harness: found a task that compares probabilities, wanted one whose output_type is "
            "generate_until. A student behind an endpoint, or on file, gives texts alone."
        )

    loglikelihood_rolling = loglikelihood


def _until(text: str, ends: Sequence[str]) -> str:
    places = [place for end in ends if end and (place := text.find(end)) >= 0]
    return text[: min(places)] if places else text
