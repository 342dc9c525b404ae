"""Items that come with reference answers. Knows where both lie, and nothing of how an answer is compared with them.

`vicuna_rouge`: Vicuna's questions, with the answers of ChatGPT that were recorded beside them. `dolly`: held-out
records of databricks-dolly-15k, with their writers' answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion import jsonl
from lion.errors import DataError
from lion.evaluation import recorded
from lion.evaluation.benchmarks import (
    REMEDY,
    SUITES,
    VARIABLE,
    Entry,
    Fault,
    digest,
    entries,
    provide,
    string,
    strings,
    told,
)
from lion.records import Instruction, identify

WITHOUT = f"Point {VARIABLE} to the folder that has them, or leave the suite out."
ANSWERS = Path("vicuna/answer_gpt35.jsonl")
DOLLY = Path("dolly")
DOLLY_OF_THE_HUB = ("valid.jsonl",)
HELD_OUT = 500
"""Of databricks-dolly-15k, as many as in Gu et al., 2024, https://arxiv.org/abs/2306.08543."""
NAMES = {"input": ("context", "input"), "response": ("response", "output"), "category": ("category", "topic")}
"""Fields by their names in databricks-dolly-15k, and in the split of it that Gu et al. published."""


@dataclass(frozen=True, slots=True)
class Referenced:
    """What a model under test is asked, and the answers that its own is compared with; at least one."""

    instruction: Instruction
    references: tuple[str, ...]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Referencing:
    """The items of a suite; `version` says which they are, `notes` how they were chosen."""

    items: list[Referenced]
    version: str
    notes: tuple[str, ...] = ()


def load(suite: str, home: Path) -> Referencing:
    """The items of `vicuna_rouge` or `dolly` under `home`.

    Raises DataError, one line with the place, where they are not there, or one of them has no question or answer.
    """
    return _dolly(home) if suite == "dolly" else _vicuna(home)


def _vicuna(home: Path) -> Referencing:
    questions = list(entries(home, ["vicuna"], WITHOUT))
    path = home / ANSWERS
    if not path.is_file():
        raise DataError(f"{home}: not found there: the recorded answers of ChatGPT ({ANSWERS}). {WITHOUT}")
    answers = recorded.read(path)
    items = [_question(entry, answers, path) for entry in questions]
    files = [home / SUITES["vicuna"].folder / file for file in SUITES["vicuna"].files]
    return Referencing(items, digest([*files, path]))


def _question(entry: Entry, answers: Mapping[str, str], path: Path) -> Referenced:
    with told(entry.where):
        text, category = SUITES["vicuna"].text(entry.fields), string(entry.fields, "category")
    if entry.id not in answers:
        raise DataError(f"{path}: no answer to {entry.id}, wanted one to each question. {REMEDY}")
    return Referenced(Instruction(entry.id, text, "", "seed", 0), (answers[entry.id],), {"category": category})


def _dolly(home: Path) -> Referencing:
    """The records of a file of at most 500; of a larger one the 500 whose ids, which are hashes, come first."""
    provide(home, {"dolly": (home / DOLLY, DOLLY_OF_THE_HUB)}, WITHOUT)
    files = sorted((home / DOLLY).glob("*.jsonl"))
    if len(files) != 1:
        found = ", ".join(file.name for file in files) or "none"
        raise DataError(f"{home / DOLLY}: found {found}, wanted one .jsonl file with Dolly's records. {WITHOUT}")
    records = list(_records(files[0]))
    if len(records) <= HELD_OUT:
        return Referencing(records, digest(files))
    kept = set(sorted(range(len(records)), key=lambda number: _hash(records[number].instruction))[:HELD_OUT])
    note = f"{HELD_OUT} of {len(records)} records, those whose hash comes first"
    return Referencing([records[number] for number in sorted(kept)], digest(files), (note,))


def _hash(instruction: Instruction) -> str:
    return identify(instruction.instruction, instruction.input)


def _records(path: Path) -> Iterator[Referenced]:
    for number, (where, line) in enumerate(jsonl.lines(path, REMEDY), start=1):
        record = jsonl.decode(line, where, REMEDY)
        with told(where):
            if not isinstance(record, dict):
                raise Fault(f"found {type(record).__name__}, wanted an object")
            item = _record(f"dolly/{number}", record)
        yield item


def _record(id: str, record: dict[str, Any]) -> Referenced:
    names = {name: next((own for own in known if own in record), known[0]) for name, known in NAMES.items()}
    text, response = string(record, "instruction"), names["response"]
    if not text.strip():
        raise Fault("'instruction' is blank")
    input = "" if record.get(names["input"]) is None else string(record, names["input"])
    many = isinstance(record.get(response), list)
    references = tuple(strings(record, response)) if many else (string(record, response),)
    if not any(reference.strip() for reference in references):
        raise Fault(f"{response!r} is empty, wanted an answer")
    category = record.get(names["category"])
    groups = {} if category is None else {"category": string(record, names["category"])}
    return Referenced(Instruction(id, text, input, "seed", 0), references, groups)
