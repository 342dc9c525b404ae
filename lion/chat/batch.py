"""Buys replies in batches: cheaper, within a day. Stands in the place of the Buyer; knows nothing of attempts.

Requests that come within a moment of each other go out together. What is with the provider is written down beside the
journal, so that whoever asks the same after a kill waits for the same batch. Nothing is sent that the journal has, or
that an open batch will bring.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from typing import Self
from uuid import uuid4

from lion.chat.batch_api import BatchApi, Lost
from lion.chat.batch_collect import Collector
from lion.chat.batch_lines import LIMITS, Limits, Newer, files, first_limit
from lion.chat.batch_records import Records
from lion.chat.batch_row import Row, end_all
from lion.chat.breaker import Breaker
from lion.chat.budget import Budget
from lion.chat.endpoint import Endpoint
from lion.chat.faults import Final, Healing
from lion.chat.journal import Journal
from lion.chat.pacing import pause_s
from lion.chat.provider import NEWER
from lion.chat.request import Failure, Reply, Request
from lion.chat.tally import Tally
from lion.params import Runtime
from lion.progress import tell

GATHER_S = 0.3
"""A batch is sent when no request has come for so long: far longer than the next one takes to make."""


class Batcher:
    """Gets replies for the requests of one role, all in one event loop."""

    def __init__(
        self, endpoint: Endpoint, runtime: Runtime, journal: Journal, tally: Tally, limits: Limits = LIMITS
    ) -> None:
        self._endpoint, self._runtime, self._journal, self._tally = endpoint, runtime, journal, tally
        self._limits, self._limit = limits, first_limit(endpoint)
        self._api = BatchApi(endpoint, runtime.timeout_s)
        self._collector = Collector(endpoint, self._api, journal, tally)
        self._breaker = Breaker(endpoint, journal.path, math.inf)
        self._budget = Budget(runtime, journal)
        self._under_way: dict[str, asyncio.Event] = {}
        self._gathered: list[Row] = []
        self._held_back: list[Row] = []
        self._sender: asyncio.Task[None] | None = None
        self._stumbles = 0
        self._batches: dict[str, dict[str, Row]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._api)
        self._records = self._stack.enter_context(closing(Records(self._journal.path)))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._take_leave()
        tasks = [task for task in (self._sender, *self._tasks) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()

    def _take_leave(self) -> None:
        """Say what is left with the provider: nothing where it is a classroom that ends with this process."""
        left = sum(map(len, self._batches.values()))
        if left and self._endpoint.key_variable:
            tell(
                f"{self._endpoint.param}: {left} requests are still with the provider, in {', '.join(self._batches)}. "
                "The same command, run again, collects them; nothing is bought twice."
            )

    async def settle(self) -> None:
        """Wait for nothing: what was sent is collected by the next run."""

    def drop(self) -> None:
        """Nothing is waited for."""

    async def get(self, request: Request) -> Reply | Failure:
        """The reply to `request`, durably journalled, or why there is none. Raises ProviderError and JournalError."""
        while busy := self._under_way.get(request.key):
            await busy.wait()  # and then find it in the journal, unless that purchase failed
        self._under_way[request.key] = asyncio.Event()
        try:
            return await self._buy(request)
        finally:
            self._under_way.pop(request.key).set()

    async def _buy(self, request: Request) -> Reply | Failure:
        tries = 0
        while True:
            tries += 1
            row = Row(request)
            self._gather([row])
            outcome = await row.future
            if isinstance(outcome, Reply):
                self._breaker.success()
                return outcome
            if isinstance(outcome, Final) or tries > self._runtime.max_retries:
                return self._breaker.failure(outcome, tries)

    def _gather(self, rows: Iterable[Row]) -> None:
        """Let `rows` go out with the next batch."""
        self._gathered += rows
        self._touched = asyncio.get_running_loop().time()
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._gathered:
            while (left_s := self._touched + GATHER_S - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(left_s)
            rows, self._gathered = [row for row in self._gathered if not row.future.done()], []
            await self._send(rows)

    async def _send(self, rows: Sequence[Row]) -> None:
        """See to it that each of `rows` is in a batch, waits for one to end, or has ended itself."""
        affordable: list[Row] = []
        try:
            async with self._records.held():
                await self._heal()
                # In this order: what another process collects in between is in the journal when we look there.
                owners = self._records.owners([row.request.key for row in rows])
                lacking = self._adopt(self._look_up(rows), owners)
                affordable = self._afford(lacking)
                await self._create_all(affordable)
                self._held_back += lacking[len(affordable) :]
            self._stumbles = 0
        except Exception as fault:  # whatever it is, the askers must hear of it
            if isinstance(fault, Healing):
                self._stumbles += 1
                await asyncio.sleep(pause_s(self._stumbles, fault.wait_s))
            for row in affordable:
                if not row.is_sent:
                    self._budget.release(row.request, None)
            end_all((row for row in rows if not row.is_sent), fault)

    async def _heal(self) -> None:
        """Find the batches whose makers were killed, or lost the connection, before they knew the id."""
        for token, since in self._records.intents(self._endpoint.name):
            if id := await self._api.find(token, since):
                self._records.name(token, id)
            else:
                self._records.forget(token)

    def _look_up(self, rows: Sequence[Row]) -> list[Row]:
        """Those of `rows` that the journal lacks; the others have their reply."""
        found = self._journal.find([row.request.key for row in rows])
        for row in rows:
            if reply := found.get(row.request.key):
                self._tally.replay()
                row.end(reply)
        return [row for row in rows if row.request.key not in found]

    def _adopt(self, rows: Sequence[Row], owners: Mapping[str, str]) -> list[Row]:
        """Those of `rows` that are in no open batch; the others wait for theirs."""
        by_batch: dict[str, list[Row]] = {}
        for row in rows:
            if id := owners.get(row.request.key):
                by_batch.setdefault(id, []).append(row)
                self._budget.reserve(row.request)
        for id, some in by_batch.items():
            tell(f"{self._endpoint.param}: {len(some)} requests are with the provider already, in {id}")
            self._await(id, some)
        return [row for row in rows if row.request.key not in owners]

    async def _create_all(self, rows: Sequence[Row]) -> None:
        """Make as few batches of `rows` as the limits allow."""
        by_key = {row.request.key: row for row in rows}
        for requests, content in files((row.request for row in rows), self._limit, self._limits):
            token = uuid4().hex
            self._records.intend(token, self._endpoint.name, (request.key for request in requests))
            id = await self._api.create(await self._api.upload(content), token)
            self._records.name(token, id)
            tell(f"{self._endpoint.param}: {len(requests)} requests sent, as {id}; the provider has 24 hours for them")
            self._await(id, [by_key[request.key] for request in requests])

    def _afford(self, rows: Sequence[Row]) -> list[Row]:
        """The first of `rows`, as many as the budget has room for: the others wait for the true cost of a batch.

        Raises BudgetError where there is room for none, and no batch is under way.
        """
        affordable = []
        for row in rows:
            self._budget.check(row.request.model)
            if not self._budget.fits(row.request):
                break
            self._budget.reserve(row.request)
            affordable.append(row)
        if rows and not affordable and not self._batches:
            raise self._budget.fault()
        return affordable

    def _await(self, id: str, rows: Iterable[Row]) -> None:
        """Wait for the batch on behalf of `rows`."""
        waiting = {row.request.key: row for row in rows}
        for row in waiting.values():
            row.is_sent = True
        if id in self._batches:
            self._batches[id].update(waiting)
            return
        self._batches[id] = waiting
        task = asyncio.create_task(self._collect(id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _collect(self, id: str) -> None:
        fault: Exception | None = None
        try:
            await self._end(id)
        except Lost:
            self._records.lose(id)
            fault = Healing(f"the provider does not know the batch {id} any more")
        except Exception as other:  # whatever it is, the askers must hear of it
            fault = other
        finally:
            left = self._batches.pop(id).values()
        for row in left:
            self._budget.release(row.request, None)
        if fault:
            end_all(left, fault)
        if self._held_back:
            rows, self._held_back = self._held_back, []
            self._gather(rows)

    async def _end(self, id: str) -> None:
        """Wait for the batch, and tell all of its rows what became of them."""
        state = await self._collector.ended(id)
        if state.status == "failed":
            self._records.lose(id)
            raise self._collector.refused(state)
        while rows := list(self._batches[id].values()):  # more than one round where more have come to wait meanwhile
            outcomes = await self._collector.collect(state, [row.request for row in rows])
            self._records.settle(id, [row.request.key for row in rows])
            if any(isinstance(outcome, Newer) for outcome in outcomes):
                self._limit = NEWER
            for row, outcome in zip(rows, outcomes, strict=True):
                if self._batches[id].get(row.request.key) is row:
                    del self._batches[id][row.request.key]
                self._budget.release(row.request, outcome if isinstance(outcome, Reply) else None)
                row.end(outcome)
