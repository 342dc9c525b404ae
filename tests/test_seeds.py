"""Seed instructions from files, good and bad."""

import json
import os
from pathlib import Path

import pytest

from lion import seeds
from lion.errors import DataError
from lion.params import Seed
from lion.records import Instruction

TWO = [{"instruction": "Name a fruit.", "input": "", "output": "Apple"}, {"instruction": "Sort.", "input": "3 1 2"}]


def load(path: Path, size: int | None = None, max_characters: int = 20_000) -> list[Instruction]:
    settings = Seed(source=str(path), revision=None, size=size, max_characters=max_characters)
    return seeds.load(settings, random_seed=1)[0]


def refused(path: Path, raw: bytes | str) -> str:
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(DataError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seeds.json", json.dumps(TWO)),
        ("seeds.jsonl", "\n\n".join(json.dumps(value) for value in TWO)),
        ("seeds.csv", 'instruction,input\nName a fruit.,\n"Sort.",3 1 2\n'),
    ],
)
def test_the_three_file_formats_give_the_same_seeds(tmp_path: Path, name: str, text: str, mark: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(mark + text.encode())
    assert load(path) == [Instruction.seed("Name a fruit."), Instruction.seed("Sort.", "3 1 2")]


def test_a_repetition_is_kept_once_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "seeds.json"
    path.write_text(json.dumps([*TWO, {"instruction": " Name a  fruit."}]))
    kept, rejected = seeds.load(Seed(source=str(path), revision=None, size=None, max_characters=99), 1)
    assert len(kept) == 2
    assert [(r.id, r.reason) for r in rejected] == [(kept[0].id, "duplicate")]


def test_a_size_draws_the_same_seeds_in_the_files_order_each_time(tmp_path: Path) -> None:
    path = tmp_path / "seeds.json"
    path.write_text(json.dumps([{"instruction": f"Count to {n}."} for n in range(100)]))
    drawn = load(path, size=10)
    assert drawn == load(path, size=10)
    numbers = [int(seed.instruction.split()[-1].rstrip(".")) for seed in drawn]
    assert len(numbers) == 10
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("s.json", "", "s.json:1: not JSON"),
        ("s.json", '[{"instruction": "a b', "s.json:1: not JSON (Unterminated string"),
        ("s.json", '{"instruction": "a"}', "found dict, wanted a list of objects"),
        ("s.json", "[]", "holds no record, wanted at least one instruction"),
        ("s.json", "[1]", "record 1: found int, wanted an object with 'instruction'"),
        ("s.json", '[{"instruction": "a"}, {"prompt": "b"}]', "record 2: no 'instruction' among the keys ['prompt']"),
        ("s.json", '[{"instruction": 7}]', "record 1: 'instruction' is int, wanted text"),
        ("s.json", '[{"instruction": null}]', "record 1: 'instruction' is NoneType, wanted text"),
        ("s.json", '[{"instruction": "a", "input": ["b"]}]', "record 1: 'input' is list, wanted text"),
        ("s.json", '[{"instruction": " \\n"}]', "record 1: 'instruction' is blank"),
        ("s.jsonl", "", "holds no record"),
        ("s.jsonl", '{"instruction": "a"}\n{"instruction": "b', "s.jsonl:2: not JSON"),
        ("s.jsonl", b'{"instruction": "a"}\n{"instruction": "\xff"}\n', "s.jsonl:2: not UTF-8 (byte 0xff"),
        ("s.csv", "question,input\na,b\n", "s.csv:2: no 'instruction' among the keys ['input', 'question']"),
        ("s.csv", "instruction\n", "holds no record"),
        ("s.csv", 'instruction\n"a\n', "not CSV"),
    ],
)
def test_a_bad_source_is_one_line_with_the_place(tmp_path: Path, name: str, raw: bytes | str, told: str) -> None:
    message = refused(tmp_path / name, raw)
    assert told in message
    assert message.endswith(seeds.REMEDY)


def test_a_very_long_instruction_is_refused_with_its_length_and_the_limit(tmp_path: Path) -> None:
    message = refused(tmp_path / "s.jsonl", json.dumps({"instruction": "x" * 200_000}))
    assert "s.jsonl:1: 'instruction' has 200000 characters, at most 20000 are allowed" in message
    assert len(message) < 300


def test_many_faults_are_told_in_one_line_that_counts_the_rest(tmp_path: Path) -> None:
    message = refused(tmp_path / "s.jsonl", "\n".join(json.dumps({"instruction": ""}) for _ in range(50)))
    assert message.count("is blank") == seeds.FAULTS_TOLD
    assert "(and 45 more)" in message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.json: cannot be read"):
        load(tmp_path / "none.json")


def test_what_is_neither_a_file_nor_a_data_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"neither a \.json, \.jsonl or \.csv file nor a data set"):
        load(tmp_path / "folder")


def test_the_classroom_gives_as_many_seeds_as_asked() -> None:
    settings = Seed(source="classroom", revision=None, size=50, max_characters=20_000)
    kept, rejected = seeds.load(settings, 1)
    assert (len(kept), rejected) == (50, [])
    assert kept != seeds.load(settings, 2)[0]


@pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")
def test_alpaca_is_read_as_a_whole() -> None:
    settings = Seed(
        source=f"{os.environ['LION_DATA_HOME']}/alpaca/alpaca_data.json",
        revision=None,
        size=None,
        max_characters=20_000,
    )
    kept, rejected = seeds.load(settings, 1)
    assert len(kept) + len(rejected) == 52_002


def test_a_csv_field_keeps_its_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text('instruction,input\n"Write a poem.\n\nAbout cats",x\n')
    assert load(path) == [Instruction.seed("Write a poem.\n\nAbout cats", "x")]


def test_a_csv_row_with_an_unquoted_comma_is_told(tmp_path: Path) -> None:
    message = refused(tmp_path / "s.csv", "instruction,input\nTranslate this, please, into French,now\n")
    assert "s.csv:2: 2 more fields than the header has" in message


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"instruction": ' + "9" * 5_000 + "}]"])
def test_json_that_overwhelms_the_reader_is_told(tmp_path: Path, text: str) -> None:
    assert "JSON that cannot be read" in refused(tmp_path / "s.json", text)
    assert "s.jsonl:1: JSON that cannot be read" in refused(tmp_path / "s.jsonl", text)
