"""Models side by side: the students, and the rivals that were measured beside them. Knows results, not how they came.

Two results of a suite can be compared where items, reading and decoding are the same; what is not is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lion import jsonl
from lion.errors import DataError
from lion.records import Figure, Result
from lion.spending.table import count, lay_out

STUDENTS, RIVALS = "iteration-*/evaluation/results.jsonl", "rivals/*/results.jsonl"
HEADS = ["suite", "figure", "model", "%", "95 % interval", "items", "unanswered", "differs in"]
REMEDY = "Remove the folder and measure it again."
LEGEND = "differs in: what is not as in the first line of the block; such figures cannot be compared"


@dataclass(frozen=True, slots=True)
class Row:
    """One model and its results. A rival's first note says which model it is."""

    name: str
    results: Sequence[Result]
    folder: Path
    is_rival: bool = False

    def of(self, suite: str) -> Result | None:
        """Its result on `suite`."""
        return next((result for result in self.results if result.suite == suite), None)

    def only(self, suites: Sequence[str]) -> Row:
        """The same with its results on `suites`; `exam` stands for `exam-balanced` and `exam-seeds`."""
        kept = [r for r in self.results if any(r.suite == suite or r.suite.startswith(f"{suite}-") for suite in suites)]
        return replace(self, results=kept)


def students(data: Path, last: int | None = None) -> list[Row]:
    """The students of the iterations in `data`, the first first; none after student `last`, where it is known."""
    named = {path: path.parts[-3].removeprefix("iteration-") for path in sorted(data.glob(STUDENTS))}
    found = {int(number): path for path, number in named.items() if number.isdecimal()}
    wanted = [number for number in sorted(found) if last is None or number <= last]
    return [_student(number, found[number]) for number in wanted]


def _student(number: int, path: Path) -> Row:
    return Row(f"student {number}", list(jsonl.read(path, Result)), path.parent.resolve())


def is_student(name: str) -> bool:
    """Whether a student has this name, so that no rival can."""
    return re.fullmatch(r"student \d+", name) is not None


def rivals(data: Path) -> list[Row]:
    """The other models in `data`, by name. What a killed command has left half written is none."""
    whole = (path for path in sorted(data.glob(RIVALS)) if not path.parent.name.endswith(jsonl.PARTIAL))
    return [_rival(path) for path in whole]


def _rival(path: Path) -> Row:
    """The rival that was measured at `path`. Raises DataError where it would be taken for a student."""
    if is_student(path.parent.name):
        raise DataError(f"{path.parent}: a rival with the name of a student. Give the folder another name.")
    results = [result for _, result in jsonl.placed(path, Result, REMEDY)]
    return Row(path.parent.name, results, path.parent.resolve(), is_rival=True)


def differences(one: Result, other: Result) -> list[str]:
    """What keeps two results of a suite from being compared. How answers on file came about is not known."""
    pairs = {
        "version": (one.version, other.version),
        "items": (one.items, other.items),
        "protocol": (one.protocol, other.protocol),
    }
    found = [name for name, (mine, yours) in pairs.items() if mine != yours]
    drawn, drawn_too = _drawn(one), _drawn(other)
    return found + (["decoding"] if drawn and drawn_too and drawn != drawn_too else [])


def _drawn(result: Result) -> tuple[object, ...]:
    """How answers were drawn, whoever drew them."""
    told = result.decoding
    if "temperature" not in told:
        return ()
    return told["temperature"], told.get("max_new_tokens"), told.get("top_p") if told["temperature"] else None


def suites(rows: Sequence[Row]) -> list[str]:
    """The suites on which any of `rows` was measured, in the order in which they come."""
    return list(dict.fromkeys(result.suite for row in rows for result in row.results))


def table(rows: Sequence[Row], *, every_figure: bool = False) -> str:
    """A block for each suite, with a line for each model: the figure that the suite is known by, or every one."""
    lines = [line for suite in suites(rows) for line in _block(suite, rows, every_figure)]
    told = [lay_out(HEADS, lines, left=3)]
    if any(line[-1] for line in lines):
        told.append(LEGEND)
    notes = [note for row in rows for note in _notes(row)]
    return "\n".join([*told, *notes])


def _block(suite: str, rows: Sequence[Row], every_figure: bool) -> Iterator[list[str]]:
    found = [(row.name, result) for row in rows if (result := row.of(suite))]
    names = dict.fromkeys(name for _, result in found for name in result.figures)
    for name in list(names) if every_figure else list(names)[:1]:
        heads = [suite, name]
        for model, result in found:
            figure = result.figures.get(name)
            if figure is None:
                continue
            counts = [count(result.items), count(result.unanswered)]
            yield [*heads, model, *cells(figure), *counts, ", ".join(differences(found[0][1], result))]
            heads = ["", ""]


def cells(figure: Figure) -> tuple[str, str]:
    """A figure and its interval, in per cent; dashes where nothing was measured."""
    value, low, high = (percent(found) for found in (figure["value"], figure["low"], figure["high"]))
    return value, f"{low} to {high}" if figure["low"] is not None else low


def percent(share: float | None) -> str:
    """A share of 1 as per cent with one digit; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}"


def _notes(row: Row) -> Iterator[str]:
    """What the results of a model tell beside their figures, each once."""
    notes = (note for result in row.results for note in result.notes[1 if row.is_rival else 0 :])
    return (f"{row.name}: {note}" for note in dict.fromkeys(notes))
