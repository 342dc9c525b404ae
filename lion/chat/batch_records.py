"""Which requests are with the provider, in which batch: an SQLite file beside the journal. Knows nothing of replies.

A batch is written down before it is made, under a token that goes with it, and gets its id as soon as it has one. So a
process that is killed in between leaves a token, by which the next one finds the batch. While batches are made the
file is held: who finds a token without an id then knows that its owner is dead.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from lion.chat.database import BUSY_S, LOOKUP, transaction
from lion.errors import JournalError

SUFFIX = ".batches"
RETRY_S = 0.1
KEPT_S = 31 * 24 * 3600.0
"""OpenAI deletes the files of batches after 30 days (https://platform.openai.com/docs/api-reference/files/create)."""
SCHEMA = """
    CREATE TABLE IF NOT EXISTS batches (
        token TEXT PRIMARY KEY NOT NULL,
        endpoint TEXT NOT NULL,
        id TEXT,
        created REAL NOT NULL
    );
    CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY NOT NULL, token TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS by_token ON rows (token);
"""


def exist(journal: Path) -> bool:
    """Whether the journal at `journal` has ever had a batch beside it."""
    return _beside(journal).exists()


def _beside(journal: Path) -> Path:
    return journal.with_name(journal.name + SUFFIX)


class Records:
    """The open batches of all roles that share the journal at `journal`. Raises JournalError for a faulty file."""

    def __init__(self, journal: Path) -> None:
        self.path = _beside(journal)
        with self._told():
            os.close(os.open(self._lock_path, os.O_CREAT | os.O_RDWR, 0o600))
            # Made by name and not opened: SQLite's own locks on it would be lost with the closing.
            if not self.path.exists():
                self.path.touch(0o600)
            self._file = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(SCHEMA)
        self._prune()

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(self.path.name + ".lock")

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keep other processes from making batches; the end of this one, however it comes, lets them go on."""
        with self._lock_path.open("r+") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(RETRY_S)
            yield

    def intend(self, token: str, endpoint: str, keys: Iterable[str]) -> None:
        """A batch is about to be made of the requests with these keys."""
        with self._transaction() as file:
            file.execute("INSERT INTO batches VALUES (?, ?, NULL, ?)", (token, endpoint, time.time()))
            file.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?)", ((key, token) for key in keys))

    def name(self, token: str, id: str) -> None:
        """The batch with this token has been made."""
        with self._transaction() as file:
            file.execute("UPDATE batches SET id = ? WHERE token = ?", (id, token))

    def intents(self, endpoint: str) -> list[tuple[str, float]]:
        """The tokens of batches that have no id, and when they were written down."""
        with self._told():
            found = self._file.execute(
                "SELECT token, created FROM batches WHERE id IS NULL AND endpoint = ?", (endpoint,)
            )
            return [(str(token), float(created)) for token, created in found]

    def forget(self, token: str) -> None:
        """No batch was made with this token, or it is no more."""
        with self._transaction() as file:
            file.execute("DELETE FROM rows WHERE token = ?", (token,))
            file.execute("DELETE FROM batches WHERE token = ?", (token,))

    def lose(self, id: str) -> None:
        """The batch with this id is no more, or nothing will come of it."""
        with self._told():
            tokens = self._file.execute("SELECT token FROM batches WHERE id = ?", (id,)).fetchall()
        for (token,) in tokens:
            self.forget(token)

    def owners(self, keys: Sequence[str]) -> dict[str, str]:
        """By key, the batch that a request is in."""
        found: dict[str, str] = {}
        with self._told():
            for start in range(0, len(keys), LOOKUP):
                some = keys[start : start + LOOKUP]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, id FROM rows JOIN batches USING (token) WHERE id NOT NULL AND key IN ({marks})"
                found.update(self._file.execute(query, some).fetchall())
        return found

    def settle(self, id: str, keys: Iterable[str]) -> None:
        """These requests of the batch have come to an end; with its last one the batch is forgotten."""
        with self._transaction() as file:
            tokens = [token for (token,) in file.execute("SELECT token FROM batches WHERE id = ?", (id,))]
            for token in tokens:
                file.executemany("DELETE FROM rows WHERE key = ? AND token = ?", ((key, token) for key in keys))
            file.execute("DELETE FROM batches WHERE id = ? AND token NOT IN (SELECT token FROM rows)", (id,))

    def _prune(self) -> None:
        """Forget what no provider has any more: what a kill left behind, and what nobody asked for again."""
        oldest = time.time() - KEPT_S
        with self._transaction() as file:
            file.execute("DELETE FROM rows WHERE token IN (SELECT token FROM batches WHERE created < ?)", (oldest,))
            file.execute("DELETE FROM batches WHERE created < ?", (oldest,))

    def close(self) -> None:
        """Close the file."""
        with self._told():
            self._file.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._told(), transaction(self._file):
            yield self._file

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as fault:
            raise JournalError(
                f"{self.path}: cannot be used ({fault}), wanted a file that can be read and written. Mend it and run "
                "the same command again; without it, requests that are still with the provider are bought again."
            ) from None
