"""report: everything that the iterations wrote -> summary.json, learning.csv and the page."""

from __future__ import annotations

from pathlib import Path

import click

from lion import params
from lion.command import Command
from lion.report import page, summary


@click.command(cls=Command)
@click.option("--params", "params_path", type=Path, required=True)
@click.option("--data", type=Path, required=True)
@click.option("--summary", "summary_path", type=Path, required=True)
@click.option("--learning", type=Path, required=True)
@click.option("--page", "page_path", type=Path, required=True)
def main(params_path: Path, data: Path, summary_path: Path, learning: Path, page_path: Path) -> None:
    settings = params.read(params_path)
    found = summary.summarise(data, settings.iterations)
    summary.write(found, summary_path)
    summary.write_learning(found, learning)
    page.write(found, settings.profile, page_path)


if __name__ == "__main__":
    main()
