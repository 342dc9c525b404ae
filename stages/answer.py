"""answer: cache pool + the answers known so far -> the teacher's answer to every instruction of the pool."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from lion import jsonl, params, teacher
from lion.chat import Chat
from lion.command import Command
from lion.progress import track
from lion.prompts import Prompts
from lion.records import Answer, Instruction, Reason


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--prompts", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--known-answers", type=Path, required=True)
@click.option("--answers", type=Path, required=True)
@click.option("--unanswered", type=Path, required=True)
@click.option("--calls", type=Path, required=True)
def main(
    params_path: Path,
    prompts: Path,
    cache_pool: Path,
    known_answers: Path,
    answers: Path,
    unanswered: Path,
    calls: Path,
) -> None:
    settings = params.read(params_path)
    pool = jsonl.table(cache_pool, Instruction)
    known = {id: answer for id, answer in jsonl.table(known_answers, Answer).items() if id in pool}
    asked = [instruction for id, instruction in pool.items() if id not in known]
    lost: Counter[Reason] = Counter()
    with (
        Chat("teacher", settings.teacher.endpoint, settings.runtime) as chat,
        jsonl.writer(unanswered) as rejects,
        jsonl.writer(calls) as ledger,
    ):
        outcomes = teacher.answer(asked, settings.teacher, Prompts(prompts), chat)
        for outcome, exchange in track(outcomes, "answer", len(asked), chat.told):
            ledger.add_all(exchange.calls("teacher"))
            if isinstance(outcome, Answer):
                known[outcome.id] = outcome
            else:
                rejects.add(outcome)
                lost[outcome.reason] += 1
        teacher.account(len(known), lost, settings.runtime.max_failed_share)
    assert len(known) + rejects.count == len(pool), "every instruction is answered or in the ledger"
    jsonl.write(answers, (known[id] for id in pool if id in known))


if __name__ == "__main__":
    main()
