"""The table in a journal's file and its versions. Knows nothing of requests and replies, nor when a file is opened."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from lion.chat.database import BUSY_S, transaction
from lion.errors import JournalError

VARIABLE = "LION_JOURNAL"
APPLICATION = 0x4C494F4E
"""SQLite's application id of a journal: "LION" in ASCII."""
VERSION = 2
RETRY_S = 0.01
COLUMNS = (
    *("key", "role", "endpoint", "model", "request", "text", "finish_reason"),
    *("prompt_tokens", "completion_tokens", "created", "bought"),
)
INDEX = "CREATE INDEX IF NOT EXISTS spent ON replies (role, model, bought, prompt_tokens, completion_tokens)"
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS replies (
        key TEXT PRIMARY KEY NOT NULL,
        role TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        model TEXT NOT NULL,
        request TEXT NOT NULL,
        text TEXT NOT NULL,
        finish_reason TEXT NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        created TEXT NOT NULL,
        bought TEXT NOT NULL DEFAULT 'online'
    )
    """,
    INDEX,
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)
FROM_1 = (
    "ALTER TABLE replies ADD COLUMN bought TEXT NOT NULL DEFAULT 'online'",
    INDEX,
    f"PRAGMA user_version = {VERSION}",
)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the table in a new file, and bring an earlier version's up to date.

    Raises JournalError for another program's database and for a later version's journal; both are left alone.
    """
    connection.execute("BEGIN")  # one look, for another process may be making the table just now
    steps = _steps(connection, path)
    connection.execute("COMMIT")
    if steps is SCHEMA:
        _log_ahead(connection)
    if steps:
        _take(connection, path)


def _steps(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """What the file lacks, within the transaction that is open."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION and version in (1, VERSION):
        return FROM_1 if version == 1 else ()
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        connection.execute("ROLLBACK")
        found = f"version {version}" if application == APPLICATION else "another program's database"
        raise JournalError(
            f"{path}: found {found}, wanted a journal of version {VERSION}. "
            f"Set {VARIABLE} to the right file, or install the Lion that wrote it."
        )
    return SCHEMA


def _take(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps, alone. Another process may have taken them since the first look: so look again."""
    with transaction(connection):
        for step in _steps(connection, path):
            connection.execute(step)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, which the file then keeps. SQLite itself does not wait for the lock here."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(RETRY_S)
