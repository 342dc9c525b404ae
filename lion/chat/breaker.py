"""Whether it is worth going on: tells one request's bad luck from an endpoint that serves nobody. Sends nothing."""

from __future__ import annotations

import time
from pathlib import Path

from lion.chat.endpoint import Endpoint
from lion.chat.faults import Crowded, Final, Healing
from lion.chat.request import Failure
from lion.errors import ProviderError

HOPELESS = 32
"""Requests in a row that came to nothing, each after all its tries, before the run ends."""


class Breaker:
    """Hears of every request's end and stops the run, by ProviderError, when going on would only waste it."""

    def __init__(self, endpoint: Endpoint, journal: Path, patience_s: float) -> None:
        self._endpoint, self._journal = endpoint, journal
        self._in_a_row, self._has_replied = 0, False
        self._patience_s, self._replied_at = patience_s, time.monotonic()

    def success(self) -> None:
        """A reply came."""
        self._in_a_row, self._has_replied, self._replied_at = 0, True, time.monotonic()

    def crowded(self, fault: Crowded) -> None:
        """A request was refused because there are too many. Raises ProviderError where that is all that happens."""
        silent_s = time.monotonic() - self._replied_at
        if silent_s > self._patience_s + (fault.wait_s or 0.0):
            raise self._stop(f"nothing but refusals for {silent_s:.0f} s, the last one {fault.detail}", "room. Wait")

    def failure(self, fault: Healing | Final, tries: int) -> Failure:
        """A request came to nothing after `tries` tries. Returns its failure, or raises ProviderError."""
        if isinstance(fault, Healing) and fault.unreachable:
            raise self._stop(f"{fault.detail} after {_times(tries)}", "a server that answers. Start it")
        # A request that is refused for its own text says nothing of the next one; nor does any refusal of a request
        # once others were answered.
        if isinstance(fault, Healing) or not (fault.own or self._has_replied):
            self._in_a_row += 1
        failure = fault.failure if isinstance(fault, Final) else Failure("failed", f"{fault.detail} ({_times(tries)})")
        if self._in_a_row >= HOPELESS:
            found = f"{HOPELESS} requests in a row came to nothing, the last one by: {failure.detail}"
            raise self._stop(found, "replies. Mend the cause")
        return failure

    def _stop(self, found: str, wanted: str) -> ProviderError:
        param = f"{self._endpoint.param}.endpoint"
        return ProviderError(
            f"{param} {self._endpoint.name}: {found}, wanted {wanted} or correct {param}, "
            f"then run the same command again: what was paid for is in {self._journal}."
        )


def _times(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"
