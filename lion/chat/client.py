"""The stages' way to a chat model: requests in, exchanges out, in the same order. Knows no prompt and no record file.

with Chat("teacher", params.teacher.endpoint, params.runtime) as chat:
    for exchange in chat.ask(requests): ...
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lion.chat.batch_records import Records, exist
from lion.chat.endpoint import CLASSROOM, opened
from lion.chat.job import Job, Judge
from lion.chat.journal import Journal, place
from lion.chat.request import Exchange, Reply, Request
from lion.chat.tally import Account, Tally
from lion.errors import ProviderError
from lion.params import Runtime

if TYPE_CHECKING:
    from lion.chat.engine import Engine

CHUNK = 64
"""Requests that are looked up in the journal together."""
AHEAD = 64
"""Requests pulled ahead of the consumer for each one in flight: a reply that must be tried again holds up those after
it only when so many have been answered meanwhile."""

INTERRUPTED = "Waiting for the replies under way, which are paid for. Interrupt once more to lose them."


def always(_: Reply) -> bool:
    """Any reply is usable."""
    return True


class Chat:
    """A context manager. Opens no connection, and starts no classroom, before the journal lacks a reply.

    `tally` counts what was bought, replayed and lost, live.
    """

    def __init__(self, role: str, endpoint: str, runtime: Runtime, journal: Path | None = None) -> None:
        self.tally, self._account = Tally(), Account()
        self._role, self._endpoint, self._runtime = role, endpoint, runtime
        self._journal = Journal(place(journal))
        self._model = ""
        self._engine: Engine | None = None
        self._batches: Records | None = None
        self._stack = ExitStack()
        self._stack.callback(self._journal.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is KeyboardInterrupt and self._engine and self._runtime.mode == "online":
                print(INTERRUPTED, file=sys.stderr, flush=True)
        finally:
            self._stack.close()

    def ask(
        self, requests: Iterable[Request], is_usable: Callable[[Reply], bool] = always, attempts: int = 1
    ) -> Iterator[Exchange]:
        """One exchange for each of `requests`, in their order.

        `requests` is pulled a bounded way ahead, and in batch mode to its end.

        A reply that is not usable is asked for again as attempt + 1, until `attempts` replies have come: a request
        takes up the attempts from its own to its own + `attempts` - 1. `is_usable` may be called in another thread,
        once for each reply at most. Every reply is in the journal before it is judged, and is never bought twice.

        Raises ProviderError at once where the endpoint, the key or the model will serve nobody, and at the end where
        a larger share than `runtime.max_failed_share` of all that this chat was asked came to nothing; JournalError
        where the journal fails.
        """
        source = iter(requests)
        window: deque[Exchange | Job] = deque()
        try:
            while self._fill(window, source, is_usable, attempts):
                slot = window[0]
                exchange = slot.future.result() if isinstance(slot, Job) else slot
                window.popleft()
                self._account.add(exchange)
                yield exchange
        finally:
            if self._engine:
                self._engine.abandon(slot for slot in window if isinstance(slot, Job))
        self._account.check(f"{self._role}.endpoint {self._endpoint}", self._runtime.max_failed_share)

    def told(self) -> str:
        """What was bought, replayed and lost so far, and what it cost: for a progress line."""
        return self.tally.told(self._runtime.prices.get(self._model), self._runtime.mode)

    def _fill(self, window: deque[Exchange | Job], source: Iterator[Request], is_usable: Judge, attempts: int) -> bool:
        """Pull requests until the window is full or the source is dry. Returns whether the window holds any."""
        full = max(4 * CHUNK, AHEAD * self._runtime.concurrency)
        if self._runtime.mode == "batch":
            full = sys.maxsize  # a batch takes a whole source, and nothing comes before it ends
        while len(window) <= full - CHUNK and (some := list(islice(source, CHUNK))):
            window.extend(self._begin(some, is_usable, attempts))
        return bool(window)

    def _begin(self, requests: Sequence[Request], is_usable: Judge, attempts: int) -> list[Exchange | Job]:
        """The exchanges that the journal has in full, and jobs under way for the others."""
        self._check(requests)
        slots: list[Exchange | Job] = []
        for request, (replies, is_done) in zip(requests, self._replay(requests, is_usable, attempts), strict=True):
            done = Exchange(request, tuple(replies))
            slots.append(done if is_done else Job(request, replies, is_usable, attempts))
        if jobs := [slot for slot in slots if isinstance(slot, Job)]:
            if self._runtime.mode == "online" and self._endpoint != CLASSROOM:
                self._check_batches([job.request.later(len(job.replies)).key for job in jobs])
            self._working().submit(jobs)
        return slots

    def _check_batches(self, keys: Sequence[str]) -> None:
        """Raise ProviderError where a batch that is under way will bring replies to some of `keys`."""
        if self._batches is None and exist(self._journal.path):
            self._batches = self._stack.enter_context(closing(Records(self._journal.path)))
        if self._batches and (owners := self._batches.owners(keys)):
            raise ProviderError(
                f"{self._role}.endpoint {self._endpoint}: {len(owners)} of the next requests are with the provider "
                f"already, in {', '.join(sorted(set(owners.values())))}, wanted runtime.mode batch, which collects "
                f"them. To buy them again, delete {self._batches.path}."
            )

    def _check(self, requests: Sequence[Request]) -> None:
        for request in requests:
            self._model = request.model
            if request.endpoint != self._endpoint:
                raise ValueError(f"found a request for {request.endpoint!r}, wanted {self._endpoint!r}")

    def _replay(self, requests: Sequence[Request], is_usable: Judge, attempts: int) -> list[tuple[list[Reply], bool]]:
        """For each request the replies that the journal has, attempt by attempt, and whether they are enough."""
        replies: list[list[Reply]] = [[] for _ in requests]
        done = [False] * len(requests)
        wanting = list(range(len(requests)))
        for attempt in range(attempts):
            keys = {n: requests[n].later(attempt).key for n in wanting}
            found = self._journal.find(list(keys.values()))
            wanting = [n for n in wanting if keys[n] in found]
            for n in wanting:
                replies[n].append(found[keys[n]])
                done[n] = attempt + 1 == attempts or is_usable(found[keys[n]])
            wanting = [n for n in wanting if not done[n]]
        self.tally.replay(sum(map(len, replies)))
        return list(zip(replies, done, strict=True))

    def _working(self) -> Engine:
        """The engine, started at the first request that must be bought."""
        if self._engine is None:
            from lion.chat.engine import Engine  # the SDK takes a second to import: a replay need not wait for it

            variable = getattr(self._runtime.api_key_env, self._role)
            endpoint = self._stack.enter_context(opened(self._role, self._endpoint, variable))
            self._engine = Engine(endpoint, self._runtime, self._journal, self.tally)
            self._stack.callback(self._engine.close)
        return self._engine
