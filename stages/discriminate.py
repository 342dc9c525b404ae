"""discriminate: reviews + τ -> hard, easy and unjudged instructions."""

from __future__ import annotations

from pathlib import Path

import click

from lion import difficulty, jsonl, params
from lion.command import Command
from lion.records import Instruction, Review


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--reviews", type=Path, required=True)
@click.option("--hard", type=Path, required=True)
@click.option("--easy", type=Path, required=True)
@click.option("--unjudged", type=Path, required=True)
def main(params_path: Path, cache_pool: Path, reviews: Path, hard: Path, easy: Path, unjudged: Path) -> None:
    settings = params.read(params_path)
    ids = [instruction.id for instruction in jsonl.read(cache_pool, Instruction)]
    split = difficulty.discriminate(ids, jsonl.read(reviews, Review), settings.discriminate.threshold)
    jsonl.write(hard, split.hard)
    jsonl.write(easy, split.easy)
    jsonl.write(unjudged, split.unjudged)
    click.echo(f"{len(split.hard)} hard, {len(split.easy)} easy, {len(split.unjudged)} unjudged", err=True)


if __name__ == "__main__":
    main()
