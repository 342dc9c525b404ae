"""evaluate: student + benchmark suites -> the mark of every item."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.records import Instruction


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True, help="In which no item of a suite may stand.")
@click.option("--student", type=Path, required=True)
@click.option("--evaluation", type=Path, required=True)
def main(params_path: Path, cache_pool: Path, student: Path, evaluation: Path) -> None:
    settings = params.read(params_path)
    seen = {instruction.id for instruction in jsonl.read(cache_pool, Instruction)}

    from lion.evaluation import exam

    evaluation.mkdir(parents=True, exist_ok=True)
    if "exam" in settings.evaluate.suites:
        marks = exam.sit(student, seen, settings.evaluate, settings.random_seed, settings.runtime.inference_batch_size)
        jsonl.write(evaluation / "exam.jsonl", marks)


if __name__ == "__main__":
    main()
