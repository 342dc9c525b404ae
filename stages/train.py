"""train: train pool + the teacher's answers + the previous student -> the next student."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.records import Answer, Instruction
from lion.student import launch


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--train-pool", type=Path, required=True)
@click.option("--answers", type=Path, required=True)
@click.option("--previous", type=Path, required=True)
@click.option("--student", type=Path, required=True)
@click.option("--history", type=Path, required=True)
@click.option("--scratch", type=Path, default=Path(".lion/training"), envvar="LION_SCRATCH")
def main(
    params_path: Path, train_pool: Path, answers: Path, previous: Path, student: Path, history: Path, scratch: Path
) -> None:
    settings = params.read(params_path)
    if launch.run("stages.train", settings.runtime.launch):
        return
    known = jsonl.table(answers, Answer)

    from lion.student.training import Example, train

    examples = [
        Example(item.id, item.instruction, item.input, known[item.id].text)
        for item in jsonl.read(train_pool, Instruction)
        if item.id in known
    ]
    train(
        previous,
        examples,
        settings.train,
        settings.runtime,
        random_seed=settings.random_seed,
        out=student,
        history=history,
        scratch=scratch,
    )


if __name__ == "__main__":
    main()
