"""The figures of a run, from the files of its iterations. Knows the records, not how they came about.

`calls` counts what a run needs that starts with an empty journal: `bought` are the distinct requests, `replayed` those
that the same run had bought already. What was in fact paid, over all runs, the journal knows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lion import jsonl
from lion.records import Answer, Call, Group, Instruction, Item, Overlap, Record, Rejected, Result, Review, Verdict
from lion.report.standings import differences, rivals

Figures = dict[str, Any]
RESULTS, CALLS = "evaluation/results.jsonl", "evaluation/*_calls.jsonl"
ROLES = ("teacher", "referee", "generator", "judge")
DIGITS = 4


def summarise(data: Path, iterations: int) -> Figures:
    """The figures of iteration 0 to N and of the run as a whole."""
    bought: set[str] = set()
    folders = [data / f"iteration-{number}" for number in range(iterations + 1)]
    figures = [_iteration(folder, number < iterations, bought) for number, folder in enumerate(folders)]
    return {
        "outcome": _outcome(figures[0]["student"], figures[-1]["student"]),
        "calls": _total(figures),
        "contamination": _contamination(data),
        **_rivals(data, folders[-1]),
        "iterations": {str(number): found for number, found in enumerate(figures)},
    }


def _rivals(data: Path, last: Path) -> Figures:
    """The other models that were measured, with what keeps a figure from being compared with the last student's.

    Nothing at all where there are none.
    """
    students = {result.suite: result for result in _results(last)}
    found = {row.name: {result.suite: _rival(result, students) for result in row.results} for row in rivals(data)}
    return {"rivals": found} if found else {}


def _rival(result: Result, students: Mapping[str, Result]) -> Figures:
    student = students.get(result.suite)
    differs = differences(student, result) if student else []
    return {**_suite(result), **({"differs": differs} if differs else {})}


def _outcome(first: Figures, last: Figures) -> Figures:
    """Each suite's first figure for the last student, and how far that is above student 0, plain imitation."""
    return {suite: _gain(first[suite], found) for suite, found in last.items() if suite in first}


def _gain(first: Figures, last: Figures) -> Figures:
    name = next(iter(last["interval"]))
    values = first[name], last[name]
    return {name: last[name], "gain": None if None in values else round(values[1] - values[0], DIGITS)}


def _contamination(data: Path) -> Figures:
    """By suite that was looked into: its items, and how many seeds overlap one."""
    items = Counter(item.suite for item in jsonl.read(data / "benchmarks/items.jsonl", Item))
    seeds = Counter(overlap.suite for overlap in jsonl.read(data / "iteration-0/contaminated.jsonl", Overlap))
    return {suite: {"items": count, "seeds": seeds[suite]} for suite, count in items.items()}


def _iteration(folder: Path, is_adversarial: bool, bought: set[str]) -> Figures:
    """One iteration; the last is imitation alone, without a discrimination or a generation."""
    figures: Figures = {"pools": _pools(folder), "student": _evaluation(folder)}
    if is_adversarial:
        figures["discrimination"] = _discrimination(folder)
        figures["generation"] = _generation(folder)
    ledgers = [*(folder / f"calls_{role}.jsonl" for role in ROLES), *sorted(folder.glob(CALLS))]
    calls = (call for path in ledgers if path.exists() for call in jsonl.read(path, Call))
    figures["calls"] = _calls(calls, bought)
    return figures


def _pools(folder: Path) -> Figures:
    unanswered = Counter(r.reason for r in jsonl.read(folder / "unanswered.jsonl", Rejected))
    return {
        "train": _count(folder / "train_pool.jsonl", Instruction),
        "cache": _count(folder / "cache_pool.jsonl", Instruction),
        "answered": _count(folder / "teacher.jsonl", Answer),
        "unanswered": dict(sorted(unanswered.items())),
    }


def _count(path: Path, kind: type[Record]) -> int:
    return sum(1 for _ in jsonl.read(path, kind))


def _discrimination(folder: Path) -> Figures:
    """Sizes, hard shares over all judged instructions and over the seeds alone, and the mean scores."""
    hard = list(jsonl.read(folder / "hard.jsonl", Verdict))
    easy = list(jsonl.read(folder / "easy.jsonl", Verdict))
    unjudged = Counter(r.reason for r in jsonl.read(folder / "unjudged.jsonl", Rejected))
    seeds = {i.id for i in jsonl.read(folder / "cache_pool.jsonl", Instruction) if i.origin == "seed"}
    judged = [*hard, *easy]
    teacher, student = sum(v.teacher for v in judged), sum(v.student for v in judged)
    return {
        "hard": len(hard),
        "easy": len(easy),
        "unjudged": dict(sorted(unjudged.items())),
        "hard_share": share(len(hard), len(judged)),
        "hard_share_of_seeds": share(sum(v.id in seeds for v in hard), sum(v.id in seeds for v in judged)),
        "teacher_score": share(teacher, len(judged)),
        "student_score": share(student, len(judged)),
        "relative_score": share(student, teacher),
        "position_bias": _position_bias(folder / "reviews.jsonl"),
    }


def _position_bias(reviews: Path) -> float | None:
    """The mean advantage, in points, of the answer that is shown first: 0 where the order does not matter."""
    shifts = [
        (r.teacher - r.student) if r.order == "teacher-first" else (r.student - r.teacher)
        for r in jsonl.read(reviews, Review)
        if r.teacher is not None and r.student is not None
    ]
    return share(sum(shifts), len(shifts))


def _generation(folder: Path) -> Figures:
    generated = Counter(i.origin for i in jsonl.read(folder / "generated.jsonl", Instruction))
    rejected = Counter(r.reason for r in jsonl.read(folder / "rejected.jsonl", Rejected))
    return {"generated": dict(sorted(generated.items())), "rejected": dict(sorted(rejected.items()))}


def _evaluation(folder: Path) -> Figures:
    """The figures of each suite: in all, with their 95 % intervals, and the first one by the first of its groups."""
    return {result.suite: _suite(result) for result in _results(folder)}


def _results(folder: Path) -> list[Result]:
    path = folder / RESULTS
    return list(jsonl.read(path, Result)) if path.exists() else []


def _suite(result: Result) -> Figures:
    first, groups = next(iter(result.figures), ""), list(result.by.items())[:1]
    figures = {name: _rounded(found["value"]) for name, found in result.figures.items()}
    intervals = {name: [_rounded(found["low"]), _rounded(found["high"])] for name, found in result.figures.items()}
    return {
        "items": result.items,
        "unanswered": result.unanswered,
        **figures,
        "interval": intervals,
        **{f"by_{group}": _by(values, first) for group, values in groups},
    }


def _by(values: Mapping[str, Group], first: str) -> dict[str, float | None]:
    """Of each value the figure that the suite is known by; of its first one where that is over all items alone."""
    return {
        value: _rounded(found["figures"].get(first, next(iter(found["figures"].values())))["value"])
        for value, found in sorted(values.items())
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _calls(calls: Iterable[Call], bought: set[str]) -> Figures:
    """Calls and tokens by role; `bought` gathers the keys from one iteration to the next."""
    figures = {role: dict.fromkeys(("bought", "replayed", "prompt_tokens", "completion_tokens"), 0) for role in ROLES}
    for call in calls:
        counts = figures[call.role]
        if call.key in bought:
            counts["replayed"] += 1
            continue
        bought.add(call.key)
        counts["bought"] += 1
        counts["prompt_tokens"] += call.prompt_tokens
        counts["completion_tokens"] += call.completion_tokens
    return figures


def _total(figures: Sequence[Figures]) -> Figures:
    return {
        role: {name: sum(f["calls"][role][name] for f in figures) for name in figures[0]["calls"][role]}
        for role in ROLES
    }


def share(part: float, whole: float) -> float | None:
    """part / whole to four digits; None where there is no whole."""
    return round(part / whole, DIGITS) if whole else None


def write(figures: Figures, path: Path) -> None:
    """`figures` as JSON at `path`, whole or not at all."""
    with jsonl.writing(path) as file:
        file.write((json.dumps(figures, indent=2) + "\n").encode())


def write_learning(figures: Figures, path: Path) -> None:
    """One CSV row for each student: what the learning curve is drawn from."""
    rows = [_learning(number, found) for number, found in figures["iterations"].items()]
    with jsonl.writing(path) as file:
        file.write(pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode())


def _learning(number: str, found: Figures) -> Figures:
    exam, judged = found["student"], found.get("discrimination", {})
    return {
        "student": number,
        "exam_balanced": exam.get("exam-balanced", {}).get("accuracy"),
        "exam_seeds": exam.get("exam-seeds", {}).get("accuracy"),
        **{name: judged.get(name) for name in ("hard_share", "hard_share_of_seeds", "relative_score")},
    }
