"""Which items the suites ask, found without asking any. Knows no suite and no model.

A suite asks its subject once, with all its items: a subject that lists them, and then goes away, is enough. What keeps
a suite from being measured, such as files that are not there, is thereby told before the first model is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lion.evaluation import suites
from lion.evaluation.suite import Terms
from lion.records import Answer, Instruction


class Listed(Exception):
    """The ids are known, and nothing else is wanted."""


class Lister:
    """A subject that answers nothing."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """Raises Listed."""
        self.ids += [instruction.id for instruction in instructions]
        raise Listed


def items(names: Sequence[str], terms: Terms) -> dict[str, list[str]]:
    """The ids of all items of each suite. Raises what the suites raise that cannot be measured."""
    whole = replace(terms, evaluate=terms.evaluate.model_copy(update={"items": None}))
    return {name: _ids(name, whole) for name in names}


def _ids(name: str, terms: Terms) -> list[str]:
    lister = Lister()
    with TemporaryDirectory() as nowhere, suppress(Listed):
        suites.measure([name], lister, terms, Path(nowhere))
    return lister.ids
