"""The suites by name, and what is written of them. Knows which module measures which, and nothing of how.

In the folder of an evaluation, `<suite>.jsonl` holds the mark of every item, `<suite>_judgements.jsonl` what a judge
said, `<suite>_calls.jsonl` the paid replies that it took, where there were any, and `results.jsonl` the figures of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lion import jsonl
from lion.evaluation.suite import Measure, Measured, Terms
from lion.records import Result
from lion.student import processes
from lion.student.backend import Backend

RESULTS, CALLS = "results.jsonl", "_calls.jsonl"


def measure(names: Sequence[str], subject: Backend, terms: Terms, folder: Path) -> list[Result]:
    """Measure `subject` on each of the suites `names`, in order, and write what was found to `folder`."""
    results: list[Result] = []
    for name in names:
        measured = _measure(name)(name, subject, terms)
        results += measured.results
        if processes.rank() == 0:
            _write(name, measured, folder)
    if processes.rank() == 0:
        jsonl.write(folder / RESULTS, results)
    return results


def _write(name: str, measured: Measured, folder: Path) -> None:
    jsonl.write(folder / f"{name}.jsonl", measured.marks)
    if measured.judgements:
        jsonl.write(folder / f"{name}_judgements.jsonl", measured.judgements)
    if measured.calls:
        jsonl.write(folder / f"{name}{CALLS}", measured.calls)


def _measure(name: str) -> Measure:
    """The module behind a suite; none is imported before it is needed."""
    match name:
        case "exam":
            from lion.evaluation import exam

            return exam.measure
        case "bbh" | "agieval":
            from lion.evaluation import multiple_choice

            return multiple_choice.measure
        case "vicuna" | "user_oriented" | "dolly_judged":
            from lion.evaluation import judged

            return judged.measure
        case "dolly" | "vicuna_rouge":
            from lion.evaluation import rouge

            return rouge.measure
        case "gsm8k" | "math" | "humaneval" | "mbpp" | "infinitebench":
            from lion.evaluation import harness

            return harness.measure
    raise ValueError(f"no suite {name!r}")
