"""`lion journal …`: the commands on the file of paid replies. Knows how to tell, not how a journal is kept."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from lion.chat import archive, audit
from lion.chat.journal import existing, place
from lion.command import Group
from lion.errors import JournalError
from lion.spending.table import count, lay_out, size

FAULTS_TOLD = 20

option = click.option(
    "--journal",
    type=click.Path(path_type=Path),
    help="The journal; without it $LION_JOURNAL, else .lion/journal.db.",
)


@click.group(cls=Group)
def journal() -> None:
    """The journal of paid replies: what it holds, whether it is sound, and how it is handed on."""


@journal.command()
@option
def stats(journal: Path | None) -> None:
    """Replies and tokens by role, model and how they were bought."""
    with closing(existing(place(journal))) as book:
        found = audit.stats(book)
        rows = [
            [*share, *(count(n) for n in (totals.calls, totals.prompt_tokens, totals.completion_tokens))]
            for share, totals in sorted(found.shares.items())
        ]
        click.echo(lay_out(["role", "model", "bought", "replies", "prompt tokens", "completion tokens"], rows, left=3))
        replies = sum(totals.calls for totals in found.shares.values())
        click.echo(f"\n{book.path}: {count(replies)} replies, {size(found.size_bytes)}")
    if found.first:
        click.echo(f"first {found.first}, last {found.last}")


@journal.command()
@option
def verify(journal: Path | None) -> None:
    """Check the file, and that the key of every reply fits its request. Ends with 1 where anything is wrong."""
    rows = faulty = 0
    with closing(existing(place(journal))) as book:
        for fault in audit.faults(book):
            rows += 1
            faulty += fault is not None
            if fault and faulty <= FAULTS_TOLD:
                click.echo(f"{book.path}: {fault}")
    if faulty:
        more = f", the first {FAULTS_TOLD} of them above" if faulty > FAULTS_TOLD else ""
        raise JournalError(
            f"{book.path}: {faulty} faults{more}, wanted none. Bring back a copy; "
            "what is sound can be saved with `lion journal export` and `lion journal import`."
        )
    click.echo(f"{count(rows)} replies, all sound")


@journal.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@option
def export_(file: Path, journal: Path | None) -> None:
    """Write all replies to FILE as JSON lines, for a colleague or for DVC: the same replies, the same bytes."""
    with closing(existing(place(journal))) as book:
        written, left_out = archive.export(book, file)
    click.echo(f"{file}: {count(written)} replies exported")
    if left_out:
        click.echo(f"{count(left_out)} left out: their key does not fit their request. See: lion journal verify")


@journal.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@option
def import_(file: Path, journal: Path | None) -> None:
    """Add the replies in FILE, all of them or, where a line is faulty, none. What is stored already stays as it is."""
    new, there = archive.bring(file, place(journal))
    click.echo(f"{place(journal)}: {count(new)} replies imported, {count(there)} already there")
