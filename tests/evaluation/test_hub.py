"""Suites from the hub: data sets in its layout, in local folders and behind a server on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lion import jsonl
from lion.conf import compose
from lion.errors import DataError
from lion.evaluation import benchmarks, hub, rouge_items
from lion.evaluation.benchmarks import SUITES
from lion.evaluation.hub import SOURCES, Source
from lion.records import Item
from tests.evaluation import loopback_hub
from tests.evaluation.test_benchmarks import RECORDS, SHOWN, encoded, laid_out, needs_real_data

DOLLY = {"topic": "open_qa", "instruction": "Say 1.", "input": "", "output": "One.", "prompt": "### Say 1."}
ROWS: dict[str, dict[str, Any]] = {**RECORDS, "dolly": DOLLY}
WITHOUT = "Do without."
ROOT = Path(__file__).parent.parent.parent


def place(home: Path, name: str) -> tuple[Path, Sequence[str]]:
    """Where a suite goes, and the files that it must hold."""
    if name == "dolly":
        return home / "dolly", rouge_items.DOLLY_OF_THE_HUB
    return home / SUITES[name].folder, SUITES[name].files


def stored(root: Path, source: Source, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Source:
    """A local folder that is laid out as the source on the hub, with `rows` for each of the suite's files."""
    for file, records in rows.items():
        paths = source.rows(file)
        for number, path in enumerate(paths):
            own = records[number * len(records) // len(paths) : (number + 1) * len(records) // len(paths)]
            target = root / path.replace("test-*", "test-00000-of-00001.parquet").replace("*", "00000-of-00001.parquet")
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".jsonl":
                target.write_bytes(b"".join(map(jsonl.encode, own)))
            else:
                pq.write_table(pa.Table.from_pylist([dict(one) for one in own]), target)
    return replace(source, id=str(root))


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """A user-oriented instruction as the hub keeps it."""
    keys = row["instances"][0]
    return {**row, "instances": {key: [instance[key] for instance in row["instances"]] for key in keys}}


def small(root: Path, name: str) -> Source:
    """A source with one row of each file, or one of each of its parts."""
    row = columns(ROWS[name]) if name == "user_oriented" else ROWS[name]
    _, files = place(root, name)
    stems = [file.split(".")[0] for file in files if "without" not in file]
    count = max(len(SOURCES[name].rows(stem)) for stem in stems)
    rows = [{**row, "task_id": 601 + n} if name == "mbpp" else row for n in range(count)]
    return stored(root, SOURCES[name], dict.fromkeys(stems, rows))


def test_every_source_is_pinned_to_a_commit() -> None:
    assert set(SOURCES) == {*SUITES, "dolly"} - {"vicuna"}
    assert all(len(source.revision) == 40 and int(source.revision, 16) for source in SOURCES.values())
    assert all(source.id.count("/") == 1 for source in SOURCES.values())


@pytest.mark.parametrize("name", SOURCES)
def test_rows_of_the_hub_become_the_published_layout(tmp_path: Path, name: str) -> None:
    folder, files = place(tmp_path / "home", name)
    hub.bring({name: (folder, files)}, WITHOUT, {name: small(tmp_path / "hub", name)})
    assert sorted(path.name for path in folder.iterdir()) == sorted([*files, hub.ORIGIN])
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    if name == "dolly":
        (item,) = rouge_items.load("dolly", tmp_path / "home").items
        assert (item.instruction.instruction, item.references) == ("Say 1.", ("One.",))
        assert item.groups == {"category": "open_qa"}
        return
    items = list(benchmarks.load(tmp_path / "home", [name]))
    assert (items[0].id, items[0].text) == SHOWN[name]
    assert len(items) == (4 if name == "mbpp" else len(files))


def test_sat_en_without_passage_is_made_of_sat_en(tmp_path: Path) -> None:
    rows = {"sat-en": [{**RECORDS["agieval"], "passage": "Figs are sweet."}]}
    source = stored(tmp_path / "hub", SOURCES["agieval"], rows)
    folder = tmp_path / "home/agieval"
    hub.bring({"agieval": (folder, ["sat-en.jsonl", "sat-en-without-passage.jsonl"])}, WITHOUT, {"agieval": source})
    found = [json.loads((folder / f"{file}.jsonl").read_text()) for file in ("sat-en", "sat-en-without-passage")]
    assert [record["passage"] for record in found] == ["Figs are sweet.", None]


def test_what_was_fetched_is_kept_until_another_revision_is_wanted(tmp_path: Path) -> None:
    wanted = {"gsm8k": place(tmp_path / "home", "gsm8k")}
    source = small(tmp_path / "hub", "gsm8k")
    hub.bring(wanted, WITHOUT, {"gsm8k": source})
    first = (tmp_path / "home/gsm8k/test.jsonl").read_bytes()
    changed = stored(tmp_path / "hub", SOURCES["gsm8k"], {"test": [{"question": "How many?", "answer": "#### 4"}]})
    hub.bring(wanted, WITHOUT, {"gsm8k": changed})
    assert (tmp_path / "home/gsm8k/test.jsonl").read_bytes() == first
    hub.bring(wanted, WITHOUT, {"gsm8k": replace(changed, revision="0" * 40)})
    assert [item.text for item in benchmarks.load(tmp_path / "home", ["gsm8k"])] == ["How many?"]


def test_the_version_names_the_data_set(tmp_path: Path) -> None:
    source = small(tmp_path / "hub", "gsm8k")
    hub.bring({"gsm8k": place(tmp_path, "gsm8k")}, WITHOUT, {"gsm8k": source})
    assert benchmarks.version(tmp_path, "gsm8k").startswith(f"{source.id}@local sha256:")
    (tmp_path / "gsm8k" / hub.ORIGIN).unlink()
    assert benchmarks.version(tmp_path, "gsm8k").startswith("sha256:")


def test_a_suite_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    source = small(tmp_path / "hub", "bbh")
    (tmp_path / "hub/web_of_lies/test-00000-of-00001.parquet").unlink()
    with pytest.raises(DataError, match=r"^bbh: .* cannot be had from the Hugging Face hub") as caught:
        hub.bring({"bbh": place(tmp_path / "home", "bbh")}, WITHOUT, {"bbh": source})
    assert str(caught.value).endswith(WITHOUT) and "\n" not in str(caught.value)
    assert list((tmp_path / "home").iterdir()) == []


def test_a_suite_without_a_source_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LION_DATA_HOME", raising=False)
    with pytest.raises(DataError) as caught:
        list(benchmarks.load(benchmarks.home(), ["gsm8k", "vicuna"]))
    assert str(caught.value) == f"vicuna: no source on the Hugging Face hub is known. {benchmarks.WITHOUT}"


def test_where_the_variable_is_set_only_its_files_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LION_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with pytest.raises(DataError, match="home: not found there: gsm8k"):
        list(benchmarks.load(benchmarks.home(), ["gsm8k"]))
    laid_out(tmp_path / "home", "gsm8k", encoded("gsm8k", [RECORDS["gsm8k"]]))
    assert [item.id for item in benchmarks.load(benchmarks.home(), ["gsm8k"])] == ["gsm8k/1"]


def in_hub_s_layout(home: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    """A published suite's records by file, as rows of the hub."""
    suite, found = SUITES[name], {}
    for file in suite.files:
        records = [dict(record) for _, record in suite.read(home / suite.folder / file)]
        if "without" not in file:
            found[file.split(".")[0]] = [columns(one) for one in records] if name == "user_oriented" else records
    return found


@needs_real_data
@pytest.mark.parametrize("name", [name for name in SOURCES if name != "dolly"])
def test_the_published_suites_come_back_from_the_hub_s_layout(tmp_path: Path, name: str) -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    source = stored(tmp_path / "hub", SOURCES[name], in_hub_s_layout(home, name))
    hub.bring({name: place(tmp_path, name)}, WITHOUT, {name: source})
    assert list(benchmarks.load(tmp_path, [name])) == list(benchmarks.load(home, [name]))
    records = [[entry.fields for entry in benchmarks.entries(folder, [name], "")] for folder in (tmp_path, home)]
    kept = {"target", "label", "answer", "test", "test_list", "entry_point", "canonical_solution", "solution"}
    assert [[one.get(key) for key in kept] for one in records[0]] == [[o.get(key) for key in kept] for o in records[1]]


def fetched(folder: Path, endpoint: str, suites: str) -> subprocess.CompletedProcess[str]:
    """The stage `benchmarks` in `folder`, without LION_DATA_HOME and with a hub of one's own."""
    for name in ("lion", "models"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    (folder / "params.yaml").write_text(compose("profile=smoke", f"generate.decontaminate.suites={suites}"))
    arguments = ("--params", "params.yaml", "--prompts", ROOT / "lion/prompts/templates", "--items", "items.jsonl")
    return subprocess.run(
        [sys.executable, "-m", "stages.benchmarks", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf")},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_hub_is_asked_once_where_the_variable_is_not_set(tmp_path: Path) -> None:
    for name in ("gsm8k", "math500"):
        small(tmp_path / "hub" / SOURCES[name].id, name)
    with loopback_hub.serving(tmp_path / "hub") as (endpoint, asked):
        done = fetched(tmp_path, endpoint, "[gsm8k,math500]")
        assert done.returncode == 0, done.stderr
        assert any(f"revision/{SOURCES['gsm8k'].revision}" in path for path in asked)
        assert any(f"resolve/{loopback_hub.COMMIT}/main/test-00000-of-00001.parquet" in path for path in asked)
        first, count = (tmp_path / "items.jsonl").read_bytes(), len(asked)
        done = fetched(tmp_path, endpoint, "[gsm8k,math500]")
        assert done.returncode == 0 and (tmp_path / "items.jsonl").read_bytes() == first and len(asked) == count
    items = [(item.id, item.text) for item in jsonl.read(tmp_path / "items.jsonl", Item)]
    assert items == [SHOWN["gsm8k"], SHOWN["math500"]]
    version = benchmarks.version(tmp_path / hub.FOLDER, "gsm8k")
    assert version.startswith(f"openai/gsm8k@{loopback_hub.COMMIT} sha256:")


@pytest.mark.parametrize("has_hub", [True, False])
def test_a_hub_out_of_reach_or_without_the_data_set_is_one_line_soon(tmp_path: Path, has_hub: bool) -> None:
    with loopback_hub.serving(tmp_path / "none") as (endpoint, _), socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        done = fetched(tmp_path, endpoint if has_hub else closed, "[gsm8k]")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert line.startswith("Error: gsm8k: openai/gsm8k cannot be had from the Hugging Face hub (")
    assert line.endswith(benchmarks.WITHOUT)
    assert not (tmp_path / "items.jsonl").exists()
