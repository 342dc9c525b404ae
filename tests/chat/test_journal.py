"""The journal's file: what is stored stays, the first one stored wins, and whatever is wrong is told in one line."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from lion.chat.journal import DEFAULT, Entry, Journal, place
from lion.chat.request import Reply
from lion.errors import JournalError
from tests.chat.asking import question, questions


def _entry(n: int, text: str = "Yes.") -> Entry:
    request = question("classroom", f"Number {n}?")
    return Entry("teacher", request, Reply(request.key, text, "stop", 3, 2))


def test_place_is_the_argument_then_the_variable_then_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place() == DEFAULT
    monkeypatch.setenv("LION_JOURNAL", "/elsewhere/j.db")
    assert place() == Path("/elsewhere/j.db")
    assert place(Path("given.db")) == Path("given.db")


def test_stored_replies_are_found_again_by_another_opening(journal: Path) -> None:
    entries = [_entry(n) for n in range(1200)]
    book = Journal(journal)
    assert book.store(entries) == [entry.reply for entry in entries]
    book.close()
    book = Journal(journal)
    keys = [entry.request.key for entry in entries]
    assert book.find([*keys, "unknown"]) == {entry.request.key: entry.reply for entry in entries}
    book.close()


def test_first_reply_stored_for_a_key_stands(journal: Path) -> None:
    mine, theirs = Journal(journal), Journal(journal)
    assert mine.store([_entry(1, "first")])[0].text == "first"
    assert [reply.text for reply in theirs.store([_entry(1, "second"), _entry(2, "other")])] == ["first", "other"]
    assert mine.find([_entry(1).request.key])[_entry(1).request.key].text == "first"
    mine.close()
    theirs.close()


def test_new_journal_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(25):
            together = Barrier(8, timeout=30)

            def opening(path: Path, together: Barrier = together) -> None:
                together.wait()
                Journal(path).close()

            list(pool.map(opening, [tmp_path / f"{n}.db"] * 8))


EARLIER = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE replies (
        key TEXT PRIMARY KEY NOT NULL, role TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
        request TEXT NOT NULL, text TEXT NOT NULL, finish_reason TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL, created TEXT NOT NULL
    );
    INSERT INTO replies VALUES ('k', 'teacher', 'e', 'm', '{}', 'Yes.', 'stop', 3, 2, '2026-11-01T00:00:00+00:00');
    PRAGMA application_id = 0x4C494F4E;
    PRAGMA user_version = 1;
"""
"""A journal of version 1."""


def test_earlier_versions_journal_is_brought_up_to_date_once_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for n in range(25):
            path, together = tmp_path / f"{n}.db", Barrier(8, timeout=30)
            with closing(sqlite3.connect(path)) as connection:
                connection.executescript(EARLIER)

            def opening(path: Path, together: Barrier = together) -> dict[str, Reply]:
                together.wait()
                with closing(Journal(path)) as book:
                    return book.find(["k"])

            assert list(pool.map(opening, [path] * 8)) == [{"k": Reply("k", "Yes.", "stop", 3, 2)}] * 8
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("SELECT bought FROM replies").fetchall() == [("online",)]
                assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_any_text_comes_back_as_it_was(journal: Path) -> None:
    book = Journal(journal)
    texts = ["", "a\0b", "é\u2028\U0001f981", "x" * 1_000_000]
    entries = [_entry(n, text) for n, text in enumerate(texts)]
    book.store(entries)
    found = book.find([entry.request.key for entry in entries])
    assert [found[entry.request.key].text for entry in entries] == texts
    book.close()


def test_row_tells_the_whole_request(journal: Path) -> None:
    book = Journal(journal)
    request = replace(question("classroom", "Lone \ud800 surrogate", attempt=2), system="")
    book.store([Entry("referee", request, Reply(request.key, "Yes.", "stop", 3, 2))])
    book.close()
    with sqlite3.connect(journal) as connection:
        row = connection.execute("SELECT role, endpoint, model, request FROM replies").fetchone()
    connection.close()
    assert row[:3] == ("referee", "classroom", "m")
    assert json.loads(row[3]) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Lone \ud800 surrogate"}],
        "temperature": 1.0,
        "top_p": 1.0,
        "max_tokens": 64,
        "attempt": 2,
    }


def test_journal_and_its_side_files_are_for_the_owner_alone(journal: Path) -> None:
    book = Journal(journal)
    book.store([_entry(1)])
    files = sorted(journal.parent.iterdir())
    assert [file.name for file in files] == ["journal.db", "journal.db-shm", "journal.db-wal"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert journal.parent.stat().st_mode & 0o777 == 0o700
    book.close()


def test_file_that_others_could_read_is_closed_to_them(journal: Path) -> None:
    Journal(journal).close()
    journal.chmod(0o644)
    Journal(journal).close()
    assert journal.stat().st_mode & 0o777 == 0o600


def _fault(path: Path) -> str:
    with pytest.raises(JournalError) as caught:
        book = Journal(path)
        book.find([request.key for request in questions("classroom", 400)])
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_text_file_is_not_taken_for_a_journal_and_not_touched(journal: Path) -> None:
    journal.parent.mkdir()
    journal.write_text("These are my notes.\n" * 100)
    assert "damaged, or not a journal" in _fault(journal)
    assert journal.read_text() == "These are my notes.\n" * 100


def test_damaged_journal_is_told_with_the_remedy(journal: Path) -> None:
    book = Journal(journal)
    book.store([Entry("teacher", r, Reply(r.key, "Yes.", "stop", 3, 2)) for r in questions("classroom", 400)])
    book.close()
    with journal.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (journal.stat().st_size - 4096))
    assert f"sqlite3 {journal} .recover" in _fault(journal)


def test_another_programs_database_is_left_alone(journal: Path) -> None:
    journal.parent.mkdir()
    with sqlite3.connect(journal) as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    assert "another program's database, wanted a journal of version 2" in _fault(journal)


def test_later_versions_journal_is_left_alone(journal: Path) -> None:
    Journal(journal).close()
    with sqlite3.connect(journal) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    assert "found version 7, wanted a journal of version 2" in _fault(journal)


def test_folder_in_place_of_the_file_is_told(journal: Path) -> None:
    journal.mkdir(parents=True)
    mode = journal.stat().st_mode
    assert "cannot be opened (Is a directory)" in _fault(journal)
    assert journal.stat().st_mode == mode


def test_file_in_place_of_the_folder_is_told(journal: Path) -> None:
    journal.parent.write_text("")
    assert "cannot be opened" in _fault(journal)
