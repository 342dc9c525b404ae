"""`lion spend` where nothing was run yet, and outside of a project."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lion import conf, jsonl, params
from lion.cli import main
from lion.corridor import Corridor
from lion.records import Call
from lion.spending.ledger import uses
from tests.chat.test_archive import entries, fill
from tests.spending.test_estimate import ROOT


def _lion(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spend", *map(str, arguments)])


def test_before_the_first_run_it_says_so(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LION_JOURNAL", str(journal))
    done = _lion()
    assert done.exit_code == 0
    assert f"{journal}: nothing was bought yet" in done.stdout
    assert not journal.exists()


def test_all_that_was_ever_bought_is_a_table(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    fill(journal, entries(1200))
    done = _lion("--journal", journal)
    assert "teacher  m      online  1,200          3,600              2,400  no price" in done.stdout.splitlines()
    assert "m: no price in runtime.prices; every sum of dollars leaves it out" in done.stdout


def test_a_journal_that_is_named_must_be_there(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = _lion("--journal", journal)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {journal}: no journal there")


@pytest.mark.parametrize("command", ["spend", "estimate"])
def test_outside_of_the_project_it_is_one_line(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [command])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: params.yaml: not found")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_calls_of_an_evaluation_are_used_under_their_roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = params.parse(conf.compose(), "composed", "")
    monkeypatch.chdir(tmp_path)
    calls = [Call(f"{number:064x}", role, 10, 3) for number, role in enumerate(["teacher", "judge", "judge"])]
    jsonl.write(tmp_path / "data/iteration-0/evaluation/vicuna_calls.jsonl", calls)
    used = uses(Corridor(settings.model_dump(), ROOT / "dvc.yaml"), settings, None)
    assert {use.role: (use.iteration, use.first_uses) for use in used} == {"teacher": ("0", 1), "judge": ("0", 2)}
