"""What a journal holds, and whether every row of it is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lion.chat import audit
from lion.chat.journal import Journal
from lion.chat.prices import Totals
from lion.errors import JournalError
from tests.chat.test_archive import entries, fill


def _faults(journal: Path) -> list[str]:
    with closing(Journal(journal)) as book:
        return [fault for fault in audit.faults(book) if fault]


def test_stats_tell_what_is_there(journal: Path) -> None:
    with closing(Journal(journal)) as book:
        empty = audit.stats(book)
        assert (empty.shares, empty.first, empty.last) == ({}, None, None)
        book.store(entries(10))
        found = audit.stats(book)
        assert found.shares == {("teacher", "m", "online"): Totals(10, 30, 20)}
        assert found.size_bytes == sum(f.stat().st_size for f in journal.parent.iterdir())
        assert found.first and found.last and found.first <= found.last


def test_a_sound_journal_has_no_fault(journal: Path) -> None:
    fill(journal, entries(10))
    assert _faults(journal) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("key = 'x'", "the key does not fit the request"),
        ("request = replace(request, 'Number', 'Nothing')", "the key does not fit the request"),
        ("endpoint = 'https://api.example.com/v1'", "the key does not fit the request"),
        ("request = '{}'", "request cannot be read (KeyError 'messages')"),
        ("request = 'x'", "request cannot be read (Expecting value"),
        ("prompt_tokens = 'many'", "prompt_tokens is 'many', wanted a whole number"),
        ("completion_tokens = -2", "completion_tokens is -2, wanted a whole number"),
        ("text = x'00'", "text is bytes, wanted text"),
        ("text = cast(x'ff' AS TEXT)", "text is not UTF-8"),
        ("created = 'yesterday'", "created is 'yesterday', wanted a date"),
        ("bought = 'stolen'", "bought is 'stolen', wanted one of online, batch, imported"),
    ],
)
def test_a_faulty_row_is_named(journal: Path, change: str, told: str) -> None:
    fill(journal, entries(10))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute(f"UPDATE replies SET {change} WHERE rowid = 4")
    (fault,) = _faults(journal)
    assert fault.startswith("row 4, key '")
    assert told in fault


def test_a_missing_column_is_named(journal: Path) -> None:
    fill(journal, entries(1))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE replies DROP COLUMN finish_reason")
    assert ["the table: found the columns key, role, endpoint" in fault for fault in _faults(journal)] == [True]


def test_an_index_that_lacks_a_row_is_told(journal: Path) -> None:
    fill(journal, entries(10))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'role,', 'finish_reason,') WHERE name = 'spent'"
        )
    assert any("index spent" in fault for fault in _faults(journal))


def test_a_damaged_file_is_told_in_one_line(journal: Path) -> None:
    fill(journal, entries(400))
    with journal.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * (journal.stat().st_size - 3 * 4096))
    try:
        faults = _faults(journal)
    except JournalError as fault:
        faults = [str(fault)]
    assert faults
    assert not any("\n" in fault for fault in faults)
