"""`lion estimate`: what a run will buy and cost, before it is begun. Knows how to tell it, not how it is reckoned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import click

from lion import params
from lion.chat.journal import existing, place
from lion.chat.prices import cost_usd
from lion.command import Command
from lion.corridor import Corridor
from lion.errors import ParamsError
from lion.evaluation.benchmarks import VARIABLE
from lion.params import Params
from lion.spending import memory
from lion.spending.journal import option
from lion.spending.need import NOTHING, Amount, Need
from lion.spending.plan import PAID, ROLES, Plan
from lion.spending.spend import PARAMS
from lion.spending.table import UNKNOWN, count, dollars, lay_out, sources, total

HEADS = ["stage", "held", "calls", "prompt", "completion", "USD", "calls", "prompt", "completion", "USD"]
EXPECTED, MOST = "expected", "at most"


@click.command(cls=Command)
@click.argument("overrides", nargs=-1)
@click.option("--profile", help="Short for the override profile=PROFILE.")
@click.option("--seeds", "count", type=click.IntRange(min=1), help="How many seeds there are, where they are not here.")
@click.option(
    "--reply-tokens", multiple=True, metavar="ROLE=N", help="Assume replies of N tokens where none was measured."
)
@option
@click.option("--memory", "all_memory", is_flag=True, help="What train needs of a device, by method and launch.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def estimate(
    overrides: tuple[str, ...],
    profile: str | None,
    count: int | None,
    reply_tokens: tuple[str, ...],
    journal: Path | None,
    all_memory: bool,
    as_json: bool,
) -> None:
    """What a run will buy and cost: with params.yaml, or with what OVERRIDES compose, as for `lion params`.

    \b
    expected: one reply for each question. Prompt tokens from the characters of the
      real prompts; completion tokens as long as the journal's replies of this model
      in this role; where it has none, as --reply-tokens assumes, else unknown (?).
    at most: every attempt used, every reply as long as its limit, a token for each
      byte of a prompt, new instructions as long as the longest seed allows.
    held: replies that the journal has already, which are deducted. A dash where the
      stage's inputs are not in the workspace, so that nothing could be deducted.

    No endpoint is asked, and nothing is written. Dollars follow from runtime.prices.
    """
    settings = _settings(overrides, profile)
    if all_memory:
        click.echo(json.dumps(memory.plain(settings), indent=2) if as_json else memory.table(settings))
        return
    with ExitStack() as stack:
        path = place(journal)
        book = stack.enter_context(closing(existing(path))) if journal or path.exists() else None
        plan = Plan(settings, Corridor(settings.model_dump()), book, count, _assumed(reply_tokens))
        needs = list(plan.needs())
    if as_json:
        click.echo(json.dumps(_plain(needs, settings), indent=2))
        return
    click.echo(f"What is left to buy ({settings.profile}, {settings.iterations} iterations, {settings.runtime.mode})\n")
    click.echo(_tell(needs, settings))
    click.echo("\n".join(["", *_basis(plan, settings), *_remarks(needs, plan), memory.line(settings)]))
    click.echo(sources({getattr(settings, role).model for role in plan.habits}, settings.runtime.prices), nl=False)


def _settings(overrides: tuple[str, ...], profile: str | None) -> Params:
    """The parameters in the folder, or those that are composed."""
    from lion.conf import compose

    given = ([f"profile={profile}"] if profile else []) + list(overrides)
    if not given:
        return params.read(PARAMS)
    return params.parse(compose(*given), " ".join(given), "Correct the overrides.")


def _assumed(given: tuple[str, ...]) -> dict[str, int]:
    """The lengths of replies by role. Raises ParamsError for what is not ROLE=N."""
    found = {}
    for text in given:
        role, _, tokens = text.partition("=")
        if role not in PAID or not tokens.isdecimal():
            wanted = ", ".join(f"{role}=N" for role in PAID)
            raise ParamsError(f"--reply-tokens: found {text!r}, wanted one of {wanted}, where N is a number of tokens.")
        found[role] = int(tokens)
    return found


def _cost(amount: Amount, role: str, settings: Params) -> float | None:
    """Dollars; None where the model has no price, or the tokens are not known."""
    price = settings.runtime.prices.get(getattr(settings, role).model)
    if price is None or amount.prompt_tokens is None or amount.completion_tokens is None:
        return None
    return cost_usd(price, round(amount.prompt_tokens), round(amount.completion_tokens), settings.runtime.mode)


def _plain(needs: Sequence[Need], settings: Params) -> list[dict[str, object]]:
    return [
        {
            **asdict(need),
            "model": getattr(settings, need.role).model,
            "expected_usd": _cost(need.expected, need.role, settings),
            "most_usd": _cost(need.most, need.role, settings),
        }
        for need in needs
    ]


def _tell(needs: Sequence[Need], settings: Params) -> str:
    rows = [_row(need, settings) for need in needs]
    sums = ["all", count(sum(need.held or 0 for need in needs))]
    for name in ("expected", "most"):
        amounts = [getattr(need, name) for need in needs]
        costs = [_cost(amount, need.role, settings) for amount, need in zip(amounts, needs, strict=True)]
        is_open = any(cost is None and _has_price(need, settings) for cost, need in zip(costs, needs, strict=True))
        sums += [*_counts(sum(amounts, NOTHING)), UNKNOWN if is_open else total(costs)]
    table = lay_out(HEADS, [*rows, sums], left=1).splitlines()
    return "\n".join([_over(table[0]), *table])


def _over(heads: str) -> str:
    """A line above the heads: over which of them `expected` and `at most` stand."""
    first = heads.index("USD") + len("USD")
    return f"{EXPECTED:>{first}}{MOST:>{len(heads) - first}}"


def _row(need: Need, settings: Params) -> list[str]:
    by = "" if need.role == ROLES.get(need.stage.split("@")[0]) else f" {need.role}"
    cells = [need.stage + by, "done" if need.is_done else "-" if need.held is None else count(need.held)]
    for amount in (need.expected, need.most):
        cost = _cost(amount, need.role, settings)
        cells += [*_counts(amount), dollars(cost, UNKNOWN if _has_price(need, settings) else "no price")]
    return cells


def _has_price(need: Need, settings: Params) -> bool:
    return getattr(settings, need.role).model in settings.runtime.prices


def _counts(amount: Amount) -> list[str]:
    return [count(amount.calls), count(amount.prompt_tokens), count(amount.completion_tokens)]


def _basis(plan: Plan, settings: Params) -> list[str]:
    """What the expectation rests on, a line for each role."""
    lines = []
    for role, habit in plan.habits.items():
        name = f"{role} ({getattr(settings, role).model})"
        if habit.prompt_tokens is None or habit.completion_tokens is None:
            length = habit.completion_tokens
            replies = "length of replies unknown (--reply-tokens)" if length is None else f"{length} tokens a reply"
            lines.append(
                f"{name}: nothing measured; assumed {habit.characters_per_token:.1f} characters a token, {replies}"
            )
        else:
            lines.append(
                f"{name}: measured on {habit.replies:,} replies, {habit.characters_per_token:.1f} characters a token, "
                f"{habit.prompt_tokens:.0f} prompt and {habit.completion_tokens:.0f} completion tokens"
            )
    measured = plan.requests_per_new
    told = "1 assumed" if measured is None else f"{measured:.2f} measured on the outs"
    return [*lines, f"requests for each new instruction: {told}"]


def _remarks(needs: Sequence[Need], plan: Plan) -> list[str]:
    remarks = []
    if not plan.has_texts:
        remarks.append("the seeds are not on this disk: how long their prompts are is not known")
    if plan.judging.missing:
        told = ", ".join(plan.judging.missing)
        remarks.append(f"{told}: not under {VARIABLE}, so that the published number of items is taken")
    if any(need.held is None and not need.is_done for need in needs):
        remarks.append("-: the stage's inputs are not in the workspace yet, so nothing the journal holds is deducted")
    return remarks
