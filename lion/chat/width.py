"""How many requests may be in flight: more while the endpoint keeps pace, fewer when it refuses or slows down.

Additive increase and multiplicative decrease, as TCP has it (Chiu and Jain, 1989), with a fast start. An engine that
one serves oneself seldom refuses: it slows down, so the time that replies take counts as well. Knows no request.
"""

from __future__ import annotations

import math
from statistics import median

FIRST = 16
AFTER_REFUSAL, AFTER_SLOWNESS = 0.5, 0.8
SLOW = 3.0
"""Replies that take so many times as long as they did at best are waiting in a queue ..."""
SLOW_S = 0.25
"""... if that costs at least so many seconds: less is the machine's noise."""
HELPED = 0.9
"""A smaller width that does not bring the time below this share of what it was has not helped: then there is no queue,
and the endpoint itself has become slower."""
STEPS = 16
"""The width grows by a sixteenth of its maximum in a round."""


class Width:
    """Starts with one request, to sound the endpoint; `open` lets more through. `value` never exceeds `most`.

    A round is as many replies as the width has places, to requests that were sent after the last change.
    """

    def __init__(self, most: int) -> None:
        self._most, self._exact = most, 1.0
        self._is_open, self._starts_fast = False, True
        self._changed_at, self._best_s, self._slow_s = -math.inf, math.inf, math.inf
        self._round: list[float] = []

    @property
    def value(self) -> int:
        """How many may be in flight now."""
        return int(self._exact)

    @property
    def is_open(self) -> bool:
        """Whether the endpoint has been sounded."""
        return self._is_open

    def open(self, now: float) -> None:
        """The first request has been answered, or is slow."""
        if not self._is_open:
            self._is_open = True
            self._set(min(FIRST, self._most), now)

    def reply(self, sent_at: float, now: float) -> None:
        """A reply has come to a request that was sent at `sent_at`."""
        if not self._is_open or sent_at < self._changed_at:
            return
        self._round.append(now - sent_at)
        if len(self._round) >= self.value:
            self._judge(median(self._round), now)

    def refusal(self, sent_at: float, now: float) -> bool:
        """A request sent at `sent_at` was refused (429). Returns whether this is news since the last change."""
        if sent_at < self._changed_at:
            return False
        self._starts_fast = False
        self._set(max(1.0, self._exact * AFTER_REFUSAL), now)
        return True

    def _judge(self, took_s: float, now: float) -> None:
        self._best_s = min(self._best_s, took_s)
        is_slow = took_s > max(SLOW * self._best_s, self._best_s + SLOW_S)
        if is_slow and took_s > HELPED * self._slow_s:
            self._best_s, is_slow = took_s, False
        self._slow_s = took_s if is_slow else math.inf
        if is_slow:
            self._starts_fast = False
            self._set(max(1.0, self._exact * AFTER_SLOWNESS), now)
        else:
            grown = self._exact * 2 if self._starts_fast else self._exact + max(1.0, self._most / STEPS)
            self._set(min(float(self._most), grown), now)

    def _set(self, value: float, now: float) -> None:
        self._exact, self._changed_at = value, now
        self._round.clear()
