"""The items of the public benchmarks, from the folder that LION_DATA_HOME names. Knows their files, not their scoring.

A table says where each suite lies, how its files are read, and what a model under test is shown of a record.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.errors import DataError
from lion.records import Item

VARIABLE = "LION_DATA_HOME"
WITHOUT = f"Point {VARIABLE} to the folder that has them, or do without: -S 'generate.decontaminate.suites=[]'"
REMEDY = "Restore the file as it was published."
BBH = (
    *("boolean_expressions", "causal_judgement", "date_understanding", "disambiguation_qa", "dyck_languages"),
    *("formal_fallacies", "geometric_shapes", "hyperbaton", "logical_deduction_five_objects"),
    *("logical_deduction_seven_objects", "logical_deduction_three_objects", "movie_recommendation"),
    *("multistep_arithmetic_two", "navigate", "object_counting", "penguins_in_a_table"),
    *("reasoning_about_colored_objects", "ruin_names", "salient_translation_error_detection", "snarks"),
    *("sports_understanding", "temporal_sequences", "tracking_shuffled_objects_five_objects"),
    *("tracking_shuffled_objects_seven_objects", "tracking_shuffled_objects_three_objects", "web_of_lies"),
    "word_sorting",
)
AGIEVAL = (*("aqua-rat", "logiqa-en", "lsat-ar", "lsat-lr", "lsat-rc", "sat-en-without-passage", "sat-en", "sat-math"),)

Fields = Mapping[str, Any]
Placed = Iterator[tuple[str, Any]]
"""Every record of a file with its place: `path:line`, or `path: example number` in a file that is one JSON value."""


def _lines(path: Path) -> Placed:
    for where, line in jsonl.lines(path, REMEDY):
        yield where, jsonl.decode(line, where, REMEDY)


def _gzipped_lines(path: Path) -> Placed:
    try:
        raw = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(f"{path}: cannot be read ({fault}). {REMEDY}") from None
    for where, line in jsonl.decoded(path, io.BytesIO(raw), REMEDY):
        yield where, jsonl.decode(line, where, REMEDY)


def _examples(path: Path) -> Placed:
    """The records of a JSON object under `examples`."""
    whole = jsonl.whole(path, REMEDY)
    found = whole.get("examples") if isinstance(whole, dict) else None
    if not isinstance(found, list):
        raise DataError(f"{path}: found no list under 'examples', wanted the items. {REMEDY}")
    yield from ((f"{path}: example {number}", value) for number, value in enumerate(found, start=1))


class Fault(Exception):
    """What a record lacks, in words."""


def string(record: Fields, key: str) -> str:
    if key not in record:
        raise Fault(f"no {key!r} among the keys {sorted(record)}")
    if not isinstance(record[key], str):
        raise Fault(f"{key!r} is {type(record[key]).__name__}, wanted text")
    return str(record[key])


def strings(record: Fields, key: str) -> list[str]:
    found = record.get(key)
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise Fault(f"{key!r} is no list of texts")
    return found


def _vicuna(record: Fields) -> str:
    """The question: under `text`, or under `turns` as later releases have it."""
    return "\n".join(strings(record, "turns")) if "turns" in record else string(record, "text")


def _user_oriented(record: Fields) -> str:
    instances = record.get("instances")
    if not isinstance(instances, list) or not all(isinstance(instance, dict) for instance in instances):
        raise Fault("'instances' is no list of objects")
    return "\n".join([string(record, "instruction"), *(string(instance, "input") for instance in instances)])


def _agieval(record: Fields) -> str:
    """Passage, which may be null or empty, question and options."""
    passage = "" if record.get("passage") is None else string(record, "passage")
    return "\n".join([passage, string(record, "question"), *strings(record, "options")]).strip()


def _field(key: str) -> Callable[[Fields], str]:
    return lambda record: string(record, key)


@dataclass(frozen=True, slots=True)
class Suite:
    """Where a suite lies and how it is read. `own_id` is the key of the set's own id, where it has one."""

    folder: str
    files: tuple[str, ...]
    read: Callable[[Path], Placed]
    text: Callable[[Fields], str]
    own_id: str | None = None


SUITES: dict[str, Suite] = {
    "vicuna": Suite("vicuna", ("question.jsonl",), _lines, _vicuna, "question_id"),
    "user_oriented": Suite("self_instruct", ("user_oriented_instructions.jsonl",), _lines, _user_oriented, "id"),
    "bbh": Suite("bbh", tuple(f"{task}.json" for task in BBH), _examples, _field("input")),
    "agieval": Suite("agieval", tuple(f"{task}.jsonl" for task in AGIEVAL), _lines, _agieval),
    "gsm8k": Suite("gsm8k", ("test.jsonl",), _lines, _field("question")),
    "humaneval": Suite("humaneval", ("HumanEval.jsonl.gz",), _gzipped_lines, _field("prompt"), "task_id"),
    "mbpp": Suite("mbpp", ("mbpp.jsonl",), _lines, _field("text"), "task_id"),
    "math500": Suite("math500", ("test.jsonl",), _lines, _field("problem"), "unique_id"),
}


def home() -> Path:
    """The folder that LION_DATA_HOME names; where it is not set, the current one."""
    return Path(os.environ.get(VARIABLE) or ".").resolve()


def present(folder: Path) -> list[str]:
    """The suites of which at least one file lies under `folder`."""
    return [name for name, suite in SUITES.items() if len(_missing(folder, suite, suite.files)) < len(suite.files)]


def version(folder: Path, suite: str, tasks: Collection[str] | None = None) -> str:
    """Which items a suite's files hold: SHA-256 over the files, of `tasks` alone where they are given."""
    whole = hashlib.sha256()
    for file in _files(SUITES[suite], tasks):
        whole.update(hashlib.sha256((folder / SUITES[suite].folder / file).read_bytes()).digest())
    return f"sha256:{whole.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of a suite. Its id names the suite, then the set's own id, or the task and the number in its file."""

    suite: str
    task: str | None
    id: str
    where: str
    fields: Fields


def entries(folder: Path, suites: Iterable[str], without: str, tasks: Collection[str] | None = None) -> Iterator[Entry]:
    """Every record of `suites`, in their order and their files', of `tasks` alone where they are given.

    Raises DataError, one line with the place, where a suite is not there (the line ends in `without`), or where a
    record is no object.
    """
    wanted = {name: _files(SUITES[name], tasks) for name in suites}
    missing = {name: lost for name, files in wanted.items() if (lost := _missing(folder, SUITES[name], files))}
    if missing:
        told = ", ".join(f"{name} ({lost[0]} and {len(lost) - 1} more)" for name, lost in missing.items())
        raise DataError(f"{folder}: not found there: {told.replace(' and 0 more', '')}. {without}")
    for name, files in wanted.items():
        for file in files:
            yield from _read(name, folder / SUITES[name].folder / file)


def _files(suite: Suite, tasks: Collection[str] | None) -> list[str]:
    return [file for file in suite.files if tasks is None or file.split(".")[0] in tasks]


def _missing(folder: Path, suite: Suite, files: Iterable[str]) -> list[str]:
    return [f"{suite.folder}/{file}" for file in files if not (folder / suite.folder / file).is_file()]


def _read(name: str, path: Path) -> Iterator[Entry]:
    suite = SUITES[name]
    task = path.name.split(".")[0] if len(suite.files) > 1 else None
    for number, (where, record) in enumerate(suite.read(path), start=1):
        with told(where):
            own = number if suite.own_id is None else _scalar(_object(record), suite.own_id)
            id = "/".join(str(part) for part in (name, task, own) if part is not None)
            entry = Entry(name, task, id, where, _object(record))
        yield entry


@contextmanager
def told(where: str, remedy: str = REMEDY) -> Iterator[None]:
    """Turns a Fault into a DataError, one line with the place."""
    try:
        yield
    except Fault as fault:
        raise DataError(f"{where}: {fault}. {remedy}") from None


def load(folder: Path, suites: Iterable[str]) -> Iterator[Item]:
    """Every item of `suites`, in their order and their files'.

    Raises DataError, one line with the place, where a suite is not there or one of its records holds no text.
    """
    for entry in entries(folder, suites, WITHOUT):
        with told(entry.where):
            text = SUITES[entry.suite].text(entry.fields)
            if not text.strip():
                raise Fault("an item without text")
        yield Item(entry.suite, entry.id, text)


def _object(value: Any) -> Fields:
    if not isinstance(value, dict):
        raise Fault(f"found {type(value).__name__}, wanted an object")
    return value


def _scalar(record: Fields, key: str) -> str:
    if not isinstance(record.get(key), str | int):
        raise Fault(f"{key!r} is {type(record.get(key)).__name__}, wanted a text or a number")
    return str(record[key])
