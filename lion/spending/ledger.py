"""What was spent: all that the journal was ever bought, and what the current outs used of it. Buys nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lion import jsonl
from lion.chat.database import LOOKUP
from lion.chat.journal import Bought, Journal
from lion.chat.prices import Totals, cost_usd, spent
from lion.corridor import Corridor, Stage
from lion.evaluation.suites import CALLS
from lion.params import Params, Price
from lion.records import Call


@dataclass(frozen=True, slots=True)
class Bill:
    """Replies that were bought by one role from one model in one way. `cost_usd` is None where there is no price."""

    role: str
    model: str
    bought: Bought
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Use:
    """The calls of one iteration and role: first uses are what a run with an empty journal buys, the rest is replayed.

    Tokens and dollars are those of the first uses; `unknown` counts those that this journal does not hold.
    """

    iteration: str
    role: str
    model: str
    calls: int
    first_uses: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    unknown: int

    @property
    def replays(self) -> int:
        """Calls whose reply the same run had bought already."""
        return self.calls - self.first_uses


def bills(journal: Journal, prices: Mapping[str, Price]) -> list[Bill]:
    """All that `journal` holds, with what it cost at today's `prices`."""
    return [
        Bill(
            role,
            model,
            bought,
            totals.calls,
            totals.prompt_tokens,
            totals.completion_tokens,
            _cost({bought: totals}, prices.get(model)),
        )
        for (role, model, bought), totals in sorted(spent(journal).items())
    ]


def uses(corridor: Corridor, settings: Params, journal: Journal | None) -> list[Use]:
    """What the ledgers of calls in the workspace hold, in the order of the loop; those that are not there are left out.

    A call costs as much as the journal says it was bought for; one that the journal does not hold, as if bought online.
    """
    ledgers = [(stage, path) for stage in corridor.stages.values() for path in _ledgers(stage)]
    ledgers.sort(key=lambda found: int(found[0].key))  # a stable sort: within an iteration the order of dvc.yaml
    seen: set[str] = set()
    found: list[Use] = []
    for stage, path in ledgers:
        if path.exists():
            found += _uses(stage.key, jsonl.read(path, Call), settings, journal, seen)
    return found


def _ledgers(stage: Stage) -> list[Path]:
    """Where a stage leaves the calls that it was charged for."""
    if "evaluation" in stage.paths:
        return sorted(stage.paths["evaluation"].glob(f"*{CALLS}"))
    return [stage.paths["calls"]] if "calls" in stage.paths else []


def _uses(
    iteration: str, calls: Iterable[Call], settings: Params, journal: Journal | None, seen: set[str]
) -> Iterator[Use]:
    """What one ledger holds, by role; `seen` gathers the keys from one ledger to the next."""
    used: dict[str, int] = defaultdict(int)
    first: dict[str, dict[Bought | None, Totals]] = defaultdict(lambda: defaultdict(Totals))
    source = iter(calls)
    while some := list(islice(source, LOOKUP)):
        how = _how_bought(journal, [call.key for call in some])
        for call in some:
            used[call.role] += 1
            if call.key not in seen:
                seen.add(call.key)
                first[call.role][how.get(call.key)] += Totals(1, call.prompt_tokens, call.completion_tokens)
    for role, count in used.items():
        yield _use(iteration, role, getattr(settings, role).model, count, first[role], settings.runtime.prices)


def _use(
    iteration: str,
    role: str,
    model: str,
    calls: int,
    first: Mapping[Bought | None, Totals],
    prices: Mapping[str, Price],
) -> Use:
    whole = sum(first.values(), Totals())
    unknown = first.get(None, Totals())
    known: dict[Bought, Totals] = {bought: totals for bought, totals in first.items() if bought}
    known["online"] = known.get("online", Totals()) + unknown
    return Use(
        iteration,
        role,
        model,
        calls,
        whole.calls,
        whole.prompt_tokens,
        whole.completion_tokens,
        _cost(known, prices.get(model)),
        unknown.calls,
    )


def _how_bought(journal: Journal | None, keys: list[str]) -> dict[str, Bought]:
    if journal is None:
        return {}
    with journal.reading() as connection:
        marks = ",".join("?" * len(keys))
        return dict(connection.execute(f"SELECT key, bought FROM replies WHERE key IN ({marks})", keys).fetchall())


def _cost(totals: Mapping[Bought, Totals], price: Price | None) -> float | None:
    if price is None:
        return None
    return sum(cost_usd(price, t.prompt_tokens, t.completion_tokens, bought) for bought, t in totals.items())
