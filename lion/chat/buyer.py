"""Buys one reply at a time, once: not what the journal has, not what is being bought already. Judges no reply."""

from __future__ import annotations

import asyncio
from functools import partial

from lion.chat.breaker import Breaker
from lion.chat.budget import Budget
from lion.chat.commits import Commits
from lion.chat.faults import Crowded, Final, Healing
from lion.chat.journal import Entry, Journal
from lion.chat.pacing import Gate, Pass, pause_s
from lion.chat.provider import Provider
from lion.chat.request import Failure, Reply, Request
from lion.chat.tally import Tally
from lion.params import Runtime

PATIENCE = 10
"""An endpoint that does nothing but refuse is given so many time-outs before the run ends."""
REFUSALS = 100
"""Each request is refused (429) so often at most: an endpoint may never have room for one that is too large."""


class Buyer:
    """Gets replies for the requests of one role, all in one event loop."""

    def __init__(self, provider: Provider, journal: Journal, commits: Commits, tally: Tally, runtime: Runtime) -> None:
        self._provider, self._role, self._retries = provider, provider.endpoint.param, runtime.max_retries
        self._journal, self._commits, self._tally = journal, commits, tally
        self._gate = Gate(runtime, Budget(runtime, journal))
        self._breaker = Breaker(provider.endpoint, journal.path, PATIENCE * runtime.timeout_s)
        self._under_way: dict[str, asyncio.Event] = {}
        self._sent: set[asyncio.Task[Reply]] = set()

    async def get(self, request: Request) -> Reply | Failure:
        """The reply to `request`, durably journalled, or why there is none. Raises ProviderError and JournalError."""
        while busy := self._under_way.get(request.key):
            await busy.wait()
            if reply := self._find(request):
                return reply  # else that purchase failed
        self._under_way[request.key] = asyncio.Event()
        try:
            return await self._buy(request)
        except asyncio.CancelledError:
            self._gate.open()  # should this have been the one that sounds the endpoint
            raise
        finally:
            self._under_way.pop(request.key).set()

    def _find(self, request: Request) -> Reply | None:
        """What the journal has by now: since the request was made, anyone may have bought it."""
        reply = self._journal.find([request.key]).get(request.key)
        if reply:
            self._tally.replay()
        return reply

    async def _buy(self, request: Request) -> Reply | Failure:
        tries = refusals = 0
        while True:
            granted = await self._gate.enter(request, again=tries + refusals > 0)
            if reply := self._find(request):  # bought by another process while this one waited
                self._gate.turn_back(granted)
                return reply
            try:
                return await self._send(granted)
            except Crowded as fault:
                refusals += 1
                if refusals > REFUSALS:
                    return self._give_up(fault, refusals)
                self._breaker.crowded(fault)
            except Healing as fault:
                tries += 1
                if tries > self._retries:
                    return self._give_up(fault, tries)
                await asyncio.sleep(pause_s(tries, fault.wait_s))
            except Final as fault:
                return self._give_up(fault, tries + 1)

    def _give_up(self, fault: Healing | Final, tries: int) -> Failure:
        failure = self._breaker.failure(fault, tries)
        self._gate.open()
        return failure

    async def _send(self, granted: Pass) -> Reply:
        """One call, which goes on where nobody waits for it any more: once it is sent, it is paid for."""
        sent = asyncio.create_task(self._pay(granted))
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

    def drop(self) -> None:
        """Wait for nothing that was sent any more, though it is paid for."""
        for sent in self._sent:
            sent.cancel()

    async def _pay(self, granted: Pass) -> Reply:
        kept = None
        try:
            reply = await self._provider.complete(granted.request, partial(self._gate.hear, granted))
            self._breaker.success()
            self._gate.replied(granted)
            # The place at the gate is held until the reply is safe: a kill loses no more than what was in flight.
            kept = await self._commits.keep(Entry(self._role, granted.request, reply))
            self._tally.buy(reply)
            return kept
        except Crowded as fault:
            self._gate.refused(granted, fault.wait_s)
            raise
        except (Healing, Final):
            raise
        except BaseException:  # it ends the run: nothing more is sent
            self._gate.shut()
            raise
        finally:
            self._gate.leave(granted, kept)
