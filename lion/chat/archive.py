"""A journal as a file of records: exported whole, imported whole or not at all. Knows nothing of prices and stages.

An exported file is the same, byte for byte, for the same replies. A colleague who imports it buys none of them again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.chat.endpoint import holds_secret
from lion.chat.journal import INSERT, Journal, Row, row
from lion.chat.layout import COLUMNS
from lion.chat.request import Reply, Request
from lion.errors import DataError, JournalError
from lion.records import Stored

OWNER = 0o600
"""Permissions of an exported file: what was paid for is its owner's alone, as the journal is."""
REMEDY = "Export it again with: lion journal export"
SIDE_FILES = ("", "-wal", "-shm", "-journal")


def request_of(endpoint: str, asked: str) -> Request:
    """The request that a row's columns tell. Raises ValueError where they tell none."""
    try:
        body = json.loads(asked)
        texts = {message["role"]: message["content"] for message in body["messages"]}
        return Request(
            endpoint,
            body["model"],
            texts.get("system", ""),
            texts["user"],
            body["temperature"],
            body["top_p"],
            body["max_tokens"],
            body["attempt"],
            body.get("seed"),
            body.get("checkpoint"),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError(f"{type(fault).__name__} {fault}") from None


def export(journal: Journal, path: Path) -> tuple[int, int]:
    """Write the replies to `path`, sorted by key. Returns how many, and how many were left out.

    Left out is what nobody could import: a reply whose key does not fit its request; `lion.chat.audit` names it.
    Raises DataError where `path` cannot be written.
    """
    if path.resolve() in {Path(f"{journal.path.resolve()}{end}") for end in SIDE_FILES}:
        raise DataError(f"{path}: the journal itself, wanted another file to export to. Name one.")
    left_out = 0
    with jsonl.writer(path, OWNER) as out, journal.reading() as connection:
        for found in connection.execute(f"SELECT {', '.join(COLUMNS)} FROM replies ORDER BY key"):
            if stored := _stored(dict(zip(COLUMNS, found, strict=True))):
                out.add(stored)
            else:
                left_out += 1
    return out.count, left_out


def _stored(found: dict[str, Any]) -> Stored | None:
    """A row as a record; None where its key does not fit its request."""
    try:
        asked = request_of(found["endpoint"], found["request"])
    except ValueError:
        return None
    if asked.key != found["key"]:
        return None
    names, of_request = set(Stored.__dataclass_fields__), set(Request.__dataclass_fields__)
    return Stored(
        **{name: getattr(asked, name) for name in names & of_request},
        **{name: found[name] for name in names - of_request},
    )


def bring(path: Path, journal: Path) -> tuple[int, int]:
    """Import `path` into the journal at `journal`. Returns how many replies were new, and how many were there already.

    Raises DataError, with path and line, for the first line that is no sound reply; nothing is imported then. The
    lines wait in a temporary file until the last one is read, so that the journal is locked for a moment only.
    """
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as waiting:
            waiting.execute(f"CREATE TABLE replies ({', '.join(COLUMNS)}, PRIMARY KEY (key))")
            waiting.execute("BEGIN")
            waiting.executemany(INSERT, _rows(path))
            count = waiting.execute("SELECT count(*) FROM replies").fetchone()[0]
            with closing(Journal(journal)) as book:
                new = book.bring(waiting.execute("SELECT * FROM replies"))
    except sqlite3.Error as fault:
        raise JournalError(f"{path}: cannot be imported ({fault}), wanted room for a temporary file.") from None
    return new, count - new


def _rows(path: Path) -> Iterator[Row]:
    for where, stored in jsonl.placed(path, Stored, REMEDY):
        request = Request(
            stored.endpoint,
            stored.model,
            stored.system,
            stored.user,
            stored.temperature,
            stored.top_p,
            stored.max_tokens,
            stored.attempt,
            stored.seed,
            stored.checkpoint,
        )
        if fault := _fault(stored, request):
            raise DataError(f"{where}: {fault}. {REMEDY}")
        reply = Reply(stored.key, stored.text, stored.finish_reason, stored.prompt_tokens, stored.completion_tokens)
        yield row(stored.role, request, reply, stored.created, "imported")


def _fault(stored: Stored, request: Request) -> str | None:
    """What is wrong with a record whose shape is right; None where nothing is."""
    if request.key != stored.key:
        return f"key {stored.key} does not fit the request, whose key is {request.key}"
    try:
        if holds_secret(stored.endpoint):
            return "a key or password stands in 'endpoint', wanted none"
        "".join((stored.role, stored.endpoint, stored.text, stored.finish_reason)).encode()
    except ValueError as fault:
        return f"text that cannot be stored ({fault})"
    return None
