"""So much a minute: what an endpoint still allows, as far as a client can know. Knows nothing of HTTP and requests.

Times are in seconds of any clock that only rises.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUTE_S = 60.0
BURST_S = 1.0
"""An allowance that the user sets lets so many seconds' worth through at once: endpoints count in different ways."""


@dataclass(frozen=True, slots=True)
class Told:
    """An allowance as the endpoint reports it: so much a minute, so much left, and how long until it is whole again."""

    limit: float
    remaining: float
    reset_s: float


class Allowance:
    """A bucket that fills evenly. Without a limit of the user's it is boundless until the endpoint tells its own."""

    def __init__(self, per_minute: int | None) -> None:
        self._users_rate = per_minute / MINUTE_S if per_minute else math.inf
        self._rate, self._most = self._users_rate, max(1.0, self._users_rate * BURST_S)
        self._level, self._at = self._most, math.inf
        self.taken = 0.0
        """All that was ever taken, as a mark to come back to."""

    def wait_s(self, cost: float, now: float) -> float:
        """How long until `cost` may be taken. What exceeds the whole bucket waits for a full one."""
        self._fill(now)
        lacking = min(cost, self._most) - self._level
        return lacking / self._rate if lacking > 0 else 0.0

    def take(self, cost: float) -> float:
        """Take `cost` and return the mark after it."""
        self._level -= cost
        self.taken += cost
        return self.taken

    def settle(self, guessed: float, cost: float) -> None:
        """What was taken as `guessed` has cost `cost`."""
        self.take(cost - guessed)

    def hear(self, told: Told, mark: float, sent_at: float, now: float) -> None:
        """The endpoint's own account, in the answer to a request sent at `sent_at` that left the mark `mark`.

        What was taken since may be in that account already or not: the truth lies between both.
        """
        if told.limit <= 0:
            return  # some endpoints report -1
        self._fill(now)
        self._rate = min(self._users_rate, _rate(told))
        self._most = max(1.0, min(told.limit, self._most))
        since = max(0.0, self.taken - mark)
        most = told.remaining - max(0.0, since - self._rate * (now - sent_at))
        least = told.remaining - since
        if self._users_rate == math.inf:
            self._level = max(self._level, least)
        self._level = min(self._level, most)

    def _fill(self, now: float) -> None:
        if self._level < self._most:
            self._level = min(self._most, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now


def _rate(told: Told) -> float:
    """What the bucket gains in a second: its limit is for a minute, unless it takes longer to be whole again."""
    used = told.limit - told.remaining
    if told.reset_s > MINUTE_S and used > 0:
        return min(told.limit / MINUTE_S, used / told.reset_s)
    return told.limit / MINUTE_S
