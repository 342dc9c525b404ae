"""Group commits: many replies, one transaction, away from the event loop. Knows nothing of what a reply is for.

A sync of the disk for each reply would slow the loop; a reply that is handed on before it is synced could be lost.
So replies that arrive within a few milliseconds of each other share a commit, and each waits for its own.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time

from lion.chat.journal import Entry, Journal
from lion.chat.request import Reply

GATHER_S = 0.002
"""How long a commit waits for company: far less than a reply takes, far more than an insert."""
LARGEST = 1024

_Waiting = tuple[Entry, "asyncio.Future[Reply]"]


class Commits:
    """A thread that stores replies for one event loop, in groups."""

    def __init__(self, journal: Journal, loop: asyncio.AbstractEventLoop) -> None:
        self._journal, self._loop = journal, loop
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lion-journal", daemon=True)
        self._thread.start()

    async def keep(self, entry: Entry) -> Reply:
        """Store `entry` and return, once it is durable, the reply that the journal holds for it."""
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting.put((entry, future))
        return await future

    def close(self) -> None:
        """Store what is waiting and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            time.sleep(GATHER_S)
            group, last = self._gather(first)
            self._store(group)
            if last:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """All that waits with `first`, and whether the end was among it."""
        group = [first]
        while len(group) < LARGEST:
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return group, False
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _store(self, group: list[_Waiting]) -> None:
        futures = [future for _, future in group]
        try:
            kept: list[Reply] | Exception = self._journal.store([entry for entry, _ in group])
        except Exception as fault:  # whatever it is, the askers must hear of it
            kept = fault
        self._loop.call_soon_threadsafe(_settle, futures, kept)


def _settle(futures: list[asyncio.Future[Reply]], kept: list[Reply] | Exception) -> None:
    """Give each future its reply, or all of them the fault; one whose asker has gone is left alone."""
    for n, future in enumerate(futures):
        if future.done():
            continue
        if isinstance(kept, Exception):
            future.set_exception(kept)
        else:
            future.set_result(kept[n])
