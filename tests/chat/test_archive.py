"""A journal handed on as a file: the same bytes for the same replies, all lines or none, nothing that is not sound."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lion.chat import archive
from lion.chat.journal import Entry, Journal
from lion.chat.prices import Totals, spent
from lion.chat.request import Reply
from lion.errors import DataError
from tests.chat.asking import question


def entries(count: int, text: str = "Yes.") -> list[Entry]:
    requests = [question("classroom", f"Number {n}?", attempt=n % 3) for n in range(count)]
    requests[1::2] = [replace(request, seed=7, checkpoint="c0ffee") for request in requests[1::2]]
    return [Entry("teacher", request, Reply(request.key, text, "stop", 3, 2)) for request in requests]


def fill(journal: Path, stored: list[Entry]) -> None:
    with closing(Journal(journal)) as book:
        book.store(stored)


def exported(journal: Path, file: Path) -> list[dict[str, Any]]:
    with closing(Journal(journal)) as book:
        archive.export(book, file)
    return [json.loads(line) for line in file.read_bytes().splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "replies.jsonl"


def test_a_colleague_gets_every_reply_and_exports_the_same_bytes(journal: Path, file: Path, tmp_path: Path) -> None:
    odd = replace(question("classroom", "Lone \ud800 surrogate, \u2028 and \0", attempt=2), system="")
    fill(journal, [*entries(50), Entry("referee", odd, Reply(odd.key, "é\U0001f981", "length", 0, 0))])
    exported(journal, file)
    assert archive.bring(file, tmp_path / "theirs.db") == (51, 0)
    again = tmp_path / "again.jsonl"
    exported(tmp_path / "theirs.db", again)
    assert again.read_bytes() == file.read_bytes()
    with closing(Journal(tmp_path / "theirs.db")) as theirs, closing(Journal(journal)) as mine:
        keys = [entry.request.key for entry in entries(50)] + [odd.key]
        assert theirs.find(keys) == mine.find(keys)
        assert spent(theirs)["teacher", "m", "imported"] == Totals(50, 150, 100)


def test_the_order_of_buying_leaves_no_trace(journal: Path, file: Path, tmp_path: Path) -> None:
    fill(journal, entries(20))
    fill(tmp_path / "other.db", entries(20)[::-1])
    mine, theirs = exported(journal, file), exported(tmp_path / "other.db", tmp_path / "other.jsonl")
    assert [line["key"] for line in mine] == sorted(entry.request.key for entry in entries(20))
    assert [{**line, "created": ""} for line in mine] == [{**line, "created": ""} for line in theirs]


def test_what_is_stored_already_stays_as_it_is(journal: Path, file: Path, tmp_path: Path) -> None:
    fill(tmp_path / "theirs.db", entries(5, "theirs"))
    exported(tmp_path / "theirs.db", file)
    fill(journal, entries(2, "mine"))
    assert archive.bring(file, journal) == (3, 2)
    assert archive.bring(file, journal) == (0, 5)
    with closing(Journal(journal)) as book:
        assert spent(book) == {
            ("teacher", "m", "online"): Totals(2, 6, 4),
            ("teacher", "m", "imported"): Totals(3, 9, 6),
        }
        assert book.find([entries(1)[0].request.key])[entries(1)[0].request.key].text == "mine"


def test_an_exported_file_is_for_its_owner_alone(journal: Path, file: Path) -> None:
    file.write_text("readable")
    file.chmod(0o644)
    fill(journal, entries(1))
    exported(journal, file)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": 5}, "text: 5 is not of type 'string'"),
        ({"user": "Another question?"}, "does not fit the request"),
        ({"endpoint": "https://api.example.com/v1"}, "does not fit the request"),
        ({"api_key": "sk-planted"}, "Additional properties are not allowed"),
        ({"prompt_tokens": -1}, "prompt_tokens: -1 is less than the minimum of 0"),
        ({"prompt_tokens": 2**64}, "is greater than the maximum"),
        ({"created": "yesterday"}, "created: 'yesterday' does not match"),
        ({"text": "half \ud83d of a pair"}, "text that cannot be stored"),
    ],
)
def test_one_faulty_line_is_named_and_nothing_is_imported(
    journal: Path, file: Path, change: dict[str, Any], told: str
) -> None:
    fill(journal, entries(9))
    lines = exported(journal, file)
    lines[6] |= change
    file.write_text("\n".join(map(json.dumps, lines)))
    target = journal.parent / "new.db"
    with pytest.raises(DataError) as caught:
        archive.bring(file, target)
    assert str(caught.value).startswith(f"{file}:7: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not target.exists()


@pytest.mark.parametrize("endpoint", ["https://user:sk-planted@h/v1", "https://h/v1?api-key=sk-planted", "http://[x"])
def test_a_secret_in_an_endpoint_is_not_imported_and_not_repeated(journal: Path, file: Path, endpoint: str) -> None:
    request = question(endpoint, "Hello?")
    fill(journal, [Entry("teacher", request, Reply(request.key, "Yes.", "stop", 3, 2))])
    exported(journal, file)
    with pytest.raises(DataError) as caught:
        archive.bring(file, journal.parent / "new.db")
    assert "sk-planted" not in str(caught.value)


@pytest.mark.parametrize("content", [b"not json\n", b"\xff\n", b"[]\n", b"null\n", b"[" * 100_000])
def test_what_is_no_exported_file_is_told_in_one_line(journal: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(DataError, match=rf"^{file}:1: .*Export it again"):
        archive.bring(file, journal)
    with pytest.raises(DataError, match="cannot be read"):
        archive.bring(file.parent / "nowhere.jsonl", journal)
    assert not journal.exists()


def test_the_journal_is_not_overwritten_by_its_own_export(journal: Path) -> None:
    fill(journal, entries(3))
    before = journal.read_bytes()
    with closing(Journal(journal)) as book:
        for end in ("", "-wal"):
            with pytest.raises(DataError, match="the journal itself"):
                archive.export(book, journal.with_name(journal.name + end))
    assert journal.read_bytes() == before


def test_a_row_that_nobody_could_import_is_left_out_and_counted(journal: Path, file: Path) -> None:
    fill(journal, entries(4))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("UPDATE replies SET request = 'x' WHERE key = ?", [entries(1)[0].request.key])
    with closing(Journal(journal)) as book:
        assert archive.export(book, file) == (3, 1)
    assert archive.bring(file, journal.parent / "new.db") == (3, 0)


def test_memory_does_not_grow_with_the_journal(journal: Path, file: Path) -> None:
    fill(journal, entries(2000, "x" * 10_000))
    tracemalloc.start()
    try:
        with closing(Journal(journal)) as book:
            archive.export(book, file)
        archive.bring(file, journal.parent / "new.db")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < file.stat().st_size / 5
