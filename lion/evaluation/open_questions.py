"""Vicuna-Instructions, the User-Oriented Instructions and Dolly's as questions without one right answer.

Knows the suites' files, and nothing of who answers or judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lion.evaluation import benchmarks, rouge_items
from lion.evaluation.benchmarks import SUITES, VARIABLE, Entry, Fault, entries, string, told
from lion.evaluation.rouge_items import Referenced
from lion.records import Instruction

PUBLISHED = {"vicuna": 80, "user_oriented": 252, "dolly_judged": 500}
"""The items of each suite as it was published."""
WITHOUT = f"Point {VARIABLE} to the folder that has them, or leave the suite out."
CATEGORY = {"vicuna": "category", "user_oriented": "motivation_app"}


@dataclass(frozen=True, slots=True)
class Question:
    """An item as a model is shown it, and the answer that its record holds, if it holds one."""

    suite: str
    category: str
    instruction: Instruction
    recorded: str = ""

    @property
    def id(self) -> str:
        """The item's."""
        return self.instruction.id


def questions(folder: Path, suite: str) -> Iterator[Question]:
    """The questions of `suite`, in its order.

    Raises DataError, one line with the place, where the file is not there or a record is no question.
    """
    if suite == "dolly_judged":
        yield from (_dolly(suite, item) for item in rouge_items.load("dolly", folder).items)
        return
    for entry in entries(folder, [suite], WITHOUT):
        with told(entry.where):
            found = _vicuna(entry) if suite == "vicuna" else _user_oriented(entry)
        yield from found


def version(folder: Path, suite: str) -> str:
    """Which items they are: SHA-256 of their files."""
    return rouge_items.load("dolly", folder).version if suite == "dolly_judged" else benchmarks.version(folder, suite)


def selection(folder: Path, suite: str) -> tuple[str, ...]:
    """How the items were chosen, for the results, where they are not all that there are."""
    return rouge_items.load("dolly", folder).notes if suite == "dolly_judged" else ()


def is_at_hand(folder: Path, suite: str) -> bool:
    """Whether the items are under `folder`, so that nothing has to be fetched."""
    return any((folder / "dolly").glob("*.jsonl")) if suite == "dolly_judged" else suite in benchmarks.present(folder)


def _dolly(suite: str, item: Referenced) -> Question:
    return Question(suite, item.groups.get("category", "none"), item.instruction, item.references[0])


def _vicuna(entry: Entry) -> list[Question]:
    return [_question(entry, entry.id, SUITES[entry.suite].text(entry.fields))]


def _user_oriented(entry: Entry) -> list[Question]:
    """A question for each instance of the instruction. Every published one has a single instance."""
    text, instances = string(entry.fields, "instruction"), entry.fields.get("instances")
    if not isinstance(instances, list) or not instances or not all(isinstance(one, Mapping) for one in instances):
        raise Fault("'instances' is no list of objects, wanted at least one")
    ids = [entry.id] if len(instances) == 1 else [f"{entry.id}/{n}" for n in range(1, len(instances) + 1)]
    return [
        _question(entry, id, text, string(one, "input"), string(one, "output") if "output" in one else "")
        for id, one in zip(ids, instances, strict=True)
    ]


def _question(entry: Entry, id: str, text: str, input: str = "", recorded: str = "") -> Question:
    if not f"{text}{input}".strip():
        raise Fault("an item without text")
    category = string(entry.fields, CATEGORY[entry.suite])
    return Question(entry.suite, category, Instruction(id, text, input, "seed", 0), recorded)
