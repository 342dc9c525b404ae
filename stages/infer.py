"""infer: cache pool + student -> the student's answer to every instruction of the pool."""

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
@click.option("--cache-pool", type=Path, required=True)
@click.option("--student", type=Path, required=True)
@click.option("--answers", type=Path, required=True)
@click.option("--scratch", type=Path, default=Path(".lion/inference"), envvar="LION_SCRATCH")
def main(params_path: Path, cache_pool: Path, student: Path, answers: Path, scratch: Path) -> None:
    settings = params.read(params_path)
    if settings.infer.backend == "transformers" and launch.run("stages.infer", settings.runtime.launch):
        return
    pool = list(jsonl.read(cache_pool, Instruction))

    with opened(
        "infer",
        student,
        settings.infer,
        random_seed=settings.random_seed,
        runtime=settings.runtime,
        scratch=scratch,
    ) as backend:
        write(answers, backend.answers(pool))


if __name__ == "__main__":
    main()
