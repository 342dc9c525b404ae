"""`lion journal …` as it is typed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lion.cli import main
from tests.chat.test_archive import entries, fill


def _lion(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["journal", *map(str, arguments)])


def test_stats_is_a_table(journal: Path) -> None:
    fill(journal, entries(1200))
    done = _lion("stats", "--journal", journal)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:2] == [
        "role     model  bought  replies  prompt tokens  completion tokens",
        "teacher  m      online    1,200          3,600              2,400",
    ]
    assert f"{journal}: 1,200 replies, " in done.stdout


@pytest.mark.parametrize("command", [["stats"], ["verify"], ["export", "out.jsonl"]])
def test_where_there_is_no_journal_none_is_made(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = _lion(*command)
    assert list(tmp_path.iterdir()) == []
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: .lion/journal.db: no journal there, wanted one.")
    assert done.stderr.count("\n") == 1


def test_the_journal_is_taken_from_the_environment(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(journal, entries(1))
    monkeypatch.setenv("LION_JOURNAL", str(journal))
    assert _lion("verify").stdout == "1 replies, all sound\n"


def test_verify_names_a_bounded_number_of_faulty_rows_and_ends_with_1(journal: Path) -> None:
    fill(journal, entries(100))
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("UPDATE replies SET endpoint = 'elsewhere' WHERE rowid > 10")
    done = _lion("verify", "--journal", journal)
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 20
    assert "row 11, key '" in done.stdout.splitlines()[0]
    assert "90 faults, the first 20 of them above, wanted none" in done.stderr
    assert done.stderr.count("\n") == 1


def test_export_and_import_tell_what_they_did(journal: Path, tmp_path: Path) -> None:
    fill(journal, entries(7))
    file, theirs = tmp_path / "shared" / "replies.jsonl", tmp_path / "theirs.db"
    assert _lion("export", file, "--journal", journal).stdout == f"{file}: 7 replies exported\n"
    assert _lion("import", file, "--journal", theirs).stdout == f"{theirs}: 7 replies imported, 0 already there\n"
    assert _lion("import", file, "--journal", theirs).stdout == f"{theirs}: 0 replies imported, 7 already there\n"


def test_a_faulty_import_is_one_line(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    done = _lion("import", tmp_path / "x.jsonl", "--journal", journal)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {tmp_path / 'x.jsonl'}:1: not a valid stored: ")
    assert done.stderr.count("\n") == 1
    assert not journal.exists()


def test_an_export_that_cannot_be_written_is_one_line(journal: Path, tmp_path: Path) -> None:
    fill(journal, entries(1))
    for target in (tmp_path, journal / "out.jsonl"):
        done = _lion("export", target, "--journal", journal)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: {target}: cannot be written (")
        assert done.stderr.count("\n") == 1
