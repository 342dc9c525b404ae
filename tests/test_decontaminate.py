"""`lion decontaminate`: what it tells of a file, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lion import jsonl
from lion.cli import main
from lion.records import Overlap, identify

HENS = "A farmer sells the eggs of forty hens at the market every Friday and keeps a dozen for the school."
TEXTS = [
    {"instruction": f"{HENS} How many does she sell?"},
    {"instruction": "Write a function.", "input": "It adds two numbers."},
    {"instruction": "Write a function that adds numbers."},
    {"instruction": "Name a river in France."},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small suites."""
    folder = tmp_path / "home"
    for name, key, items in (("gsm8k/test", "question", [HENS]), ("mbpp/mbpp", "text", ["Name a bird.", CODE])):
        (folder / name).parent.mkdir(parents=True)
        lines = [json.dumps({key: item, "task_id": number}) for number, item in enumerate(items, start=601)]
        folder.joinpath(f"{name}.jsonl").write_text("\n".join(lines))
    monkeypatch.setenv("LION_DATA_HOME", str(folder))
    return folder


CODE = "Write a function. It adds two numbers."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(TEXTS))
    return path


def lion(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["decontaminate", *map(str, arguments)])


def test_overlaps_are_counted_by_suite_and_rule_and_shown(file: Path) -> None:
    done = lion(file)
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["suite", "items", "exact", "ngram", "rouge", "overlaps"] in lines
    assert ["gsm8k", "1", "0", "1", "0", "1"] in lines
    assert ["mbpp", "2", "1", "0", "1", "2"] in lines
    assert f"{file}: 4 instructions, 3 of them overlap an item" in done.stdout
    assert f"gsm8k/1 (ngram) {identify(TEXTS[0]['instruction'])}\n  {HENS[:80]}" in done.stdout
    assert "  a farmer sells the eggs of forty hens at the market every friday\n" in done.stdout
    assert "  the same words\n" in done.stdout
    assert "  F1 0.77\n" in done.stdout


def test_text_from_outside_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([{"instruction": f"\x1b[2J\u202e {HENS} How many?"}]))
    done = lion(path)
    assert "\\x1b[2J" in done.stdout
    assert not set("\x1b\u202e") & set(done.stdout)


def test_every_overlap_is_written_and_given_to_machines(file: Path, tmp_path: Path) -> None:
    done = lion(file, "--json", "--out", tmp_path / "found.jsonl")
    told = json.loads(done.stdout)
    found = list(jsonl.read(tmp_path / "found.jsonl", Overlap))
    assert [(o.item, o.rule) for o in found] == [("gsm8k/1", "ngram"), ("mbpp/602", "exact"), ("mbpp/602", "rouge")]
    assert [Overlap(**overlap) for overlap in told["overlaps"]] == found
    assert told["instructions"] == 4
    assert told["suites"]["mbpp"] == {"items": 2, "exact": 1, "ngram": 0, "rouge": 1}


def test_suite_run_and_limit_are_the_user_s(file: Path) -> None:
    only = json.loads(lion(file, "--json", "--suite", "mbpp", "--max-rouge", "0.8").stdout)
    assert only["suites"] == {"mbpp": {"items": 2, "exact": 1, "ngram": 0, "rouge": 0}}
    longer = json.loads(lion(file, "--json", "--ngram", "25", "--max-rouge", "0.95", "--suite", "gsm8k").stdout)
    assert longer["suites"] == {"gsm8k": {"items": 1, "exact": 0, "ngram": 0, "rouge": 0}}


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_other_formats_are_read_too(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_text(f'{{"instruction": "{HENS}"}}\n' if suffix == ".jsonl" else f'instruction\n"{HENS}"\n')
    assert json.loads(lion(path, "--json").stdout)["suites"]["gsm8k"]["exact"] == 1


def test_a_file_without_overlaps_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"instruction": "Describe the smell of rain."}\n')
    done = lion(path)
    assert done.exit_code == 0
    assert done.stdout.endswith("1 instructions, 0 of them overlap an item\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.json"], "none.json: cannot be read"),
        (["notes.txt"], "notes.txt: wanted a file whose name ends in .json, .jsonl, .csv."),
        (["none.json", "--suite", "trivia"], "--suite: found 'trivia', wanted one of vicuna, user_oriented, bbh"),
        (["none.json", "--suite", "bbh"], "{home}: not found there: bbh (bbh/boolean_expressions.json and 26 more)."),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], told: str, home: Path) -> None:
    done = lion(*arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {told.format(home=home)}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_broken_file_and_a_broken_suite_are_one_line(file: Path, home: Path) -> None:
    file.write_text(file.read_text()[:-9])
    assert lion(file).stderr.startswith(f"Error: {file}:1: not JSON")
    (home / "gsm8k/test.jsonl").write_text('{"question": ')
    done = lion(file)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: {home}/gsm8k/test.jsonl:1: not JSON")


def test_without_any_benchmark_the_variable_is_named(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LION_DATA_HOME")
    monkeypatch.chdir(tmp_path)
    done = lion(file)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: {tmp_path.resolve() / '.lion/benchmarks'}: no benchmark there, wanted ")
    assert "LION_DATA_HOME" in done.stderr and "--suite" in done.stderr
