"""The items of InfiniteBench (Zhang et al., 2024, https://arxiv.org/abs/2402.13718), a file a task as published.

Read from LION_DATA_HOME/infinitebench, or fetched from the Hugging Face hub where that is not set. Knows neither
prompts nor scoring.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.errors import DataError
from lion.evaluation.benchmarks import REMEDY, VARIABLE, Fault, string, told

FOLDER = "infinitebench"
HUB, REVISION = "xinrongzhang2022/InfiniteBench", "90f0394333616266d9fe85824ceaf505093cbaa5"
WITHOUT = f"Put its files there, unset {VARIABLE} to have them fetched, or leave the suite out."
OPTIONS = 4
WITH_OPTIONS = ("code_debug", "longbook_choice_eng")


@dataclass(frozen=True, slots=True)
class Item:
    """An item: its id, the task that it is of, and its fields: `context`, `input`, `answer` and `options`."""

    id: str
    task: str
    fields: dict[str, Any]


def files(home: Path, tasks: Iterable[str]) -> dict[str, Path]:
    """The file of each task: of the local ones where there is any, else of all, from the hub.

    Raises DataError, one line, where LION_DATA_HOME has none of them, or it is not set and the hub is not reached.
    """
    names = {task: home / FOLDER / f"{task}.jsonl" for task in tasks}
    local = {task: path for task, path in names.items() if path.is_file()}
    if not local and os.environ.get(VARIABLE):
        raise DataError(f"{home}: not found there: {FOLDER}. {WITHOUT}")
    return local or {task: _fetched(path) for task, path in names.items()}


def version(home: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over the files, after data set and revision where they were fetched."""
    origin = ""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
        if not path.is_relative_to(home):
            origin = f"{HUB}@{REVISION} "
    return f"{origin}sha256:{whole.hexdigest()}"


def read(task: str, path: Path) -> Iterator[Item]:
    """Every item of a task. Raises DataError, one line with the place, where a line is no item."""
    for number, (where, line) in enumerate(jsonl.lines(path, REMEDY), start=1):
        record = jsonl.decode(line, where, REMEDY)
        with told(where):
            yield Item(f"{FOLDER}/{task}/{number}", task, _fields(task, record))


def _fields(task: str, record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise Fault(f"found {type(record).__name__}, wanted an object")
    options = [str(option) for option in _several(record.get("options") or [])]
    if task in WITH_OPTIONS and len(options) != OPTIONS:
        raise Fault(f"{len(options)} options, wanted {OPTIONS}")
    answers = [str(answer) for answer in _several(record.get("answer"))]
    if not answers:
        raise Fault("an item without 'answer'")
    return {
        "context": string(record, "context"),
        "input": string(record, "input"),
        "answer": answers,
        "options": options,
    }


def _several(value: Any) -> list[Any]:
    """Some tasks have a bare answer, others a list of all that are right."""
    if value is None or isinstance(value, dict):
        return []
    return value if isinstance(value, list) else [value]


def _fetched(path: Path) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(HUB, path.name, repo_type="dataset", revision=REVISION))
    except Exception as fault:  # the library raises whatever its back ends raise
        raise DataError(
            f"{path}: not found there, and {HUB} cannot be fetched ({' '.join(str(fault).split())[:200]}). "
            f"Put the file there ({VARIABLE} names the folder), or connect to huggingface.co."
        ) from None
