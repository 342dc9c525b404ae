"""The journal: every paid reply, in one SQLite file. Knows nothing of endpoints, and never holds a key or secret.

A reply is found by the key of its request. The first one stored stays: whoever stores the same key later is given the
stored one. Write-ahead logging with a full sync makes a stored reply survive a kill and a power cut, and lets two
processes use the journal at once.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from lion.chat.database import BUSY_S, LOOKUP, transaction
from lion.chat.layout import VARIABLE, prepare
from lion.chat.request import Reply, Request, whole
from lion.errors import JournalError
from lion.jsonl import encode

DEFAULT = Path(".lion/journal.db")
INSERT = "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
FULL = {"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"}
BROKEN = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}

Bought = Literal["online", "batch", "imported"]
"""How a reply came here: bought at once, bought in a batch, or bought by someone who exported it."""
Row = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One reply on its way into the journal, with the role that paid for it and how."""

    role: str
    request: Request
    reply: Reply
    bought: Bought = "online"


def existing(path: Path) -> Journal:
    """The journal at `path`, opened. Raises JournalError where there is none: nothing is made."""
    if not path.is_dir() and not (path.is_file() and path.stat().st_size):
        raise JournalError(
            f"{path}: no journal there, wanted one. A paid stage makes it; "
            f"name another with --journal or the environment variable {VARIABLE}."
        )
    return Journal(path)


def place(given: Path | None = None) -> Path:
    """Where the journal is: `given`, or $LION_JOURNAL, or .lion/journal.db."""
    return given or Path(os.environ.get(VARIABLE) or DEFAULT)


class Journal:
    """An open journal, which any thread may use. Raises JournalError for whatever is wrong with its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading, self._writing = threading.Lock(), threading.Lock()
        try:
            _create(path)
        except OSError as fault:
            raise JournalError(
                f"{path}: cannot be opened ({fault.strerror}), wanted a file that can be read and written. "
                f"Mend it, or set {VARIABLE} to another place."
            ) from None
        with self._told(), ExitStack() as opening:
            self._writer = opening.enter_context(closing(self._connect()))
            prepare(self._writer, path)
            self._reader = opening.enter_context(closing(self._connect()))
            opening.pop_all()  # all is well: they stay open

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def find(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The stored replies to those of `keys` that have one."""
        found: dict[str, Reply] = {}
        with self._told(), self._reading:
            for start in range(0, len(keys), LOOKUP):
                some = keys[start : start + LOOKUP]
                marks = ",".join("?" * len(some))
                rows = self._reader.execute(
                    "SELECT key, text, finish_reason, prompt_tokens, completion_tokens FROM replies "
                    f"WHERE key IN ({marks})",
                    some,
                )
                found.update((row[0], Reply(*row)) for row in rows)
        return found

    def bring(self, rows: Iterable[Row]) -> int:
        """Commit `rows`, all or none, but for those whose key is stored already. Returns how many were new."""
        with self._told(), self._writing, transaction(self._writer):
            return self._writer.executemany(INSERT, rows).rowcount

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees the journal as it is now, and cannot change it."""
        with self._told(), closing(self._connect()) as connection:
            connection.execute("PRAGMA query_only = TRUE")
            connection.execute("BEGIN")
            yield connection

    def store(self, entries: Sequence[Entry]) -> list[Reply]:
        """Commit `entries`, all or none, and return the reply that now stands for each."""
        with self._told(), self._writing, transaction(self._writer):
            return [self._insert(entry) for entry in entries]

    def _insert(self, entry: Entry) -> Reply:
        cursor = self._writer.execute(INSERT, row(entry.role, entry.request, entry.reply, _now(), entry.bought))
        if cursor.rowcount:
            return entry.reply
        kept = self._writer.execute(
            "SELECT key, text, finish_reason, prompt_tokens, completion_tokens FROM replies WHERE key = ?",
            (entry.request.key,),
        ).fetchone()
        return Reply(*kept)

    def close(self) -> None:
        """Close the file; what was stored stays."""
        with self._told():
            self._reader.close()
            self._writer.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell SQLite's faults in one line."""
        try:
            yield
        except sqlite3.Error as fault:
            name = getattr(fault, "sqlite_errorname", "")
            raise JournalError(f"{self.path}: {_found(name)} ({fault}), wanted {_remedy(name, self.path)}") from None


def _create(path: Path) -> None:
    """Make folder and file, for the owner alone, where they are not there; SQLite's side files follow the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        path.chmod(0o600)  # by name: to open and close it would release the locks of this process's other connections


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def row(role: str, request: Request, reply: Reply, created: str, bought: Bought) -> Row:
    """A row of the table. Its `request` holds the body of the call and the attempt, its `key` can be had from them."""
    return (
        request.key,
        role,
        request.endpoint,
        whole(request.model),
        _asked(request),
        reply.text,
        reply.finish_reason,
        reply.prompt_tokens,
        reply.completion_tokens,
        created,
        bought,
    )


def _asked(request: Request) -> str:
    """What was asked, as JSON. A lone surrogate, which is sent as a question mark, stands here as it was: escaped."""
    body = request.body("max_tokens")
    texts = [request.user] if len(body["messages"]) == 1 else [request.system, request.user]
    messages = [{**message, "content": text} for message, text in zip(body["messages"], texts, strict=True)]
    told = {**body, "messages": messages, "attempt": request.attempt}
    if request.checkpoint is not None:
        told["checkpoint"] = request.checkpoint
    return encode(told).decode().rstrip("\n")


def _found(name: str) -> str:
    if name in BROKEN:
        return "damaged, or not a journal"
    return "cannot be written" if name in FULL else "cannot be used"


def _remedy(name: str, path: Path) -> str:
    if name in BROKEN:
        return (
            "an SQLite file. Bring back a copy, or save what is legible with: "
            f"sqlite3 {path} .recover; to buy everything again, move it away."
        )
    if name in FULL:
        return "room on the disk. Make room and run the same command again: what was stored is kept."
    return "a file that no other program holds. Run the same command again: what was stored is kept."
