"""prepare: seed instructions -> the first train and cache pool; the base student -> ready for training."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params, seeds
from lion.command import Command


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--train-pool", type=Path, required=True)
@click.option("--cache-pool", type=Path, required=True)
@click.option("--rejected", type=Path, required=True)
@click.option("--known-answers", type=Path, required=True, help="An answers file without answers, to begin with.")
@click.option("--student", type=Path, required=True)
def main(
    params_path: Path, train_pool: Path, cache_pool: Path, rejected: Path, known_answers: Path, student: Path
) -> None:
    settings = params.read(params_path)
    pool, repeated = seeds.load(settings.seed, settings.random_seed)
    click.echo(f"{len(pool)} seed instructions; {len(repeated)} repetitions left out", err=True)

    from lion.student.checkpoint import prepare_base

    prepare_base(settings.student.base, settings.student.revision, settings.student.template, student)
    jsonl.write(train_pool, pool)
    jsonl.write(cache_pool, pool)
    jsonl.write(rejected, repeated)
    jsonl.write(known_answers, [])


if __name__ == "__main__":
    main()
