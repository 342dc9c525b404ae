"""The event loop in its own thread: takes jobs from the caller's thread and fulfils their futures.

Knows nothing of the order in which the caller wants its replies, nor of the journal's earlier contents.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from lion.chat.buyer import Buyer
from lion.chat.commits import Commits
from lion.chat.endpoint import Endpoint
from lion.chat.job import Job
from lion.chat.journal import Journal
from lion.chat.provider import Provider
from lion.chat.request import Exchange, Failure
from lion.chat.tally import Tally
from lion.params import Runtime

if TYPE_CHECKING:
    from lion.chat.batch import Batcher


class Engine:
    """Works until `close`. The first fault that ends the run ends every job, those of later calls included.

    What was sent by then is still waited for and journalled: it is paid for, whatever befell another request.
    """

    def __init__(self, endpoint: Endpoint, runtime: Runtime, journal: Journal, tally: Tally) -> None:
        self._endpoint, self._runtime, self._journal, self._tally = endpoint, runtime, journal, tally
        self._jobs: set[Job] = set()
        self._fault: Exception | None = None
        self._ready, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="lion-chat", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._fault:
            raise self._fault

    def submit(self, jobs: Iterable[Job]) -> None:
        """Begin `jobs`."""
        self._loop.call_soon_threadsafe(self._begin, list(jobs))

    def abandon(self, jobs: Iterable[Job]) -> None:
        """Stop `jobs` at once: nobody waits for them any more."""
        with suppress(RuntimeError):  # the loop is closed, and all jobs with it
            self._loop.call_soon_threadsafe(self._cancel, list(jobs))

    def close(self) -> None:
        """Stop asking and leave no thread and no socket. What was sent is waited for and journalled: it is paid for."""
        try:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._closing.set)
            self._ended.wait()  # an interrupted `join` may take the thread for ended
        except KeyboardInterrupt:  # the user will not wait for what is under way
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._closing.set)
                self._loop.call_soon_threadsafe(self._buyer.drop)
            raise
        finally:
            self._ended.wait()
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception as fault:  # the caller's thread waits and must hear of it
            self._fault = fault
            self._ready.set()
        finally:
            self._ended.set()

    async def _work(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        async with self._buying() as self._buyer:
            self._ready.set()
            await self._closing.wait()
            tasks = [job.task for job in self._jobs if job.task]
            self._cancel(list(self._jobs))
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._buyer.settle()

    @asynccontextmanager
    async def _buying(self) -> AsyncIterator[Buyer | Batcher]:
        """Whoever buys, by `runtime.mode`."""
        runtime = self._runtime
        if runtime.mode == "batch":
            from lion.chat.batch import Batcher

            async with Batcher(self._endpoint, runtime, self._journal, self._tally) as batcher:
                yield batcher
            return
        async with Provider(self._endpoint, runtime.timeout_s, runtime.concurrency) as provider:
            commits = Commits(self._journal, self._loop)
            try:
                yield Buyer(provider, self._journal, commits, self._tally, runtime)
            finally:
                commits.close()

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            if self._fault:
                job.future.set_exception(self._fault)
                continue
            self._jobs.add(job)
            job.task = self._loop.create_task(self._serve(job))

    def _cancel(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.task:
                job.task.cancel()

    async def _serve(self, job: Job) -> None:
        try:
            exchange = await self._exchange(job)
        except asyncio.CancelledError:
            job.future.cancel()
            raise
        except Exception as fault:  # whatever it is, the caller's thread must hear of it
            self._end(fault)
        else:
            if not job.future.done():
                job.future.set_result(exchange)
        finally:
            self._jobs.discard(job)

    async def _exchange(self, job: Job) -> Exchange:
        """Ask until a reply is usable or the attempts are used up."""
        replies = list(job.replies)
        while len(replies) < job.attempts:
            outcome = await self._buyer.get(job.request.later(len(replies)))
            if isinstance(outcome, Failure):
                self._tally.fail(outcome)
                return Exchange(job.request, tuple(replies), outcome)
            replies.append(outcome)
            if job.is_usable(outcome):
                break
        return Exchange(job.request, tuple(replies))

    def _end(self, fault: Exception) -> None:
        """Give `fault` to every job that is not done, and stop them."""
        self._fault = self._fault or fault
        for job in self._jobs:
            if not job.future.done():
                job.future.set_exception(fault)
        self._cancel(list(self._jobs))
