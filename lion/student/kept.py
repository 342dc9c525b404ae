"""Answers that outlive a kill, in a folder of `lion.student.unfinished`. Knows nothing of models.

Within it, a folder is named by the hash of the rows. A line holds the answers of one block, so that a block is there
whole or not at all: what is computed again is computed in the company that it was in before.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from lion import jsonl
from lion.errors import DataError

KIND = "**/*.jsonl"
"""What a folder of kept answers holds."""
Texts = dict[int, str]
"""The answer to each instruction, by its place."""


class Kept:
    """The answers in `folder`; process number `rank` adds to a file of its own."""

    def __init__(self, folder: Path, rank: int) -> None:
        self.folder, self._path = folder, folder / f"{rank}.jsonl"

    def read(self) -> Texts:
        """All answers, whichever process kept them. A line that a kill cut off counts for nothing."""
        found: Texts = {}
        for path in sorted(self.folder.glob("*.jsonl")):
            for line in path.read_bytes().split(b"\n"):
                found.update(_block(line))
        return found

    def add(self, texts: Mapping[int, str]) -> None:
        """Keep the answers of one block. Raises DataError where the disk is full or cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                # What a kill cut off ends here, or it would swallow this line.
                file.write(b"\n" + jsonl.encode({str(place): text for place, text in texts.items()}))
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise DataError(
                f"{self._path}: cannot be written ({fault.strerror}). Make room or mend it, then run again."
            ) from None

    def forget(self) -> None:
        """Remove the folder: its answers are written elsewhere."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _block(line: bytes) -> Iterator[tuple[int, str]]:
    """The answers in a line; none where it is not whole."""
    try:
        found = json.loads(line)
    except ValueError:
        return
    if isinstance(found, dict) and all(isinstance(text, str) for text in found.values()):
        yield from ((int(place), text) for place, text in found.items() if place.isdecimal())
