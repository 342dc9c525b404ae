"""Waits for one batch at a time and journals what came of it. Knows nothing of how batches are made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from lion.chat.batch_api import BatchApi, Lost, State
from lion.chat.batch_lines import Outcome, identify, lines, outcome
from lion.chat.commits import LARGEST
from lion.chat.endpoint import Endpoint
from lion.chat.faults import Healing
from lion.chat.journal import Entry, Journal
from lion.chat.request import Reply, Request
from lion.chat.tally import Tally
from lion.errors import ProviderError
from lion.progress import HEARTBEAT_S, tell

T = TypeVar("T")
GRACE_S = 3600.0
"""How much longer than its window a batch is waited for."""
GROWTH = 1.5
LOOKS = 5
"""A batch that has just been made may not be known everywhere at the provider's yet."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: first after `first_s`, then ever more seldom. A silent endpoint is borne for `patience_s`."""

    first_s: float
    longest_s: float
    patience_s: float


REMOTE, LOOPBACK = Pace(1.0, 60.0, 1800.0), Pace(0.05, 0.5, 10.0)


class Collector:
    """Collects batches of one role. Raises Lost, ProviderError and JournalError."""

    def __init__(self, endpoint: Endpoint, api: BatchApi, journal: Journal, tally: Tally) -> None:
        self._endpoint, self._api, self._journal, self._tally = endpoint, api, journal, tally
        self._pace = LOOPBACK if endpoint.loopback else REMOTE
        self._place = f"{endpoint.param}.endpoint {endpoint.name}"

    async def ended(self, id: str) -> State:
        """The batch when it has ended; until then, a line about it now and then."""
        told, pause_s = time.monotonic(), self._pace.first_s
        while not (state := await self._patiently(partial(self._api.retrieve, id), id)).has_ended:
            if time.time() > state.due + GRACE_S:
                raise self._stop(id, f"still {state.status} after its time", "one that ends")
            if time.monotonic() - told >= HEARTBEAT_S:
                told = time.monotonic()
                tell(f"{self._endpoint.param}: batch {id}: {state.completed} of {state.total}, {state.status}")
            await asyncio.sleep(pause_s)
            pause_s = min(GROWTH * pause_s, self._pace.longest_s)
        return state

    async def collect(self, state: State, requests: Sequence[Request]) -> list[Outcome]:
        """What came of each of `requests`; the replies are journalled."""
        found: dict[str, dict[str, Any]] = {}
        for file_id in filter(None, (state.error_file_id, state.output_file_id)):
            found.update(lines(await self._patiently(partial(self._api.content, file_id), state.id)))
        outcomes = [outcome(found.get(identify(request)), request, self._endpoint) for request in requests]
        if state.status == "cancelled":
            stop = self._stop(state.id, "cancelled at the provider", "one that is left to end", "sends what is missing")
            outcomes = [stop if isinstance(it, Healing) else it for it in outcomes]
        replies = [(n, it) for n, it in enumerate(outcomes) if isinstance(it, Reply)]
        entries = [Entry(self._endpoint.param, requests[n], reply, "batch") for n, reply in replies]
        kept = await asyncio.to_thread(self._store, entries)
        for (n, _), reply in zip(replies, kept, strict=True):
            outcomes[n] = reply
            self._tally.buy(reply)
        return outcomes

    def _store(self, entries: Sequence[Entry]) -> list[Reply]:
        starts = range(0, len(entries), LARGEST)
        return [kept for start in starts for kept in self._journal.store(entries[start : start + LARGEST])]

    async def _patiently(self, call: Callable[[], Awaitable[T]], id: str) -> T:
        """The answer to `call`, which is tried again while it is refused or lost."""
        since, pause_s, looks = time.monotonic(), self._pace.first_s, 0
        while True:
            looks += 1
            try:
                return await call()
            except Lost:
                if looks == LOOKS:
                    raise
                await asyncio.sleep(pause_s)
            except Healing as fault:
                if time.monotonic() - since > self._pace.patience_s:
                    raise self._stop(id, fault.detail, "an answer") from None
                await asyncio.sleep(max(pause_s, fault.wait_s or 0.0))
            pause_s = min(GROWTH * pause_s, self._pace.longest_s)

    def refused(self, state: State) -> ProviderError:
        """The end of a run whose batch was not accepted."""
        return ProviderError(
            f"{self._place}: batch {state.id} failed ({self._endpoint.told(state.errors) or 'no explanation'}), wanted "
            "one that it accepts. Mend the cause, or set runtime.mode to online, and run the same command again."
        )

    def _stop(self, id: str, found: str, wanted: str, then: str = "asks for the same batch") -> ProviderError:
        return ProviderError(
            f"{self._place}: batch {id}: {found}, wanted {wanted}. Run the same command again: it {then}, and what was "
            "paid for is in the journal or with the provider."
        )
