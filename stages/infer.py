"""infer: cache pool + student -> the student's answer to every instruction of the pool."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.records import Instruction


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--student", type=Path, required=True)
@click.option("--answers", type=Path, required=True)
def main(params_path: Path, cache_pool: Path, student: Path, answers: Path) -> None:
    settings = params.read(params_path)
    pool = list(jsonl.read(cache_pool, Instruction))

    from lion.student.inference import answers as infer

    found = infer(
        student,
        pool,
        settings.infer,
        random_seed=settings.random_seed,
        batch_size=settings.runtime.inference_batch_size,
    )
    jsonl.write(answers, found)


if __name__ == "__main__":
    main()
