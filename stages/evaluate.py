"""evaluate: student + benchmark suites -> the mark of every item."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.records import Instruction
from lion.student import launch
from lion.student.backend import opened
from lion.student.processes import write


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True, help="In which no item of a suite may stand.")
@click.option("--student", type=Path, required=True)
@click.option("--evaluation", type=Path, required=True)
@click.option("--scratch", type=Path, default=Path(".lion/inference"), envvar="LION_SCRATCH")
def main(params_path: Path, cache_pool: Path, student: Path, evaluation: Path, scratch: Path) -> None:
    settings = params.read(params_path)
    is_shared = bool(settings.evaluate.suites) and settings.evaluate.backend == "transformers"
    if is_shared and launch.run("stages.evaluate", settings.runtime.launch):
        return
    seen = {instruction.id for instruction in jsonl.read(cache_pool, Instruction)}

    from lion.evaluation import exam

    evaluation.mkdir(parents=True, exist_ok=True)
    with opened(
        "evaluate",
        student,
        settings.evaluate,
        random_seed=settings.random_seed,
        runtime=settings.runtime,
        scratch=scratch,
    ) as backend:
        if "exam" in settings.evaluate.suites:
            write(evaluation / "exam.jsonl", exam.sit(backend, seen, settings.evaluate.items))


if __name__ == "__main__":
    main()
