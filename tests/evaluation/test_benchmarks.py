"""The public suites: as published where they are at hand, and small, broken ones."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from lion import jsonl
from lion.errors import DataError
from lion.evaluation import benchmarks
from lion.evaluation.benchmarks import SUITES, load, present
from lion.params import Benchmark
from lion.records import Item

needs_real_data = pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")
COUNTS = {
    "vicuna": 80,
    "user_oriented": 252,
    "bbh": 6_511,
    "agieval": 2_546,
    "gsm8k": 1_319,
    "humaneval": 164,
    "mbpp": 974,
    "math500": 500,
}
QUESTION = {"passage": None, "question": "Which is a fruit?", "options": ["(A)fig", "plum"], "label": "A"}
RECORDS: dict[str, dict[str, Any]] = {
    "vicuna": {"question_id": 1, "text": "How are you?", "category": "generic"},
    "user_oriented": {
        "id": "user_oriented_task_0",
        "instruction": "Shorten it.",
        "instances": [{"input": "Too long."}],
    },
    "bbh": {"input": "not True is", "target": "False"},
    "agieval": QUESTION,
    "gsm8k": {"question": "How many eggs?", "answer": "#### 3"},
    "humaneval": {"task_id": "HumanEval/0", "prompt": "def add(a, b):", "test": "assert"},
    "mbpp": {"task_id": 601, "text": "Write a function.", "code": "a\r\nb"},
    "math500": {"problem": "What is $2$?", "unique_id": "test/algebra/1.json"},
}
SHOWN = {
    "vicuna": ("vicuna/1", "How are you?"),
    "user_oriented": ("user_oriented/user_oriented_task_0", "Shorten it.\nToo long."),
    "bbh": ("bbh/boolean_expressions/1", "not True is"),
    "agieval": ("agieval/aqua-rat/1", "Which is a fruit?\n(A)fig\nplum"),
    "gsm8k": ("gsm8k/1", "How many eggs?"),
    "humaneval": ("humaneval/HumanEval/0", "def add(a, b):"),
    "mbpp": ("mbpp/601", "Write a function."),
    "math500": ("math500/test/algebra/1.json", "What is $2$?"),
}


def encoded(name: str, records: Sequence[object]) -> bytes:
    if name == "bbh":
        return json.dumps({"canary": "x", "examples": list(records)}).encode()
    raw = b"".join(map(jsonl.encode, records))
    return gzip.compress(raw) if name == "humaneval" else raw


def laid_out(home: Path, name: str, raw: bytes) -> Path:
    """A suite whose files all hold `raw`; the first of them is returned."""
    suite = SUITES[name]
    (home / suite.folder).mkdir(exist_ok=True)
    for file in suite.files:
        (home / suite.folder / file).write_bytes(raw)
    return home / suite.folder / suite.files[0]


def refused(home: Path, *suites: str) -> str:
    with pytest.raises(DataError) as caught:
        list(load(home, suites))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_suites_are_those_that_the_parameters_permit() -> None:
    assert tuple(SUITES) == get_args(Benchmark) == tuple(COUNTS) == tuple(RECORDS)


@needs_real_data
def test_the_published_suites_have_all_their_items_and_every_id_once() -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    items = list(load(home, SUITES))
    assert Counter(item.suite for item in items) == COUNTS
    assert len({item.id for item in items}) == len(items) == sum(COUNTS.values())
    assert all(item.id.startswith(f"{item.suite}/") and item.text.strip() for item in items)
    assert present(home) == list(SUITES)


@needs_real_data
def test_the_published_tasks_have_their_published_sizes() -> None:
    items = load(Path(os.environ["LION_DATA_HOME"]), ["bbh", "agieval"])
    sizes = Counter(item.id.rsplit("/", 1)[0] for item in items)
    assert len(sizes) == 27 + 8
    smaller = {"bbh/causal_judgement": 187, "bbh/penguins_in_a_table": 146, "bbh/snarks": 178}
    assert {name: size for name, size in sizes.items() if name.startswith("bbh/") and size != 250} == smaller
    assert sizes["agieval/aqua-rat"] == 254
    assert sizes["agieval/sat-en"] == sizes["agieval/sat-en-without-passage"] == 206


@needs_real_data
def test_items_can_be_written_and_read_again(tmp_path: Path) -> None:
    items = list(load(Path(os.environ["LION_DATA_HOME"]), SUITES))
    jsonl.write(tmp_path / "items.jsonl", items)
    assert list(jsonl.read(tmp_path / "items.jsonl", Item)) == items


@pytest.mark.parametrize("name", SUITES)
def test_an_item_is_what_a_model_is_shown(tmp_path: Path, name: str) -> None:
    laid_out(tmp_path, name, encoded(name, [RECORDS[name]]))
    items = list(load(tmp_path, [name, name]))
    assert len(items) == len(SUITES[name].files)
    assert (items[0].suite, items[0].id, items[0].text) == (name, *SHOWN[name])
    assert present(tmp_path) == [name]


def test_a_passage_stands_before_its_question_and_may_be_empty(tmp_path: Path) -> None:
    records = [{**QUESTION, "passage": "Figs are sweet."}, {**QUESTION, "passage": ""}]
    laid_out(tmp_path, "agieval", encoded("agieval", records))
    texts = [item.text for item in load(tmp_path, ["agieval"])][:2]
    assert texts == ["Figs are sweet.\nWhich is a fruit?\n(A)fig\nplum", "Which is a fruit?\n(A)fig\nplum"]


def test_a_question_may_have_turns(tmp_path: Path) -> None:
    laid_out(tmp_path, "vicuna", encoded("vicuna", [{"question_id": 9, "turns": ["How are you?", "And now?"]}]))
    assert [item.text for item in load(tmp_path, ["vicuna"])] == ["How are you?\nAnd now?"]


@pytest.mark.parametrize("name", SUITES)
@pytest.mark.parametrize("record", [{}, [], "text", None], ids=repr)
def test_a_record_without_its_text_is_one_line_with_the_place(tmp_path: Path, name: str, record: object) -> None:
    path = laid_out(tmp_path, name, encoded(name, [RECORDS[name], record]))
    place = f"{path}: example 2: " if name == "bbh" else f"{path}:2: "
    message = refused(tmp_path, name)
    assert message.startswith(place)
    assert message.endswith(benchmarks.REMEDY)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("gsm8k", {"question": " \n"}, ":1: an item without text"),
        ("gsm8k", {"question": 7}, ":1: 'question' is int, wanted text"),
        ("agieval", {"passage": 7}, ":1: 'passage' is int, wanted text"),
        ("agieval", {"options": None}, ":1: 'options' is no list of texts"),
        ("user_oriented", {"instances": [{"output": "a"}]}, ":1: no 'input' among the keys ['output']"),
        ("user_oriented", {"instances": "none"}, ":1: 'instances' is no list of objects"),
        ("vicuna", {"turns": [1]}, ":1: 'turns' is no list of texts"),
        ("mbpp", {"task_id": None}, ":1: 'task_id' is NoneType, wanted a text or a number"),
    ],
)
def test_a_field_of_the_wrong_kind_is_told_by_its_name(
    tmp_path: Path, name: str, change: dict[str, object], told: str
) -> None:
    path = laid_out(tmp_path, name, encoded(name, [{**RECORDS[name], **change}]))
    assert refused(tmp_path, name).startswith(f"{path}{told}")


@pytest.mark.parametrize("name", SUITES)
def test_a_cut_file_is_one_line_with_the_place(tmp_path: Path, name: str) -> None:
    path = laid_out(tmp_path, name, encoded(name, [RECORDS[name]] * 2)[:-9])
    told = {"bbh": ":1: not JSON", "humaneval": ": cannot be read"}.get(name, ":2: not JSON")
    assert refused(tmp_path, name).startswith(f"{path}{told}")


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("humaneval", b"no gzip", ": cannot be read (Not a gzipped file"),
        ("humaneval", gzip.compress(b"\xff\n"), ":1: not UTF-8"),
        ("gsm8k", b'{"question": "\xff"}', ":1: not UTF-8"),
        ("bbh", b"[]", ": found no list under 'examples'"),
        ("bbh", b'{"examples": {}}', ": found no list under 'examples'"),
        ("bbh", b"\xff", ": not UTF-8"),
        ("bbh", b"[" * 100_000, ": JSON that cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, name: str, raw: bytes, told: str) -> None:
    path = laid_out(tmp_path, name, raw)
    assert refused(tmp_path, name).startswith(f"{path}{told}")


def test_suites_that_are_not_there_are_told_together_with_the_way_out(tmp_path: Path) -> None:
    laid_out(tmp_path, "bbh", encoded("bbh", [RECORDS["bbh"]])).unlink()
    message = refused(tmp_path, "gsm8k", "bbh", "agieval")
    assert message == (
        f"{tmp_path}: not found there: gsm8k (gsm8k/test.jsonl), bbh (bbh/boolean_expressions.json), "
        "agieval (agieval/aqua-rat.jsonl and 7 more). "
        "Point LION_DATA_HOME to the folder that has them, or do without: -S 'generate.decontaminate.suites=[]'"
    )


def test_the_home_is_where_the_variable_points_else_where_suites_are_fetched_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for value in (None, ""):
        monkeypatch.delenv("LION_DATA_HOME", raising=False)
        if value is not None:
            monkeypatch.setenv("LION_DATA_HOME", value)
        assert benchmarks.home() == tmp_path.resolve() / ".lion/benchmarks"
    monkeypatch.setenv("LION_DATA_HOME", "/elsewhere")
    assert benchmarks.home() == Path("/elsewhere")
