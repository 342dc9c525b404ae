"""GSM8K, MATH, HumanEval, MBPP and InfiniteBench through lm-evaluation-harness, as marks and results of our own.

The harness is optional (`pip install 'lion-distillation[eval]'`) and is imported when one of these suites is measured.
It makes the text of each request and scores; the subject is asked through `lion/evaluation/asking.py`, and programs
are run by `lion/evaluation/programs.py`. Nothing is fetched but InfiniteBench where it is not on disk.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lion.errors import ParamsError
from lion.evaluation.result import Count, mean, proportion, tell
from lion.evaluation.suite import Measured, Terms
from lion.records import Mark
from lion.student import lineage, processes
from lion.student.backend import Backend

if TYPE_CHECKING:
    from lion.evaluation.harness_tasks import Tasks

CODE = ("humaneval", "mbpp")
FIGURES: dict[str, dict[str, Count]] = {
    "gsm8k": {"flexible": proportion("flexible"), "strict": proportion("strict")},
    "math": {"accuracy": proportion("accuracy")},
    "humaneval": {"pass_at_1": proportion("pass_at_1")},
    "mbpp": {"pass_at_1": proportion("pass_at_1")},
    "infinitebench": {"score": mean("score")},
}
NAMES = {
    ("exact_match", "flexible-extract"): "flexible",
    ("exact_match", "strict-match"): "strict",
    ("exact_match", "none"): "accuracy",
    ("passed", "run"): "pass_at_1",
    ("score", "none"): "score",
}
"""Our names of the harness's metrics, each with its filter."""
PROTOCOLS = {
    "gsm8k": "zero-shot. strict: the number after ####; flexible: the last number of the answer. Exact match",
    "math": "zero-shot. The last \\boxed{} against the solution's, after the harness's normalisation (hendrycks_math)",
    "humaneval": "zero-shot, one answer. The item's tests, in Lion's sandbox",
    "mbpp": "zero-shot, one answer, task_id 11 to 510. The item's assertions, in Lion's sandbox",
    "infinitebench": "zero-shot, the harness's prompts and metrics; math_calc is not among its tasks",
}


def measure(suite: str, subject: Backend, terms: Terms) -> Measured:
    """The subject's marks on a suite of the harness's, and the result.

    Raises ParamsError, one line, where the harness is not installed, or where programs would be run and may not be.
    """
    _assert_installed(suite)
    if suite in CODE:
        from lion.evaluation import programs

        programs.allow(terms.evaluate.execute_code)
    with _quiet():
        from lion.evaluation import harness_tasks

        found = harness_tasks.tasks(suite, terms)
    samples, answers = _sampled(found, subject)
    if processes.rank():
        return Measured((), ())
    marks = list(_marks(suite, samples, answers))
    result = tell(
        suite,
        marks,
        FIGURES[suite],
        terms,
        version=f"{_version(found, samples)}; {found.data}",
        protocol=PROTOCOLS[suite],
        notes=[*found.notes, *(_outcomes(samples) if suite in CODE else ())],
    )
    return Measured([result], marks)


def _assert_installed(suite: str) -> None:
    if find_spec("lm_eval") is None:
        raise ParamsError(
            f"evaluate.suites: {suite!r} goes through lm-evaluation-harness, which is not installed. "
            "Install it with: pip install 'lion-distillation[eval]', or leave the suite out."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """The harness and its libraries without bars, notices and reports of use."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    logger = logging.getLogger("lm_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


Samples = Mapping[str, Sequence[dict[str, Any]]]
"""What the harness tells of every item and filter, by task."""


def _sampled(found: Tasks, subject: Backend) -> tuple[Samples, dict[str, str]]:
    """The harness's samples, and the answers by the items' ids. In other processes than the first the asking alone."""
    from lm_eval.evaluator import evaluate

    from lion.evaluation.asking import Asked
    from lion.evaluation.harness_tasks import asked

    model = Asked(subject, asked, sys.stderr)
    with _quiet():
        if processes.rank():
            for task in found.by_name.values():
                task.build_all_requests()
            model.generate_until([request for task in found.by_name.values() for request in task.instances])
            return {}, {}
        told = evaluate(model, {"tasks": found.by_name}, bootstrap_iters=0)
    return told["samples"], model.answers


def _marks(suite: str, samples: Samples, answers: Mapping[str, str]) -> Iterator[Mark]:
    from lion.evaluation.harness_tasks import ID

    for task, rows in samples.items():
        by_item: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_item[row["doc"][ID]].append(row)
        for id, some in by_item.items():
            figures = {NAMES[name, row["filter"]]: float(row[name]) for row in some for name in row["metrics"]}
            yield Mark(id, suite, _groups(suite, task, some[0]), answers[id], figures, _fault(suite, some, answers[id]))


def _groups(suite: str, task: str, row: Mapping[str, Any]) -> dict[str, str]:
    if suite == "infinitebench":
        return {"task": task}
    return {name: str(row["doc"][name]) for name in ("subject", "level") if suite == "math" and name in row["doc"]}


def _fault(suite: str, rows: Sequence[Mapping[str, Any]], answer: str) -> str | None:
    """Why no answer could be read, if none could be."""
    from lion.evaluation.harness_tasks import UNREAD, boxed

    if not answer.strip():
        return "empty"
    unread = boxed(answer) is None if suite == "math" else all(UNREAD in row["filtered_resps"] for row in rows)
    return "none" if unread else None


def _version(found: Tasks, samples: Samples) -> str:
    """The harness's release, and each task with its version and the digest of its items, prompts and right answers."""
    from importlib.metadata import version

    told = [f"lm_eval {version('lm_eval')}"]
    for name, task in found.by_name.items():
        rows = (row[key] for row in samples[name] for key in ("doc_hash", "prompt_hash", "target_hash"))
        told.append(f"{name} {task.VERSION} sha256:{lineage.digest(rows)}")
    return "; ".join(told)


def _outcomes(samples: Samples) -> list[str]:
    """How many programs ended in which way."""
    ends = Counter(str(row["filtered_resps"][0]) for rows in samples.values() for row in rows)
    return ["programs: " + ", ".join(f"{count} {end}" for end, count in sorted(ends.items()) if end != "None")]
