"""referee: the teacher's and the student's answers -> two reviews of each pair, one in either order."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.chat import Chat
from lion.command import Command
from lion.progress import track
from lion.prompts import Prompts
from lion.records import Answer, Instruction
from lion.referee import pair, review


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--prompts", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--teacher", type=Path, required=True)
@click.option("--student", type=Path, required=True)
@click.option("--reviews", type=Path, required=True)
@click.option("--calls", type=Path, required=True)
def main(
    params_path: Path, prompts: Path, cache_pool: Path, teacher: Path, student: Path, reviews: Path, calls: Path
) -> None:
    settings = params.read(params_path)
    pool = jsonl.read(cache_pool, Instruction)
    by_teacher, by_student = jsonl.table(teacher, Answer), jsonl.table(student, Answer)
    pairs = pair(pool, by_teacher, by_student)
    with (
        Chat("referee", settings.referee.endpoint, settings.runtime) as chat,
        jsonl.writer(reviews) as written,
        jsonl.writer(calls) as ledger,
    ):
        found = review(pairs, settings.referee, Prompts(prompts), chat)
        for outcome, exchange in track(found, "referee", 2 * len(pairs), chat.told):
            written.add(outcome)
            ledger.add_all(exchange.calls("referee"))


if __name__ == "__main__":
    main()
