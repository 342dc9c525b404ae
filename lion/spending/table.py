"""Tables of text, for a terminal. Knows nothing of what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lion.params import Price

UNKNOWN = "?"
GAP = "  "


def lay_out(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A table with the `heads` on top; the first `left` columns begin at the left, the others end at the right."""
    whole = [heads, *rows]
    widths = [max(len(row[n]) for row in whole) for n in range(len(heads))]
    lines = (
        GAP.join(
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in whole
    )
    return "\n".join(line.rstrip() for line in lines)


def count(value: float | None) -> str:
    """A whole number with its thousands apart; a question mark where it is not known."""
    return UNKNOWN if value is None else f"{round(value):,}"


def dollars(value: float | None, unknown: str = "no price") -> str:
    """An amount in US dollars, to the cent, and small ones to two digits."""
    if value is None:
        return unknown
    return f"${value:,.2f}" if value >= 0.1 or value == 0 else f"${value:.2g}"


def size(bytes: float) -> str:
    """A file's size in the largest unit that leaves a whole number before the point."""
    for unit in ("bytes", "KiB", "MiB"):
        if bytes < 1024:
            return f"{bytes:,.0f} {unit}" if unit == "bytes" else f"{bytes:,.1f} {unit}"
        bytes /= 1024
    return f"{bytes:,.1f} GiB"


def total(costs: Sequence[float | None]) -> str:
    """The sum of what is known; where nothing is, there is no sum."""
    known = [cost for cost in costs if cost is not None]
    return dollars(sum(known) if known else None)


def sources(models: Iterable[str], prices: Mapping[str, Price]) -> str:
    """Where the dollars come from, a line for each model."""
    lines = [""]
    for model in sorted(models):
        price = prices.get(model)
        lines.append(
            f"{model}: ${price.prompt_usd:g} and ${price.completion_usd:g} a million prompt and completion tokens, "
            f"{price.batch_discount:.0%} less in a batch, as of {price.date}"
            if price
            else f"{model}: no price in runtime.prices; every sum of dollars leaves it out"
        )
    return "\n".join(lines) + "\n"
