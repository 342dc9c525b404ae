"""merge-pool: the new instructions replace the train pool and enlarge the cache pool."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, pools
from lion.command import Command
from lion.records import Instruction


@click.command(cls=Command)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--generated", type=Path, required=True)
@click.option("--next-train-pool", type=Path, required=True)
@click.option("--next-cache-pool", type=Path, required=True)
def main(cache_pool: Path, generated: Path, next_train_pool: Path, next_cache_pool: Path) -> None:
    new = list(jsonl.read(generated, Instruction))
    pool = pools.enlarge(list(jsonl.read(cache_pool, Instruction)), new)
    jsonl.write(next_train_pool, new)
    jsonl.write(next_cache_pool, pool)


if __name__ == "__main__":
    main()
