"""Instructions found by the beginning of their id, as git finds commits. Knows files of records, and no stage.

Only the line's bytes are looked at: Lion writes a record's id first. Any other line is read as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from lion.errors import DataError
from lion.records import ID_LENGTH

LEAST = 4
"""Digits that must be given."""
TOLD = 5
HEAD = re.compile(rb'\{"id": "([0-9a-f]{16})"')
ID = re.compile(rf"[0-9a-f]{{{LEAST},{ID_LENGTH}}}")


def id_of(line: bytes) -> str:
    """The id of the record in `line`; nothing where it has none."""
    if found := HEAD.match(line):
        return found.group(1).decode()
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return str(value.get("id", "")) if isinstance(value, dict) else ""


def resolve(given: str, paths: Collection[Path]) -> str:
    """The one id in the files `paths` that begins with `given`. Raises DataError where there is none or another."""
    start = given.lower()
    if not ID.fullmatch(start):
        raise DataError(
            f"ID: found {given!r}, wanted {LEAST} to {ID_LENGTH} of the digits 0-9 and a-f. "
            "Ids stand first in every line under data/"
        )
    found = sorted({id for path in paths for id in _beginning(start, path)})
    if not found:
        raise DataError(f"{start}: no instruction and no candidate has this id, {_searched(paths)}. Give another")
    if len(found) > 1:
        more = f" and {len(found) - TOLD:,} more" if len(found) > TOLD else ""
        raise DataError(f"{start}: ambiguous, the start of {', '.join(found[:TOLD])}{more}. Give more digits")
    return found[0]


def _beginning(start: str, path: Path) -> Iterator[str]:
    digits = start.encode()
    with path.open("rb") as file:
        for line in file:
            if digits in line and (id := id_of(line)).startswith(start):
                yield id


def _searched(paths: Iterable[Path]) -> str:
    names = sorted({str(path) for path in paths})
    if not names:
        return "for there is no pool here. Begin with: dvc repro, or bring back a run with: dvc checkout"
    return f"looked for in {len(names)} files from {names[0]} to {names[-1]}"
