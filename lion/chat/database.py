"""What every SQLite file of this room needs: patience with other processes, and transactions. Knows no table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

BUSY_S = 60.0
"""How long to wait for another process that is writing."""
LOOKUP = 500
"""Keys in one query."""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """The block's changes, all or none; nobody else writes meanwhile. The connection must be in autocommit mode."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
