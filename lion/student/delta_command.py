"""`lion delta …`: a student as a difference from its base. Knows how to be asked, not how it is reckoned."""

from __future__ import annotations

from pathlib import Path

import click

from lion.command import Group

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Group)
def delta() -> None:
    """Pass a student on as its difference from its base, where a licence allows no more."""


@delta.command()
@click.argument("base", type=FOLDER)
@click.argument("student", type=FOLDER)
@click.argument("out", type=click.Path(path_type=Path))
def make(base: Path, student: Path, out: Path) -> None:
    """Write to OUT what makes STUDENT of BASE."""
    from lion.student.delta import make

    make(base, student, out)


@delta.command()
@click.argument("base", type=FOLDER)
@click.argument("delta", type=FOLDER)
@click.argument("out", type=click.Path(path_type=Path))
def recover(base: Path, delta: Path, out: Path) -> None:
    """Write to OUT the student that DELTA makes of BASE, bit by bit."""
    from lion.student.delta import recover

    recover(base, delta, out)
