"""`lion status`: how the run stands, from any terminal. Knows how to tell it, not how it is found out."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from lion import params
from lion.chat.journal import existing, place
from lion.command import Command
from lion.corridor import Corridor
from lion.errors import DataError, JournalError
from lion.params import Params
from lion.running import BEAT_S, Sign
from lion.spending.journal import option
from lion.spending.ledger import Bill, bills
from lion.spending.spend import PARAMS
from lion.spending.table import count, lay_out, total
from lion.standing import AFTER, Standing, standings
from lion.terminal import shown

QUIET_S = 30 * BEAT_S
"""A process that has told nothing for so long is stopped, or its machine is."""
WRITTEN_S = 0.5
"""In which DVC has long written a dvc.lock."""
TOLD = 4
"""How many reasons are told; --json has all."""
REMEDY = {"missing": "bring them back with: dvc checkout, or dvc pull", "killed": "dvc repro goes on from there"}


@click.command(cls=Command)
@option
@click.option("--json", "as_json", is_flag=True, help="For machines: docs/following.md.")
def status(journal: Path | None, as_json: bool) -> None:
    """Which stages are done, running, killed or stale, how far the running ones are, and what was bought so far.

    \b
    running  a process of the stage is at work, or dvc has its outs
    killed   its process ended without a word; dvc repro goes on from there
    stale    dvc repro would run it again, for the reasons below
    behind   it would if a stage before it, which is to be run, changes what it reads
    missing  it was run, but its outs do not lie here as it left them
    waiting  it was never run

    Runs nothing, and may be asked while a run goes on. Runs in a temporary folder (dvc exp run --temp, --queue) are
    seen from there alone. dvc status has the last word on what is stale.
    """
    settings = params.read(PARAMS)
    found = standings(_corridor(settings))
    bought, fault = _bought(place(journal), settings)
    if as_json:
        click.echo(json.dumps(_plain(found, place(journal), bought, fault), indent=2))
        return
    click.echo("\n".join([_grid(found), "", *_told(found), "", fault or _spent(place(journal), bought)]))


def _corridor(settings: Params) -> Corridor:
    """The corridor. DVC writes dvc.lock in place: where it is half a file, it is whole a moment later."""
    try:
        return Corridor(settings.model_dump())
    except DataError:
        time.sleep(WRITTEN_S)
        return Corridor(settings.model_dump())


def _bought(path: Path, settings: Params) -> tuple[list[Bill], str | None]:
    """What the journal was bought; what is wrong with it, where it cannot be read: the rest is told all the same."""
    if not path.exists():
        return [], None
    try:
        with closing(existing(path)) as book:
            return bills(book, settings.runtime.prices), None
    except JournalError as fault:
        return [], shown(str(fault))


def _plain(found: Sequence[Standing], path: Path, bought: Sequence[Bill], fault: str | None) -> dict[str, object]:
    stages = [
        {
            "name": one.name,
            "state": one.state,
            "reasons": list(one.reasons),
            "is_held": one.is_held,
            "processes": [{**asdict(sign), "left_s": sign.left_s} for sign in one.signs],
        }
        for one in found
    ]
    counts = Counter(one.state for one in found)
    told = {"journal": str(path), "journal_fault": fault, "bought": [asdict(bill) for bill in bought]}
    return {"stages": stages, "counts": counts, **told}


def _grid(found: Sequence[Standing]) -> str:
    """A row for each kind of stage, a column for each iteration."""
    keys = sorted({one.key for one in found if one.key}, key=lambda key: (len(key), key))
    cells = {(one.kind, one.key): one.state for one in found}
    rows = [
        [shown(kind), *(cells.get((kind, key), cells.get((kind, ""), "") if key == keys[0] else "") for key in keys)]
        for kind in dict.fromkeys(one.kind for one in found)
    ]
    head = ["", *map(shown, keys)]
    return lay_out(head, rows, left=len(head))


def _told(found: Sequence[Standing]) -> Iterator[str]:
    counts = Counter(one.state for one in found)
    yield f"{len(found)} stages: {', '.join(f'{number} {state}' for state, number in counts.most_common())}"
    for one in found:
        if one.state == "running":
            yield from (shown(line) for line in _running(one))
        elif one.state == "killed":
            where = _how_far(one.progress) if one.progress else ""
            yield shown(f"{one.name}  killed{f' at {where}' if where else ''}: {REMEDY['killed']}")
        elif one.state in ("stale", "missing"):
            yield shown(f"{one.name}  {one.state}: {_reasons(one)}")


def _reasons(one: Standing) -> str:
    """Its own reasons; that stages before it are to be run is seen above."""
    own = [reason for reason in one.reasons if not reason.startswith(AFTER)]
    more = f" and {len(own) - TOLD} more" if len(own) > TOLD else ""
    remedy = f"; {REMEDY[one.state]}" if one.state in REMEDY else ""
    return f"{', '.join(own[:TOLD])}{more}{remedy}"


def _running(one: Standing) -> Iterator[str]:
    if not one.signs:
        yield f"{one.name}  running: dvc has its outs, and no process of it tells anything (it starts, or is saved)"
        return
    several = f", {len(one.signs)} processes" if len(one.signs) > 1 else ""
    sign = one.progress
    if sign is None:
        begun = min(sign.started for sign in one.signs)
        yield f"{one.name}  running for {_time(time.time() - begun)}{several}{_quiet(one)}"
        return
    left = "" if sign.left_s is None else f", {_time(sign.left_s)} left"
    yield f"{one.name}  running: {_how_far(sign)}{left}{several}{_quiet(one)}"
    if sign.note:
        yield f"  {sign.note}"


def _how_far(sign: Sign) -> str:
    if not sign.total:
        return f"{sign.what} {count(sign.count)}"
    return f"{sign.what} {count(sign.count)} of {count(sign.total)} ({(sign.count or 0) / sign.total:.0%})"


def _quiet(one: Standing) -> str:
    silence_s = time.time() - max(sign.updated for sign in one.signs)
    return f", no sign of life for {_time(silence_s)}" if silence_s > QUIET_S else ""


def _time(seconds: float) -> str:
    """`1:02:03`, or `2:03` where it is less than an hour."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _spent(path: Path, bought: Sequence[Bill]) -> str:
    if not bought:
        return f"{path}: nothing was bought yet"
    prompt, completion = (sum(getattr(bill, f"{side}_tokens") for bill in bought) for side in ("prompt", "completion"))
    calls = ", ".join(f"{role} {count(number)}" for role, number in _calls(bought).items())
    return (
        f"{path}: {count(sum(bill.calls for bill in bought))} replies ({calls}), {count(prompt)} prompt and "
        f"{count(completion)} completion tokens, {total([bill.cost_usd for bill in bought])}; more: lion spend"
    )


def _calls(bought: Sequence[Bill]) -> Counter[str]:
    calls: Counter[str] = Counter()
    for bill in bought:
        calls[bill.role] += bill.calls
    return calls
