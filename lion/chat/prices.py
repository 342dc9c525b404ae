"""What replies cost: the tokens that the journal was ever bought, and their price. Knows no stage and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lion.chat.journal import Bought, Journal
from lion.params import Price

MILLION = 1_000_000
Share = tuple[str, str, Bought]
"""Whose replies: role, model, and how they were bought."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Replies and the tokens that they were charged with."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


def spent(journal: Journal) -> dict[Share, Totals]:
    """All that `journal` holds, by role, model and how it was bought. Read from an index: half a second a million."""
    with journal.reading() as connection:
        rows = connection.execute(
            "SELECT role, model, bought, count(*), sum(prompt_tokens), sum(completion_tokens) "
            "FROM replies GROUP BY role, model, bought"
        ).fetchall()
    return {(role, model, bought): Totals(*counts) for role, model, bought, *counts in rows}


def charged(journal: Journal, free: Sequence[str]) -> dict[Share, Totals]:
    """As `spent`, but of the roles `free` only what was asked of no checkpoint: a student of the user's own has one."""
    marks = ",".join("?" * len(free))
    counted = "SELECT role, model, bought, count(*), sum(prompt_tokens), sum(completion_tokens) FROM replies WHERE role"
    grouped = "GROUP BY role, model, bought"
    with journal.reading() as connection:
        rows = connection.execute(
            f"{counted} NOT IN ({marks}) {grouped} UNION ALL "
            f"{counted} IN ({marks}) AND json_extract(request, '$.checkpoint') IS NULL {grouped}",
            [*free, *free],
        ).fetchall()
    return {(role, model, bought): Totals(*counts) for role, model, bought, *counts in rows}


def cost_usd(price: Price, prompt_tokens: int, completion_tokens: int, bought: Bought) -> float:
    """US dollars at `price`: in a batch less its discount, and nothing for what another machine paid for."""
    if bought == "imported":
        return 0.0
    discount = price.batch_discount if bought == "batch" else 0.0
    full = prompt_tokens * price.prompt_usd + completion_tokens * price.completion_usd
    return full * (1 - discount) / MILLION
