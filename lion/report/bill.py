"""What the calls of a run cost, and what the reference procedure would have bought. Knows counts, no file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]
LOOP = ("teacher", "referee", "generator")
"""The roles that the authors' procedure has; the judge measures students, and belongs to no loop."""
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
    """By role of the loop: calls and tokens of this run, and of the authors' own procedure in its place.

    Its teacher answers the whole cache pool anew in every discrimination, and after the last the train pool alone; what
    it bought once it buys again. Tokens at the mean of this run's replies.
    """
    *rounds, last = figures["iterations"].values()
    asked = sum(found["pools"]["cache"] for found in rounds) + last["pools"]["train"]
    return [
        _beside(role, counts, asked if role == "teacher" else counts["bought"] + counts["replayed"])
        for role, counts in figures["calls"].items()
        if role in LOOP and counts["bought"]
    ]


def _beside(role: str, counts: Figures, calls: int) -> Figures:
    tokens = counts["prompt_tokens"] + counts["completion_tokens"]
    again = {"reference_calls": calls, "reference_tokens": round(tokens / counts["bought"] * calls)}
    return {"role": role, "calls": counts["bought"], "tokens": tokens, **again}
