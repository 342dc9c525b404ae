"""What the calls of a run cost, and what the reference procedure would have bought. Knows counts, no file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]
Price = Callable[[str, int, int], float | None]
"""Dollars for a role's prompt and completion tokens; None where its model has no price."""


def bills(figures: Figures, price: Price) -> list[Figures]:
    """A row for each iteration and role that called, and then for the whole run."""
    named = [(number, told["calls"]) for number, told in figures["iterations"].items()]
    return [
        {"iteration": name, "role": role, **counts, "usd": _dollars(role, counts, price)}
        for name, calls in [*named, ("all", figures["calls"])]
        for role, counts in calls.items()
        if counts["bought"] or counts["replayed"]
    ]


def _dollars(role: str, counts: Figures, price: Price) -> float | None:
    return price(role, counts["prompt_tokens"], counts["completion_tokens"])


def reference(figures: Figures) -> list[Figures]:
    """By role: calls and tokens of this run, and of one that asks for everything again in each iteration.

    The teacher answers the whole cache pool each time, and no reply is replayed; tokens at this run's mean.
    """
    pools = sum(told["pools"]["cache"] for told in figures["iterations"].values())
    rows = []
    for role, counts in figures["calls"].items():
        if not counts["bought"]:
            continue
        calls = pools if role == "teacher" else counts["bought"] + counts["replayed"]
        tokens = counts["prompt_tokens"] + counts["completion_tokens"]
        again = {"reference_calls": calls, "reference_tokens": round(tokens / counts["bought"] * calls)}
        rows.append({"role": role, "calls": counts["bought"], "tokens": tokens, **again})
    return rows
