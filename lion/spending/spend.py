"""`lion spend`: two tables of what was spent. Knows how to tell it, not how it is counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import click

from lion import params
from lion.chat.journal import Journal, existing, place
from lion.command import Command
from lion.corridor import Corridor
from lion.params import Params
from lion.spending.journal import option
from lion.spending.ledger import Bill, Use, bills, uses
from lion.spending.table import count, dollars, lay_out, sources, total

PARAMS = Path("params.yaml")
BILLS = ["role", "model", "bought", "calls", "prompt tokens", "completion tokens", "USD"]
USES = ["iteration", "role", "model", "calls", "first uses", "replays", "prompt tokens", "completion tokens", "USD"]
COUNTED = ("calls", "first_uses", "replays")
TOKENS = ("prompt_tokens", "completion_tokens")


@click.command(cls=Command)
@option
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def spend(journal: Path | None, as_json: bool) -> None:
    """What was spent: all that the journal was ever bought, and what the current outs used of it.

    Dollars follow from runtime.prices in params.yaml: a batch is cheaper by its discount, imported replies cost
    nothing, and a model that has no price there is given none.
    """
    settings = params.read(PARAMS)
    with ExitStack() as stack:
        book = _book(journal)
        if book:
            stack.enter_context(closing(book))
        bought = bills(book, settings.runtime.prices) if book else []
        used = uses(Corridor(settings.model_dump()), settings, book)
    if as_json:
        click.echo(json.dumps(_plain(settings, bought, used), indent=2))
        return
    click.echo(_tell_bills(place(journal), bought, settings))
    click.echo(_tell_uses(used, settings))


def _book(given: Path | None) -> Journal | None:
    """The journal, opened; None where there is none yet and none was named."""
    return existing(place(given)) if given or place().exists() else None


def _plain(settings: Params, bought: Sequence[Bill], used: Sequence[Use]) -> dict[str, object]:
    models = {bill.model for bill in bought} | {use.model for use in used}
    return {
        "journal": [asdict(bill) for bill in bought],
        "outs": [{**asdict(use), "replays": use.replays} for use in used],
        "without_price": sorted(models - set(settings.runtime.prices)),
    }


def _tell_bills(path: Path, bought: Sequence[Bill], settings: Params) -> str:
    if not bought:
        return f"{path}: nothing was bought yet\n"
    rows = [[b.role, b.model, b.bought, *_cells(b, COUNTED[:1]), dollars(b.cost_usd)] for b in bought]
    rows.append(["all", "", "", *_sums(bought, COUNTED[:1])])
    told = f"All that {path} was ever bought\n\n{lay_out(BILLS, rows, left=3)}\n"
    return told + sources({b.model for b in bought}, settings.runtime.prices)


def _tell_uses(used: Sequence[Use], settings: Params) -> str:
    if not used:
        return "The outs hold no calls: no paid stage was run here. What a colleague pushed comes with: dvc pull"
    rows = [[u.iteration, u.role, u.model, *_cells(u, COUNTED), dollars(u.cost_usd)] for u in used]
    rows.append(["all", "", "", *_sums(used, COUNTED)])
    told = (
        "What the current outs used of it: tokens and dollars are those of first uses, replays cost nothing\n\n"
        f"{lay_out(USES, rows, left=3)}\n"
    )
    if unknown := sum(u.unknown for u in used):
        told += f"\n{count(unknown)} first uses are not in this journal: they are priced as if bought online.\n"
    return told + sources({u.model for u in used}, settings.runtime.prices)


def _cells(row: Bill | Use, calls: Sequence[str]) -> list[str]:
    return [count(getattr(row, name)) for name in (*calls, *TOKENS)]


def _sums(rows: Sequence[Bill] | Sequence[Use], calls: Sequence[str]) -> list[str]:
    sums = [count(sum(getattr(row, name) for row in rows)) for name in (*calls, *TOKENS)]
    return [*sums, total([row.cost_usd for row in rows])]
