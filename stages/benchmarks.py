"""benchmarks: the public suites under $LION_DATA_HOME -> their items, in one file that needs the folder no more."""

from __future__ import annotations

from pathlib import Path

import click

from lion import jsonl, params
from lion.command import Command
from lion.evaluation import benchmarks


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--items", type=Path, required=True)
def main(params_path: Path, items: Path) -> None:
    settings = params.read(params_path)
    jsonl.write(items, benchmarks.load(benchmarks.home(), settings.generate.decontaminate.suites))


if __name__ == "__main__":
    main()
