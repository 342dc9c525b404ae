"""LiveCodeBench as lighteval has measured it, told as a rival's row. Knows lighteval's files, and runs nothing.

lighteval runs in an environment of its own against an endpoint that serves the student: docs/evaluation.md. What it
writes is `results/<model>/results_<date>.json` and, with `--save-details`, the items beside it, in
`details/<model>/<date>/details_<task>_<date>.parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose
from pathlib import Path
from typing import Any

import click

from lion import jsonl
from lion.command import Command
from lion.errors import DataError
from lion.evaluation.benchmarks import Fault, told
from lion.evaluation.suite import Measured
from lion.evaluation.suites import RESULTS
from lion.records import Mark, Result
from lion.rivals import folder

SUITE = "livecodebench"
TASK, METRIC, FIGURE = "lcb:codegeneration", "codegen_pass@1", "pass_at_1"
REMEDY = "Give the results_….json of a run of lighteval with --save-details."
EMPTY = "an empty answer may be a request that failed, which lighteval counts as wrong"
PROTOCOL = "zero-shot, lighteval's prompt and tests; the programs were run by lighteval, not in Lion's sandbox"


def converted(results: Path, subject: str | None = None) -> Measured:
    """The marks and the result of lighteval's run whose results are in this file.

    Raises DataError, one line, where it is not there, is not of LiveCodeBench, or its details are missing or others.
    """
    whole = jsonl.whole(results, REMEDY)
    with told(str(results), REMEDY):
        task, value = _task(whole)
        details = _details(results, task)
        marks = list(_marks(details))
        if not marks or not isclose(sum(mark.figures[FIGURE] for mark in marks) / len(marks), value, abs_tol=1e-9):
            raise Fault(f"{METRIC} is {value}, which its details {details} do not come to")
        return Measured([_result(whole, task, marks, subject)], marks)


def _task(whole: Any) -> tuple[str, float]:
    """The task's name and lighteval's figure."""
    found = [name for name in _table(whole, "results") if name.startswith(TASK)]
    if len(found) != 1:
        raise Fault(f"found {len(found)} tasks {TASK}…, wanted one")
    metrics = _table(whole, "results", found[0])
    named = [name for name in metrics if name.startswith(METRIC) and not name.endswith("_stderr")]
    if len(named) != 1 or not isinstance(metrics[named[0]], int | float):
        raise Fault(f"found no figure {METRIC} among {sorted(metrics)}")
    return found[0], float(metrics[named[0]])


def _details(results: Path, task: str) -> Path:
    """Where lighteval has put the items of the same run."""
    date = results.stem.removeprefix("results_")
    root = next((folder for folder in results.resolve().parents if folder.name == "results"), None)
    if root is None:
        raise Fault("found it in no folder 'results', wanted it where lighteval wrote it, beside 'details'")
    model = results.resolve().parent.relative_to(root)
    path = root.parent / "details" / model / date / f"details_{task}_{date}.parquet"
    if not path.is_file():
        raise Fault(f"its details {path} are not there")
    return path


def _marks(details: Path) -> Iterator[Mark]:
    """The mark of every item, by the items' numbers. A request that failed is an empty answer to lighteval."""
    import pandas

    try:
        rows = pandas.read_parquet(details, columns=["doc", "metric", "model_response"]).to_dict("records")
    except (OSError, ValueError, KeyError) as fault:
        raise DataError(f"{details}: cannot be read ({' '.join(str(fault).split())[:200]}). {REMEDY}") from None
    for row in sorted(rows, key=lambda row: int(row["doc"]["id"])):
        text = "".join(row["model_response"]["text"][:1])
        passed = next((value for name, value in row["metric"].items() if name.startswith(METRIC)), None)
        if passed is None:
            raise Fault(f"item {row['doc']['id']} has no {METRIC} in {details}")
        id = f"{SUITE}/{row['doc']['id']}"
        yield Mark(id, SUITE, {}, text, {FIGURE: float(passed)}, None if text.strip() else "empty")


def _result(whole: Any, task: str, marks: list[Mark], subject: str | None) -> Result:
    from lion.evaluation.result import mean, proportion

    is_one_answer = all(mark.figures[FIGURE] in (0.0, 1.0) for mark in marks)
    figure = (proportion if is_one_answer else mean)(FIGURE)(marks)
    unanswered = sum(mark.fault is not None for mark in marks)
    name = subject or str(_at(whole, "config_general", "model_name"))
    return Result(
        suite=SUITE,
        subject=name,
        version=_version(whole, task),
        protocol=PROTOCOL,
        prompt="lighteval's, as a chat message to the endpoint",
        decoding=_decoding(whole, task),
        items=len(marks),
        unanswered=unanswered,
        faults={"empty": unanswered} if unanswered else {},
        figures={FIGURE: figure},
        by={},
        notes=[f"model: {name}", *([EMPTY] if unanswered else [])],
    )


def _version(whole: Any, task: str) -> str:
    config, hashes = _table(whole, "config_tasks", task), _table(whole, "summary_tasks", task, "hashes")
    data = f"{config.get('hf_repo')} {config.get('hf_subset')}"
    prompts = f"xxh64 of items {hashes.get('hash_examples')}, of prompts {hashes.get('hash_full_prompts')}"
    return f"lighteval {task} {config.get('version')}; {data}; {prompts}"


def _decoding(whole: Any, task: str) -> dict[str, str | float | int | None]:
    """How lighteval drew the answers. Of its settings nothing else is taken: a key may stand among them."""
    drawn = _table(whole, "config_general", "model_config", "generation_parameters")
    limit = drawn.get("max_new_tokens") or _table(whole, "config_tasks", task).get("generation_size")
    told = {"temperature": drawn.get("temperature"), "top_p": drawn.get("top_p"), "max_new_tokens": limit}
    return {"backend": "lighteval", **told}


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise Fault(f"no {key!r} where lighteval has {'.'.join(keys)}")
        value = value[key]
    return value


def _table(value: Any, *keys: str) -> dict[str, Any]:
    found = _at(value, *keys)
    if not isinstance(found, dict):
        raise Fault(f"{'.'.join(keys)!r} is {type(found).__name__}, wanted an object")
    return found


@click.command(cls=Command)
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The row: data/rivals/NAME."
)
@click.option("--subject", help="The student's name in the result; else the one that lighteval knows it by.")
@click.option("--force", is_flag=True, help="Replace results that are there.")
def livecodebench(results: Path, out: Path, subject: str | None, force: bool) -> None:
    """Take over what lighteval measured on LiveCodeBench: RESULTS is its results_….json."""
    folder.check(out, [SUITE], force)
    found = converted(results, subject)
    (result,) = found.results
    kept = folder.others(out, [SUITE], result.prompt, result.notes, force)
    with folder.writing(out, kept) as partial:
        jsonl.write(partial / f"{SUITE}.jsonl", found.marks)
        jsonl.write(partial / RESULTS, [*kept, result])
    value, low, high = result.figures[FIGURE].values()
    click.echo(f"pass@1 {value} ({low} to {high}), {result.items} items, {result.unanswered} empty")
