"""evaluate: student + benchmark suites -> the mark of every item, and the figures of every suite."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.prompts import Prompts
from lion.records import Instruction
from lion.student import launch
from lion.student.backend import opened


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--prompts", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True, help="In which no item of a suite may stand.")
@click.option("--student", type=Path, required=True)
@click.option("--evaluation", type=Path, required=True)
@click.option("--scratch", type=Path, default=Path(".lion/inference"), envvar="LION_SCRATCH")
def main(params_path: Path, prompts: Path, cache_pool: Path, student: Path, evaluation: Path, scratch: Path) -> None:
    settings = params.read(params_path)
    is_shared = bool(settings.evaluate.suites) and settings.evaluate.backend == "transformers"
    if is_shared and launch.run("stages.evaluate", settings.runtime.launch):
        return
    seen = {instruction.id for instruction in jsonl.read(cache_pool, Instruction)}

    from lion.evaluation import benchmarks, suites
    from lion.evaluation.suite import Terms, decoding, template

    with opened(
        "evaluate",
        student,
        settings.evaluate,
        random_seed=settings.random_seed,
        runtime=settings.runtime,
        scratch=scratch,
    ) as backend:
        terms = Terms(
            subject=student.name,
            home=benchmarks.home(),
            seen=seen,
            evaluate=settings.evaluate,
            judge=settings.judge,
            teacher=settings.teacher,
            prompts=Prompts(prompts),
            runtime=settings.runtime,
            prompt=template(student),
            decoding=decoding(settings.evaluate),
        )
        suites.measure(settings.evaluate.suites, backend, terms, evaluation)


if __name__ == "__main__":
    main()
