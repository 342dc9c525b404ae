"""A provider's limits: so many requests and tokens a minute. Knows nothing of the requests but what they cost."""

from __future__ import annotations

import math
import time

from lion.classroom.faults import Faults
from lion.classroom.protocol import Refusal
from lion.classroom.reply import Reply


class Allowance:
    """So much a minute, as a bucket that fills evenly and holds `burst_s` seconds' worth. Times are in seconds."""

    def __init__(self, per_minute: int, burst_s: float, now: float) -> None:
        self.per_minute = per_minute
        self._rate = per_minute / 60
        self._most = max(1.0, self._rate * burst_s)
        self._left, self._at = self._most, now

    def wait(self, cost: float, now: float) -> float:
        """How long until `cost` could be taken. What exceeds the whole bucket waits for a full one."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (min(cost, self._most) - self._left) / self._rate)

    def take(self, cost: float) -> None:
        """Take `cost`, which `wait` has just allowed."""
        self._left -= cost

    @property
    def remaining(self) -> int:
        """What is left, in whole units."""
        return max(0, int(self._left))

    @property
    def reset_s(self) -> float:
        """How long until the bucket is full again."""
        return (self._most - self._left) / self._rate


class Limits:
    """The allowances that `faults` sets, if it sets any."""

    def __init__(self, faults: Faults) -> None:
        limits = {"requests": faults.requests_per_minute, "tokens": faults.tokens_per_minute}
        now = time.monotonic()
        self._limits = {name: Allowance(n, faults.burst_s, now) for name, n in limits.items() if n}

    def charge(self, reply: Reply) -> None:
        """Take a request and its tokens. Raises Refusal (429), and takes nothing, where an allowance is used up."""
        costs = {"requests": 1, "tokens": reply.prompt_tokens + reply.completion_tokens}
        now = time.monotonic()
        waits = {name: limit.wait(costs[name], now) for name, limit in self._limits.items()}
        scarcest = max(waits, key=lambda name: waits[name], default=None)
        if scarcest is not None and waits[scarcest] > 0:
            raise self._refusal(scarcest, waits[scarcest])
        for name, limit in self._limits.items():
            limit.take(costs[name])

    def _refusal(self, name: str, wait_s: float) -> Refusal:
        message = f"Rate limit reached for {name}: {self._limits[name].per_minute} a minute."
        refusal = Refusal(429, "rate_limit", message, code="rate_limit_exceeded")
        refusal.headers = {"retry-after": str(math.ceil(wait_s)), **self.headers()}
        return refusal

    def headers(self) -> dict[str, str]:
        """The state of every allowance, as providers report it with each reply."""
        headers = {}
        for name, limit in self._limits.items():
            headers[f"x-ratelimit-limit-{name}"] = str(limit.per_minute)
            headers[f"x-ratelimit-remaining-{name}"] = str(limit.remaining)
            headers[f"x-ratelimit-reset-{name}"] = f"{limit.reset_s:.3f}s"
        return headers
