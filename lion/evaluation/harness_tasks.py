"""The tasks of lm-evaluation-harness that Lion measures, over files of the benchmarks. Imports the harness.

`lion/evaluation/tasks` has what differs from the harness's own definitions; what is read, and by what code an answer
is read, stands here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import lm_eval
import yaml
from datasets import Dataset
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager
from lm_eval.tasks.hendrycks_math.utils import is_equiv, last_boxed_only_string, remove_boxed

from lion.errors import DataError
from lion.evaluation import benchmarks, infinitebench, programs
from lion.evaluation.benchmarks import Fault, string, told
from lion.evaluation.suite import Terms
from lion.records import Instruction

WITHOUT = f"Point {benchmarks.VARIABLE} to the folder that has them, or leave the suite out."
FILES = {"gsm8k": "gsm8k", "math": "math500", "humaneval": "humaneval", "mbpp": "mbpp"}
"""The suites' names in `benchmarks`."""
MBPP_TEST = range(11, 511)
"""The published test split of MBPP by task_id (Austin et al., 2021, section 2.1)."""
FOLDERS = ("gsm8k", "hendrycks_math", "infinitebench")
"""Where the definitions of the harness lie that Lion's go back to."""
ID, UNREAD = "lion_id", "[invalid]"


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of a suite by their names in the suite, which data they were read from, and what is missing."""

    by_name: dict[str, ConfigurableTask]
    data: str
    notes: tuple[str, ...] = ()


def tasks(suite: str, terms: Terms) -> Tasks:
    """The harness's tasks for a suite, over its items, at most `evaluate.items`.

    Raises DataError, one line, where a file is missing or one of its records is no item.
    """
    if suite == "infinitebench":
        return _infinitebench(terms)
    found: list[dict[str, Any]] = []
    for entry in benchmarks.entries(terms.home, [FILES[suite]], WITHOUT):
        with told(entry.where):
            CHECKED[suite](entry.fields)
        if suite != "mbpp" or entry.fields["task_id"] in MBPP_TEST:
            found.append({**entry.fields, ID: entry.id})
    if not found:
        raise DataError(f"{terms.home}: no item of {suite} found there. {benchmarks.REMEDY}")
    definition = _definition(suite) | READ_BY.get(suite, {})
    return Tasks({suite: _task(definition, terms.spread(found))}, benchmarks.version(terms.home, FILES[suite]))


def asked(doc: Mapping[str, Any], text: str) -> Instruction:
    """What a subject is asked: a task's text. A long context is the input, which is what a backend cuts, if any."""
    context = str(doc.get("context") or "")
    head, found, tail = text.partition(context) if context else (text, "", "")
    if not found:
        return Instruction(doc[ID], text, "", "seed", 0)
    return Instruction(doc[ID], "\n\n".join(part for part in (head.strip(), tail.strip()) if part), context, "seed", 0)


def _task(definition: dict[str, Any], records: Sequence[dict[str, Any]]) -> ConfigurableTask:
    data = {"test": Dataset.from_list(list(records))}
    definition = {**definition, "test_split": "test", "custom_dataset": lambda **_: data}
    folders = [Path(lm_eval.__file__).parent / "tasks" / folder for folder in FOLDERS]
    manager = TaskManager(include_path=folders, include_defaults=False)
    is_theirs = definition["task"] in manager.all_tasks  # which only a group can depart from
    (task,) = manager.load([{"group": "lion", "task": [definition]} if is_theirs else definition])["tasks"].values()
    return task


def _definition(suite: str) -> dict[str, Any]:
    text = resources.files("lion.evaluation").joinpath(f"tasks/{suite}.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def _infinitebench(terms: Terms) -> Tasks:
    names: dict[str, str] = _definition("infinitebench")["files"]
    paths = infinitebench.files(terms.home, names)
    items = [item for task, path in paths.items() for item in infinitebench.read(task, path)]
    by_task: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in terms.spread(items):
        by_task[item.task].append({**item.fields, ID: item.id})
    left_out = [task for task in names if task not in paths]
    absent = (f"without the tasks {', '.join(left_out)}, whose files are not there",) if left_out else ()
    built = {task: _task({"task": names[task], "dataset_kwargs": None}, some) for task, some in by_task.items()}
    return Tasks(built, infinitebench.version(terms.home, paths.values()), absent)


def _gsm8k(fields: Mapping[str, Any]) -> None:
    if "####" not in string(fields, "answer") or not string(fields, "question").strip():
        raise Fault("an item without a question, or without #### in its 'answer'")


def _math(fields: Mapping[str, Any]) -> None:
    if boxed(string(fields, "solution")) is None or not string(fields, "problem").strip():
        raise Fault("an item without a problem, or without \\boxed in its 'solution'")


CHECKED: dict[str, Callable[[Mapping[str, Any]], object]] = {"gsm8k": _gsm8k, "math": _math, **programs.CHECKED}
"""What raises a Fault where a record lacks a field that is needed."""


def boxed(text: str) -> str | None:
    r"""What the last `\boxed{}` of a text holds."""
    try:
        whole = last_boxed_only_string(text)
        return None if whole is None else str(remove_boxed(whole))
    except AssertionError:  # as in \boxed3
        return None


def _boxed_is_equivalent(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    answer = boxed(results[0])
    return {"exact_match": float(answer is not None and is_equiv(answer, boxed(doc["solution"])))}


def _ran(suite: str) -> dict[str, Any]:
    """A filter that runs all programs of a suite, and the metric of its outcomes."""

    def outcomes(answers: list[list[str]], docs: list[dict[str, Any]]) -> list[list[str]]:
        return [[str(why)] for why in programs.outcomes(suite, docs, [answer for (answer,) in answers])]

    def passed(_: dict[str, Any], results: list[str]) -> dict[str, float]:
        return {"passed": float(results[0] == "passed")}

    custom = {"function": "custom", "filter_fn": outcomes}
    take_first = {"function": "take_first"}
    return {"filter_list": [{"name": "run", "filter": [custom, take_first]}], "process_results": passed}


READ_BY: dict[str, dict[str, Any]] = {
    "math": {"process_results": _boxed_is_equivalent},
    "humaneval": _ran("humaneval"),
    "mbpp": _ran("mbpp"),
}
"""By what code of Lion's an answer is read, where it is not the harness's."""
