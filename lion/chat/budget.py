"""What may still be spent: `runtime.budget_usd` and `budget_tokens`. Knows nothing of how requests are sent.

The cap is on all that the journal was ever bought, by whichever stage, run or process: a run that was stopped and goes
on, or a stage that follows another, is never given a fresh one. What is in flight counts at its worst case, a token for
each byte of the prompt and all of `max_tokens`, so that the cap is not passed. Models without a price cost no money.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from lion.chat.journal import Bought, Journal
from lion.chat.prices import charged, cost_usd
from lion.chat.request import Reply, Request
from lion.chat.tokens import most_prompt_tokens
from lion.errors import BudgetError, ParamsError
from lion.params import Runtime

FREE = ("infer", "evaluate")
"""Roles in which a student is asked through an engine of the user's own, that sends no bill. Its requests name the
checkpoint; those to a foreign endpoint, which `lion evaluate` measures, do not, and count."""
REFRESH_S = 15.0
"""How often to look at what other processes have bought meanwhile."""


class Budget:
    """The cap, what was spent, and what is in flight; without a cap nothing is counted."""

    def __init__(self, runtime: Runtime, journal: Journal) -> None:
        self._usd, self._tokens, self._prices = runtime.budget_usd, runtime.budget_tokens, runtime.prices
        self._capped = self._usd is not None or self._tokens is not None
        self._bought: Bought = runtime.mode
        self._journal, self._looked_at = journal, -math.inf
        self._spent, self._in_flight = Sum(), Sum()

    def check(self, model: str) -> None:
        """Raise ParamsError where there is a cap in money and the model has no price."""
        if self._usd is not None and model not in self._prices:
            raise ParamsError(
                f"runtime.prices: no price for the model {model!r}, wanted one, because runtime.budget_usd is set. "
                "Add it with its date, or use runtime.budget_tokens."
            )

    def fits(self, request: Request) -> bool:
        """Whether nothing is passed even if `request` and all that is in flight cost the most that they can."""
        if not self._capped:
            return True
        self._look()
        whole = self._spent + self._in_flight + self._worst(request)
        return whole.usd <= _or_inf(self._usd) and whole.tokens <= _or_inf(self._tokens)

    def reserve(self, request: Request) -> None:
        """`request` is sent."""
        if self._capped:
            self._in_flight += self._worst(request)

    def release(self, request: Request, reply: Reply | None) -> None:
        """`request` was answered by `reply`, or came to nothing."""
        if self._capped:
            self._in_flight -= self._worst(request)
            if reply:
                self._spent += self._cost(request.model, reply.prompt_tokens, reply.completion_tokens)

    def fault(self) -> BudgetError:
        """Why nothing more is sent, with nothing in flight."""
        caps = {"usd": self._usd, "tokens": self._tokens}
        told = ", ".join(f"runtime.budget_{name} {cap:,}" for name, cap in caps.items() if cap is not None)
        money = f"${self._spent.usd:.4f} and " if self._usd is not None else ""
        return BudgetError(
            f"{told}: the journal {self._journal.path} has cost {money}{self._spent.tokens:,} tokens, and the next "
            "request might pass the cap. Raise it and run the same command again: nothing is bought twice."
        )

    def _look(self) -> None:
        """Every few seconds, what the journal has cost, which other processes may be adding to."""
        if time.monotonic() - self._looked_at < REFRESH_S:
            return
        self._looked_at, self._spent = time.monotonic(), Sum()
        for (_, model, bought), totals in charged(self._journal, FREE).items():
            if bought != "imported":
                self._spent += self._cost(model, totals.prompt_tokens, totals.completion_tokens, bought)

    def _worst(self, request: Request) -> Sum:
        return self._cost(request.model, most_prompt_tokens(request), request.max_tokens)

    def _cost(self, model: str, prompt: int, completion: int, bought: Bought | None = None) -> Sum:
        price = self._prices.get(model)
        usd = cost_usd(price, prompt, completion, bought or self._bought) if price else 0.0
        return Sum(usd, prompt + completion)


@dataclass(frozen=True, slots=True)
class Sum:
    """Money, as far as prices are known, and tokens."""

    usd: float = 0.0
    tokens: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.usd + other.usd, self.tokens + other.tokens)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.usd - other.usd, self.tokens - other.tokens)


def _or_inf(cap: float | None) -> float:
    return math.inf if cap is None else cap
