"""Answers on file as the model under test: what was stored by whatever means, by the ids of a suite's items.

Two layouts are read: `{"id": "vicuna/1", "text": …}`, and FastChat's `{"question_id": 1, "text": …}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.evaluation.benchmarks import Fault, string, told
from lion.records import Answer, Instruction

REMEDY = "Write it anew."


class Recorded:
    """The answers in `path`. What it holds no answer to is answered by nothing, and `missing`."""

    def __init__(self, path: Path) -> None:
        self._texts = read(path)
        self.missing: set[str] = set()

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """The stored answer to each instruction, in the order given; a text may be empty."""
        self.missing |= {record.id for record in instructions if record.id not in self._texts}
        return (Answer(record.id, self._texts.get(record.id, "")) for record in instructions)


def read(path: Path) -> dict[str, str]:
    """Stored answers by the ids of the items.

    Raises DataError, one line with the place, where the file or a line of it cannot be read, or an id stands twice.
    """
    found: dict[str, str] = {}
    for where, line in jsonl.lines(path, REMEDY):
        record = jsonl.decode(line, where, REMEDY)
        with told(where, REMEDY):
            if not isinstance(record, dict):
                raise Fault(f"found {type(record).__name__}, wanted an object")
            id, text = _id(record), string(record, "text")
            if id in found:
                raise Fault(f"id {id!r} stands twice, wanted once")
        found[id] = text
    return found


def _id(record: dict[str, Any]) -> str:
    number = record.get("question_id")
    if "id" not in record and isinstance(number, int):
        return f"vicuna/{number}"
    return string(record, "id")
