"""Suites from the Hugging Face hub, for whoever has no files of them. Knows where the hub keeps each, not what it asks.

What is fetched is laid out as the suite was published and kept in FOLDER, whole or not at all; a file beside it names
the data set and the commit. It is read from there ever after.
"""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.errors import DataError
from lion.progress import tell

FOLDER = Path(".lion/benchmarks")
ORIGIN = "origin.json"
LOCAL = "local"
TIMEOUT_S = 20.0
REMEDY = "Remove its folder, so that it is fetched anew."

Row = dict[str, Any]
Wanted = Mapping[str, tuple[Path, Sequence[str]]]
"""Suites by name: the folder of each, and the files that it must hold."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data set of the hub, or a local folder in its layout.

    `rows` names, for a file of the suite without its ending, the data set's files that hold its rows, in order;
    `record` makes of a row what the published file has.
    """

    id: str
    revision: str
    rows: Callable[[str], Sequence[str]]
    record: Callable[[str, Row], Row] = lambda file, row: row


def _user_oriented(file: str, row: Row) -> Row:
    """The hub keeps the instances as columns: `{"input": [..], "output": [..]}`."""
    columns = row["instances"]
    if not isinstance(columns, dict):
        return row
    return {
        **row,
        "instances": [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)],
    }


def _agieval(file: str, row: Row) -> Row:
    """sat-en-without-passage, which the hub's copy lacks, is sat-en without its passages."""
    return {**row, "passage": None} if file == "sat-en-without-passage" else row


MBPP = tuple(f"full/{split}-*" for split in ("prompt", "test", "validation", "train"))
"""In the order of the published file: tasks 1 to 10, 511 … are split among them."""
SOURCES: dict[str, Source] = {
    "user_oriented": Source(
        "yizhongw/self_instruct",
        "c43f16fce91a4905cda14f48e9a3ff221667d1f4",
        lambda file: ["human_eval/self_instruct-train.parquet"],
        _user_oriented,
    ),
    "bbh": Source("SaylorTwift/bbh", "9cec790cf0ce836beb808fafd62a50d165dc1d52", lambda file: [f"{file}/test-*"]),
    "agieval": Source(
        "lighteval/agi_eval_en",
        "dee300c6e3d06c368f7129c72d6e67f238cc4414",
        lambda file: [f"data/{file.removesuffix('-without-passage')}.jsonl"],
        _agieval,
    ),
    "gsm8k": Source("openai/gsm8k", "e53f048856ff4f594e959d75785d2c2d37b678ee", lambda file: ["main/test-*"]),
    "humaneval": Source(
        "openai/openai_humaneval", "7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544", lambda file: ["openai_humaneval/test-*"]
    ),
    "mbpp": Source("google-research-datasets/mbpp", "4bb6404fdc6cacfda99d4ac4205087b89d32030c", lambda file: MBPP),
    "math500": Source(
        "HuggingFaceH4/MATH-500", "ff5b20257d8185524591543f8ff5993951537bb8", lambda file: ["test.jsonl"]
    ),
    "dolly": Source("MiniLLM/dolly", "d131636138be0ff3fd0901c12c1739844d337279", lambda file: ["valid.jsonl"]),
}
"""Every id, revision and file as the hub's own pages show them. Vicuna's questions are on no page that we know."""


def bring(wanted: Wanted, without: str, sources: Mapping[str, Source] = SOURCES) -> None:
    """Fetch each of `wanted` that is not in its folder yet.

    Raises DataError, one line that ends in `without`, where no source is known or the hub cannot give it.
    """
    missing = {name: place for name, place in wanted.items() if not _is_here(place[0], sources.get(name))}
    if unknown := [name for name in missing if name not in sources]:
        raise DataError(f"{', '.join(unknown)}: no source on the Hugging Face hub is known. {without}")
    for name, (folder, files) in missing.items():
        tell(f"{name}: from {sources[name].id} into {folder}")
        try:
            _fetch(sources[name], folder, files)
        except Exception as fault:  # the libraries raise whatever their many back ends raise
            reason = " ".join(str(fault).split())[:300] or type(fault).__name__
            raise DataError(
                f"{name}: {sources[name].id} cannot be had from the Hugging Face hub ({reason}). {without}"
            ) from None


def origin(folder: Path) -> str | None:
    """The data set and the commit that a folder came from, `id@commit`; None where nobody fetched it."""
    if not (folder / ORIGIN).is_file():
        return None
    told = jsonl.whole(folder / ORIGIN, REMEDY)
    return f"{told['id']}@{told['commit']}"


def _is_here(folder: Path, source: Source | None) -> bool:
    if source is None or not (folder / ORIGIN).is_file():
        return False
    told = jsonl.whole(folder / ORIGIN, REMEDY)
    return (told["id"], told["revision"]) == (source.id, source.revision)


def _fetch(source: Source, folder: Path, files: Sequence[str]) -> None:
    commit = _commit(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
        draft = Path(scratch) / folder.name
        draft.mkdir()
        for file in files:
            _write(draft / file, list(_records(source, commit, file.split(".")[0], Path(scratch) / "cache")))
        told = {"id": source.id, "revision": source.revision, "commit": commit}
        (draft / ORIGIN).write_bytes(jsonl.encode(told))
        _put(draft, folder, source)


def _put(draft: Path, folder: Path, source: Source) -> None:
    """`draft` under the name `folder`, in place of another revision. Of several processes the first one's stays."""
    if folder.exists() and not _is_here(folder, source):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:
        if not _is_here(folder, source):
            raise


def _commit(source: Source) -> str:
    """The commit that the revision stands for, asked of the hub, so that one that is out of reach is known at once."""
    if Path(source.id).is_dir():
        return LOCAL
    from huggingface_hub import HfApi

    return str(HfApi().dataset_info(source.id, revision=source.revision, timeout=TIMEOUT_S).sha)


def _records(source: Source, commit: str, file: str, cache: Path) -> Iterator[Row]:
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    root = source.id if commit == LOCAL else f"hf://datasets/{source.id}@{commit}"
    for path in source.rows(file):
        kind = "json" if path.endswith(".jsonl") else "parquet"
        rows = load_dataset(kind, data_files=f"{root}/{path}", split="train", cache_dir=str(cache))
        yield from (source.record(file, dict(row)) for row in rows)


def _write(path: Path, records: Sequence[Row]) -> None:
    """`records` as the file's name says: one a line, such lines compressed, or a list under `examples`."""
    if path.suffix == ".json":
        path.write_text(json.dumps({"examples": records}, ensure_ascii=False), "utf-8")
        return
    raw = b"".join(map(jsonl.encode, records))
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
