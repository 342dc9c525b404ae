"""`lion trace`: the whole life of an instruction in the terminal. Knows how to tell it, not how it is found out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from lion import biography, ids, params
from lion.command import Command
from lion.corridor import Corridor
from lion.life import Child, Life, Rejection, Related, Taught, Turn
from lion.records import Review
from lion.terminal import brief, quoted, shown

PARAMS = Path("params.yaml")
WIDTH = 100
TOLD = 20
"""How many children or rejected candidates are told; --json has all."""


@click.command(cls=Command)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="For machines, with all there is: docs/following.md.")
def trace(id: str, as_json: bool) -> None:
    """The whole life of the instruction ID: birth, answers, reviews, verdicts, training, children, what was rejected.

    ID may be shortened to its first digits, four at least. A candidate that was rejected has an id as well. What a run
    that is not finished has not written yet is left out.
    """
    corridor = Corridor(params.read(PARAMS).model_dump())
    whole = ids.resolve(id, [*biography.pools(corridor), *biography.candidates(corridor)])
    life = biography.gather(whole, corridor)
    if as_json:
        click.echo(json.dumps(asdict(life), indent=2))
        return
    click.echo("\n".join(_tell(life)))


def _tell(life: Life) -> Iterator[str]:
    yield from _begin(life)
    for taught in life.teacher:
        yield from _teach(taught)
    for turn in life.iterations:
        yield from _turn(turn)
    yield from _overlaps(life)
    yield from _several("generated from it", [_child(child) for child in life.children])
    yield from _several("rejected candidates from it", [_candidate(lost) for lost in life.rejected_children])
    yield from _several("rejected for being too near to it", [_candidate(lost) for lost in life.resembling])


def _begin(life: Life) -> Iterator[str]:
    born = life.instruction
    if born is None:
        yield f"{life.id}  a candidate that was not kept"
    elif born.origin == "seed":
        yield f"{life.id}  a seed"
    else:
        yield f"{life.id}  born in iteration {born.iteration} by the {born.origin} prompt"
    if born:
        yield from quoted(born.instruction, "  ")
        if born.input:
            yield "  input"
            yield from quoted(born.input, "  ")
    yield from _relative("parent", life.parent, "  ")
    for lost in life.rejections[:TOLD]:
        yield from _rejected(lost, is_again=born is not None)
    yield from _more(life.rejections)


def _rejected(lost: Rejection, is_again: bool) -> Iterator[str]:
    whence = f", by the {lost.origin} prompt" if lost.origin else ""
    yield f"  {'came again and was ' if is_again else ''}rejected in iteration {lost.iteration}{whence}: {_why(lost)}"
    if lost.text and not is_again:
        yield from quoted(lost.text, "    ")
    yield from _relative("nearest", lost.nearest, "    ")
    yield from _relative("parent", lost.parent, "    ")


def _why(lost: Rejection) -> str:
    near = f" {lost.nearest.id}" if lost.nearest else ""
    how_near = "" if lost.f1 is None else f", F1 {lost.f1:.2f}"
    detail = f" ({lost.detail})" if lost.detail else ""
    return shown(f"{lost.reason}{near}{how_near}{detail}")


def _relative(what: str, other: Related | None, indent: str) -> Iterator[str]:
    if other:
        yield shown(f"{indent}{what} {other.id}{'' if other.text is not None else '  (its text is not here)'}")
        if other.text is not None:
            yield from quoted(other.text, indent)


def _teach(taught: Taught) -> Iterator[str]:
    yield ""
    if taught.text is None:
        yield shown(f"teacher, iteration {taught.iteration}: no answer, {taught.reason} ({taught.detail})")
    else:
        yield f"teacher, from iteration {taught.iteration} on"
        yield from quoted(taught.text, "  ")


def _turn(turn: Turn) -> Iterator[str]:
    yield ""
    learned = f"trained on by student {turn.iteration}" if turn.is_trained else "to be trained on"
    yield f"iteration {turn.iteration}{f': {learned}' if turn.is_to_learn else ''}"
    if turn.student is not None:
        yield f"  student {turn.iteration}"
        yield from quoted(turn.student, "  ")
    for review in turn.reviews:
        yield from _review(review)
    if turn.side:
        yield shown(f"  {_verdict(turn)}")


def _review(review: Review) -> Iterator[str]:
    found = review.reason or f"teacher {review.teacher:g}, student {review.student:g}"
    yield f"  referee, {review.order}: {found}"
    yield from quoted(review.text, "  ")


def _verdict(turn: Turn) -> str:
    if turn.verdict is None:
        return f"{turn.side}: {turn.reason} ({turn.detail})"
    means = f"teacher {turn.verdict.teacher:g}, student {turn.verdict.student:g}"
    tau = "" if turn.threshold is None else f" {'≥' if turn.side == 'hard' else '<'} τ {turn.threshold:g}"
    return f"{turn.side}: {means}, gap {turn.verdict.gap:g}{tau}"


def _overlaps(life: Life) -> Iterator[str]:
    if life.overlaps:
        yield f"\noverlaps {len(life.overlaps)} items of benchmarks"
    for touch in life.overlaps:
        by = touch.detail or ("the same words" if touch.f1 is None else f"F1 {touch.f1:.2f}")
        yield from _relative(f"{touch.rule}: {brief(by, WIDTH)}:", touch.item, "  ")


def _several(what: str, each: Sequence[list[str]]) -> Iterator[str]:
    if each:
        yield f"\n{len(each):,} {what}"
    for lines in each[:TOLD]:
        yield from lines
    yield from _more(each)


def _more(all_of_them: Sequence[object]) -> Iterable[str]:
    return [f"  … and {len(all_of_them) - TOLD:,} more: --json has all"] if len(all_of_them) > TOLD else []


def _child(child: Child) -> list[str]:
    return [f"  {child.id}  iteration {child.iteration}, {child.origin}: {brief(child.text, WIDTH)}"]


def _candidate(lost: Rejection) -> list[str]:
    lines = [shown(f"  {lost.id}  iteration {lost.iteration}, {lost.origin}, {_why(lost)}")]
    lines += [f"    {brief(lost.text, WIDTH)}"] if lost.text else []
    lines += [f"    near to: {brief(lost.nearest.text, WIDTH)}"] if lost.nearest and lost.nearest.text else []
    return lines
