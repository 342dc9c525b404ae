"""When a request may be sent, and how long to wait before it is sent again. Knows nothing of what is sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

SOUNDING_S = 2.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0


class Gate:
    """Lets at most `width` requests through at a time, and the very first one alone.

    A wrong key, an unknown model or a dead endpoint so costs one request, not `width` of them. Such answers come
    fast: a first request that gets none for SOUNDING_S holds nobody back any longer.
    """

    def __init__(self, width: int) -> None:
        self._width, self._is_open = width, False
        self._places = asyncio.Semaphore(1)

    async def __aenter__(self) -> None:
        await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    @contextmanager
    def sounding(self) -> Iterator[None]:
        """The time in which a request waits for its answer."""
        if self._is_open:
            yield
            return
        timer = asyncio.get_running_loop().call_later(SOUNDING_S, self.open)
        try:
            yield
        finally:
            timer.cancel()

    def open(self) -> None:
        """Let the others through, because the first request has been answered, well or badly, or is slow."""
        if self._is_open:
            return
        self._is_open = True
        for _ in range(self._width - 1):
            self._places.release()


def pause_s(tries: int, wait_s: float | None) -> float:
    """Seconds to wait after `tries` tries: exponential, jittered, and never less than the provider asks for."""
    back_off = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries - 1, 30))
    return (wait_s or 0.0) + back_off * random.uniform(0.5, 1.0)
