"""generate: hard and easy instructions -> new instructions, and the candidates that were rejected."""

from __future__ import annotations

from pathlib import Path
from random import Random

import click

from lion import generator, jsonl, params
from lion.chat import Chat
from lion.command import Command
from lion.contamination import Contamination
from lion.progress import track
from lion.prompts import Prompts
from lion.records import Instruction, Item, Verdict


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--prompts", type=Path, required=True)
@click.option("--iteration", type=int, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--hard", type=Path, required=True)
@click.option("--easy", type=Path, required=True)
@click.option("--benchmarks", type=Path, required=True, help="Of whose items no new instruction may be one.")
@click.option("--generated", type=Path, required=True)
@click.option("--rejected", type=Path, required=True)
@click.option("--calls", type=Path, required=True)
def main(
    params_path: Path,
    prompts: Path,
    iteration: int,
    cache_pool: Path,
    hard: Path,
    easy: Path,
    benchmarks: Path,
    generated: Path,
    rejected: Path,
    calls: Path,
) -> None:
    settings = params.read(params_path)
    pool = jsonl.table(cache_pool, Instruction)
    rules = settings.generate
    arms = generator.arms(
        [pool[verdict.id] for verdict in jsonl.read(hard, Verdict)],
        [pool[verdict.id] for verdict in jsonl.read(easy, Verdict)],
        rules,
    )
    with (
        Chat("generator", settings.generator.endpoint, settings.runtime) as chat,
        jsonl.writer(generated) as kept,
        jsonl.writer(rejected) as rejects,
        jsonl.writer(calls) as ledger,
    ):
        candidates = generator.generate(
            arms,
            generator.known(pool.values(), rules),
            Contamination(jsonl.read(benchmarks, Item), rules.decontaminate.ngram, rules.max_rouge),
            settings.generator,
            rules,
            Prompts(prompts),
            chat,
            iteration=iteration,
            random=Random(f"{settings.random_seed}/{iteration}/generate"),
        )
        for candidate, exchange in track(candidates, "generate", note=chat.told):
            (kept if isinstance(candidate, Instruction) else rejects).add(candidate)
            ledger.add_all(exchange.calls("generator"))


if __name__ == "__main__":
    main()
