"""The instructions that the page lets one look into, as one JSON text. Knows records; what they say is hostile.

Where there are more than a page can hold, a seeded sample, each with its ancestors, up to a number and a size.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from lion import jsonl
from lion.ids import id_of
from lion.records import Answer, Identified, Instruction, Rejected, Review, Verdict
from lion.report.categories import Categories, whole

K = TypeVar("K", bound=Identified)
MOST, MOST_BYTES = 2000, 3_000_000
LOST, LOST_BYTES = 600, 400_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What is shown, and of how many; `text` is JSON that is safe within a script element."""

    text: str
    shown: int
    instructions: int
    shown_rejected: int
    rejected: int


def draw(data: Path, iterations: int, seed: int) -> Sample:
    """A sample of the last cache pool and of all rejected candidates; all of them where they are few."""
    pool = jsonl.table(data / f"iteration-{iterations}/cache_pool.jsonl", Instruction)
    categories = Categories([whole(i) for i in pool.values()])
    entries = {id: _entry(pool[id], categories) for id in _ids(pool, Random(f"{seed} instructions"))}
    for i in pool.values():
        if i.parent in entries:
            entries[i.parent]["children"].append(i.id)
    for number in range(iterations + 1):
        _live(data / f"iteration-{number}", number, entries)
    kept = _within(entries.values(), MOST_BYTES)
    lost = [(k, row) for k in range(iterations) for row in jsonl.read(data / f"iteration-{k}/rejected.jsonl", Rejected)]
    some = Random(f"{seed} rejected").sample(lost, min(LOST, len(lost)))
    shown = _within((_lost(row, k, categories) for k, row in some), LOST_BYTES)
    return Sample(safe({"instructions": kept, "rejected": shown}), len(kept), len(pool), len(shown), len(lost))


def _ids(pool: dict[str, Instruction], rng: Random) -> list[str]:
    """Drawn ids, each followed by its ancestors."""
    if len(pool) <= MOST:
        return list(pool)
    found: dict[str, None] = {}
    for drawn in rng.sample(list(pool), MOST):
        id: str | None = drawn
        while id in pool and id not in found and len(found) < MOST:
            found[id] = None
            id = pool[id].parent
    return list(found)


def _entry(instruction: Instruction, categories: Categories) -> dict[str, Any]:
    return {
        "id": instruction.id,
        "text": instruction.instruction,
        "input": instruction.input,
        "category": categories.of(whole(instruction)),
        "origin": instruction.origin,
        "born": instruction.iteration,
        "parent": instruction.parent,
        "children": [],
        "teacher": None,
        "turns": [],
    }


def _live(folder: Path, number: int, entries: dict[str, dict[str, Any]]) -> None:
    """Add to `entries` what happened to each in one iteration."""
    for answer in _about(folder / "teacher.jsonl", Answer, entries):
        entries[answer.id]["teacher"] = answer.text
    turns: defaultdict[str, dict[str, Any]] = defaultdict(lambda: {"k": number, "student": None, "reviews": []})
    for student in _about(folder / "student.jsonl", Answer, entries):
        turns[student.id]["student"] = student.text
    for review in _about(folder / "reviews.jsonl", Review, entries):
        told = [review.order, review.teacher, review.student, review.text, review.reason]
        turns[review.id]["reviews"].append(told)
    for side in ("hard", "easy"):
        for verdict in _about(folder / f"{side}.jsonl", Verdict, entries):
            turns[verdict.id] |= {"side": side, "gap": verdict.gap}
    for lost in _about(folder / "unjudged.jsonl", Rejected, entries):
        turns[lost.id] |= {"side": "unjudged", "why": f"{lost.reason}: {lost.detail}"}
    for id, turn in turns.items():
        entries[id]["turns"].append(turn)


def _about(path: Path, kind: type[K], entries: Container[str]) -> Iterator[K]:
    """The records of `path` about `entries`; lines about others are not even decoded."""
    return jsonl.pick(path, kind, lambda line: id_of(line) in entries) if path.exists() else iter(())


def _lost(lost: Rejected, number: int, categories: Categories) -> dict[str, Any]:
    text = lost.instruction or ""
    return {
        "id": lost.id,
        "text": text,
        "category": categories.of(text),
        "reason": lost.reason,
        "detail": lost.detail,
        "origin": lost.origin,
        "parent": lost.parent,
        "nearest": lost.nearest,
        "f1": lost.f1,
        "born": number,
    }


def _within(rows: Iterable[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first of `rows` that take no more than `most` bytes; one that does not fit is passed over."""
    kept, size = [], 0
    for row in rows:
        length = len(json.dumps(row))
        if size + length <= most:
            kept.append(row)
            size += length
    return kept


def safe(value: Any) -> str:
    """`value` as JSON in ASCII without a character that could end the element or begin another."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
