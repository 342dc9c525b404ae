"""Buys one reply at a time, once: not what the journal has, not what is being bought already. Judges no reply."""

from __future__ import annotations

import asyncio

from lion.chat.breaker import Breaker
from lion.chat.commits import Commits
from lion.chat.faults import Final, Healing
from lion.chat.journal import Entry, Journal
from lion.chat.pacing import Gate, pause_s
from lion.chat.provider import Provider
from lion.chat.request import Failure, Reply, Request
from lion.chat.tally import Tally


class Buyer:
    """Gets replies for the requests of one role, all in one event loop."""

    def __init__(
        self, role: str, provider: Provider, journal: Journal, commits: Commits, tally: Tally, gate: Gate, retries: int
    ) -> None:
        self._role, self._provider, self._retries = role, provider, retries
        self._journal, self._commits = journal, commits
        self._tally, self._gate = tally, gate
        self._breaker = Breaker(provider.endpoint, journal.path)
        self._under_way: dict[str, asyncio.Event] = {}
        self._sent: set[asyncio.Task[Reply]] = set()

    async def get(self, request: Request) -> Reply | Failure:
        """The reply to `request`, durably journalled, or why there is none. Raises ProviderError and JournalError."""
        while busy := self._under_way.get(request.key):
            await busy.wait()  # and then find it in the journal, unless that purchase failed
        self._under_way[request.key] = asyncio.Event()
        try:
            async with self._gate:
                return await self._find(request) or await self._buy(request)
        finally:
            self._under_way.pop(request.key).set()

    async def _find(self, request: Request) -> Reply | None:
        """What the journal has by now: since the request was made, anyone may have bought it."""
        reply = self._journal.find([request.key]).get(request.key)
        if reply:
            self._tally.replay()
        return reply

    async def _buy(self, request: Request) -> Reply | Failure:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._send(request)
            except (Healing, Final) as fault:
                if isinstance(fault, Healing) and tries <= self._retries:
                    await asyncio.sleep(pause_s(tries, fault.wait_s))
                    continue
                failure = self._breaker.failure(fault, tries)
                self._gate.open()
                return failure

    async def _send(self, request: Request) -> Reply:
        """One call, which goes on where nobody waits for it any more: once it is sent, it is paid for."""
        sent = asyncio.create_task(self._pay(request))
        self._sent.add(sent)
        sent.add_done_callback(self._forget)
        return await asyncio.shield(sent)

    def _forget(self, sent: asyncio.Task[Reply]) -> None:
        self._sent.discard(sent)
        if not sent.cancelled():
            sent.exception()  # heard, should nobody wait for it

    async def settle(self) -> None:
        """Wait until all that was sent is journalled or has come to nothing: the time-out of a call at most."""
        await asyncio.gather(*self._sent, return_exceptions=True)

    async def _pay(self, request: Request) -> Reply:
        with self._gate.sounding():
            reply = await self._provider.complete(request)
        self._breaker.success()
        self._gate.open()
        # The place at the gate is held until the reply is safe: a kill loses no more than what was in flight.
        kept = await self._commits.keep(Entry(self._role, request, reply))
        self._tally.buy(reply)
        return kept
