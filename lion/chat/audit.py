"""Looks a journal over: what it holds, and whether every row of it is sound. Changes nothing, knows no price."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from lion.chat.archive import SIDE_FILES, request_of
from lion.chat.journal import Bought, Journal
from lion.chat.layout import COLUMNS
from lion.chat.prices import Share, Totals, spent

TEXTS = ("key", "role", "endpoint", "model", "request", "text", "finish_reason", "created", "bought")
COUNTS = ("prompt_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True)
class Stats:
    """What a journal holds. `first` and `last` are when its oldest and newest reply were bought."""

    shares: dict[Share, Totals]
    size_bytes: int
    first: str | None
    last: str | None


def stats(journal: Journal) -> Stats:
    """What `journal` holds, its side files included in its size."""
    with journal.reading() as connection:
        first, last = connection.execute("SELECT min(created), max(created) FROM replies").fetchone()
    files = [Path(f"{journal.path}{end}") for end in SIDE_FILES]
    return Stats(spent(journal), sum(file.stat().st_size for file in files if file.exists()), first, last)


def faults(journal: Journal) -> Iterator[str | None]:
    """For the file as a whole what is wrong with it, and for each row in turn what is, or None where nothing is."""
    with journal.reading() as connection:
        yield from (told for (told,) in connection.execute("PRAGMA integrity_check") if told != "ok")
        found = tuple(name for _, name, *_ in connection.execute("PRAGMA table_info(replies)"))
        if found != COLUMNS:
            yield f"the table: found the columns {', '.join(found)}, wanted {', '.join(COLUMNS)}"
            return
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        for row in connection.execute("SELECT rowid, * FROM replies ORDER BY rowid"):
            fault = _fault(dict(row))
            yield fault and f"row {row['rowid']}, key {row['key']!r}: {fault}"


def _fault(row: dict[str, Any]) -> str | None:
    """What is wrong with a row; None where nothing is."""
    for name in TEXTS:
        if not isinstance(row[name], str):
            return f"{name} is {type(row[name]).__name__}, wanted text"
        if any("\udc80" <= character <= "\udcff" for character in row[name]):
            return f"{name} is not UTF-8"
    for name in COUNTS:
        if not isinstance(row[name], int) or row[name] < 0:
            return f"{name} is {row[name]!r}, wanted a whole number of 0 or more"
    if row["bought"] not in get_args(Bought):
        return f"bought is {row['bought']!r}, wanted one of {', '.join(get_args(Bought))}"
    try:
        datetime.fromisoformat(row["created"])
    except ValueError:
        return f"created is {row['created']!r}, wanted a date"
    return _misfit(row)


def _misfit(row: dict[str, Any]) -> str | None:
    """Why the key does not fit the request; None where it does."""
    try:
        request = request_of(row["endpoint"], row["request"])
    except ValueError as fault:
        return f"request cannot be read ({fault})"
    if request.key == row["key"]:
        return None
    # Until version 2, a character that UTF-8 cannot hold was stored as a question mark, and its key is beyond proof.
    if "?" in request.system + request.user:
        return "the key does not fit the request, or an earlier Lion stored one of its characters as a question mark"
    return "the key does not fit the request"
