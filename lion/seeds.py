"""Seed instructions from wherever the user has them. Knows file formats and what a record must hold, not the loop.

Alpaca JSON (a list of objects), JSONL, CSV with a header, a Hugging Face data set, or the embedded classroom.
Every record needs a string `instruction` that is not blank; a string `input` is optional, other keys are left alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from lion import jsonl
from lion.errors import DataError
from lion.params import Seed
from lion.pools import distinct
from lion.records import Instruction, Rejected

FAULTS_TOLD = 5
FILES = (".json", ".jsonl", ".csv")
"""How the names of the files end that can be read."""
REMEDY = "Mend the file, or point seed.source to another."


def load(settings: Seed, random_seed: int) -> tuple[list[Instruction], list[Rejected]]:
    """The seeds in their source's order, each once, and the repetitions that were left out.

    Where `settings.size` is less than there are, that many are drawn at random. Raises DataError, one line that
    names the first faulty records, where the source cannot be read as a whole.
    """
    if settings.source == "classroom":
        from lion.classroom.seeds import seeds

        tasks = seeds(settings.size or 0, random_seed)
        return distinct(Instruction.seed(task.instruction, task.input) for task in tasks)
    kept, rejected = distinct(_checked(list(_records(settings)), settings))
    if settings.size is not None and settings.size < len(kept):
        drawn = Random(f"{random_seed}/0/prepare").sample(range(len(kept)), settings.size)
        kept = [kept[index] for index in sorted(drawn)]
    return kept, rejected


def _checked(records: list[tuple[str, Any]], settings: Seed) -> list[Instruction]:
    faults = [f"{where}: {fault}" for where, value in records if (fault := _fault(value, settings.max_characters))]
    if faults:
        more = f" (and {len(faults) - FAULTS_TOLD} more)" if len(faults) > FAULTS_TOLD else ""
        raise DataError(f"{'; '.join(faults[:FAULTS_TOLD])}{more}. {REMEDY}")
    if not records:
        raise DataError(f"{settings.source}: holds no record, wanted at least one instruction. {REMEDY}")
    return [Instruction.seed(value["instruction"], value.get("input") or "") for _, value in records]


def _fault(value: Any, max_characters: int) -> str | None:
    """What is wrong with one record, in words; None where nothing is."""
    if isinstance(value, dict) and None in value:
        return f"{len(value[None])} more fields than the header has; put text that holds commas into quotes"
    if not isinstance(value, dict):
        return f"found {type(value).__name__}, wanted an object with 'instruction'"
    for key in ("instruction", "input"):
        text = value.get(key)
        if text is None and (key == "input" or key not in value):
            continue
        if not isinstance(text, str):
            return f"{key!r} is {type(text).__name__}, wanted text"
        if len(text) > max_characters:
            return f"{key!r} has {len(text)} characters, at most {max_characters} are allowed (seed.max_characters)"
    if "instruction" not in value:
        return f"no 'instruction' among the keys {sorted(map(str, value))}"
    return None if value["instruction"].strip() else "'instruction' is blank"


def _records(settings: Seed) -> Iterator[tuple[str, Any]]:
    """(place, value) of every record of the source, not yet checked."""
    path = Path(settings.source)
    if path.suffix in FILES:
        yield from dict(zip(FILES, (_json, _jsonl, _csv), strict=True))[path.suffix](path)
    else:
        yield from _hub(settings)


def _json(path: Path) -> Iterator[tuple[str, Any]]:
    whole = jsonl.whole(path, REMEDY)
    if not isinstance(whole, list):
        raise DataError(f"{path}: found {type(whole).__name__}, wanted a list of objects. {REMEDY}")
    yield from ((f"{path}: record {number}", value) for number, value in enumerate(whole, start=1))


def _jsonl(path: Path) -> Iterator[tuple[str, Any]]:
    for where, line in jsonl.lines(path, REMEDY):
        yield where, jsonl.decode(line, where, REMEDY)


def _csv(path: Path) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(io.StringIO(jsonl.text(path, REMEDY), newline=""), strict=True)
    try:
        for row in reader:
            yield f"{path}:{reader.line_num}", row
    except csv.Error as fault:
        raise DataError(f"{path}:{reader.line_num}: not CSV ({fault}). {REMEDY}") from None


def _hub(settings: Seed) -> Iterator[tuple[str, Any]]:
    from datasets import load_dataset

    try:
        rows = load_dataset(settings.source, revision=settings.revision, split="train")
    except Exception as fault:  # the library raises whatever its many back ends raise
        reason = " ".join(str(fault).split())[:300]
        raise DataError(
            f"{settings.source}: neither a .json, .jsonl or .csv file nor a data set that can be loaded ({reason}). "
            "Mend seed.source or the connection to the hub."
        ) from None
    yield from ((f"{settings.source}: row {number}", dict(row)) for number, row in enumerate(rows, start=1))
