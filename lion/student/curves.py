"""The curves of a training as CSV: what was learned, which is the same in every run, and how quickly, which is not.

Knows nothing of models. The first is a DVC out; the second lies outside every out, where a plot finds it.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lion import jsonl

COLUMNS = ("step", "loss", "learning_rate", "tokens")
SPEED_COLUMNS = ("step", "tokens_per_s")


def write(path: Path, logged: Iterable[Mapping[str, float]], tokens: Callable[[int], int]) -> None:
    """For each optimiser step the loss (mean over its answer tokens), learning rate and tokens (without padding)."""
    _write(
        path,
        COLUMNS,
        [
            (int(entry["step"]), entry["loss"], entry["learning_rate"], tokens(int(entry["step"])))
            for entry in logged
            if "loss" in entry
        ],
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    with jsonl.writing(path) as file:
        file.write(text.getvalue().encode())


class Speed:
    """Tokens (without padding) a second of each step, in a file that grows with them and outlives a resume."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = time.monotonic()
        self._tokens, self._seconds = 0, 0.0

    def begin(self, step: int) -> None:
        """Keep what is known of the steps up to `step`, and begin to measure."""
        known = self._path.read_text("utf-8").splitlines()[1:] if self._path.exists() else []
        rows = (line.split(",") for line in known)
        kept = [(int(row[0]), float(row[1])) for row in rows if len(row) == 2 and row[0].isdigit()]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _write(self._path, SPEED_COLUMNS, [row for row in kept if row[0] <= step])
        self._last = time.monotonic()

    def step(self, number: int, tokens: int) -> None:
        """Step `number` has ended, which had so many tokens."""
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        self._tokens, self._seconds = self._tokens + tokens, self._seconds + seconds
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{number},{tokens / seconds:.1f}\n")

    def note(self) -> str:
        """The mean of this run, for a progress bar."""
        return f"{self._tokens / self._seconds:,.0f} tokens/s" if self._seconds else ""
