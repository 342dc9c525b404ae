"""decontaminate: cache pool and benchmarks -> the items that its instructions overlap. Nothing is taken out."""

from __future__ import annotations

from pathlib import Path

import click

from lion import contamination, jsonl, params
from lion.command import Command
from lion.progress import track
from lion.records import Instruction, Item


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--benchmarks", type=Path, required=True)
@click.option("--contaminated", type=Path, required=True)
def main(params_path: Path, cache_pool: Path, benchmarks: Path, contaminated: Path) -> None:
    settings = params.read(params_path)
    against = contamination.Contamination(
        jsonl.read(benchmarks, Item), settings.generate.decontaminate.ngram, settings.generate.max_rouge
    )
    pool = track(jsonl.read(cache_pool, Instruction), "decontaminate")
    jsonl.write(contaminated, contamination.check(pool, against))


if __name__ == "__main__":
    main()
