"""benchmarks: the public suites -> the items that no instruction may overlap, in one file that needs no others.

It comes first, so it also tells of what would keep a suite of `evaluate` from being measured at the end.
"""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.evaluation import benchmarks, listing
from lion.evaluation.suite import Terms
from lion.prompts import Prompts


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--prompts", type=Path, required=True)
@click.option("--items", type=Path, required=True)
def main(params_path: Path, prompts: Path, items: Path) -> None:
    settings = params.read(params_path)
    terms = Terms(
        subject="",
        home=benchmarks.home(),
        seen=(),
        evaluate=settings.evaluate,
        judge=settings.judge,
        teacher=settings.teacher,
        prompts=Prompts(prompts),
        runtime=settings.runtime,
        prompt="",
        decoding={},
    )
    listing.items(settings.evaluate.suites, terms)
    jsonl.write(items, benchmarks.load(benchmarks.home(), settings.generate.decontaminate.suites))


if __name__ == "__main__":
    main()
