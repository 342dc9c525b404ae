"""When a request may be sent, and how long to wait before it is sent again. Knows nothing of what is sent.

A request passes when there is a place for it (`width`), the endpoint's allowances let it through (`allowance`), no
refusal has asked for a pause, and its worst case fits into the budget. They pass in the order in which they came.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from lion.chat.allowance import Allowance
from lion.chat.budget import Budget
from lion.chat.headers import allowances
from lion.chat.request import Reply, Request
from lion.chat.tokens import Guess
from lion.chat.width import Width
from lion.params import Runtime

SOUNDING_S = 2.0
"""A wrong key, an unknown model or a dead endpoint shall cost one request, not one for each place: so the first goes
alone. Such answers come fast; a first request that gets none for this long holds nobody back any more."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A request on its way: what it was guessed to cost, when it went, and what had been taken by then."""

    request: Request
    tokens: float
    sent_at: float
    marks: tuple[float, float]


class Gate:
    """For one event loop. `enter` waits for a Pass; each must be given back by `leave`."""

    def __init__(self, runtime: Runtime, budget: Budget) -> None:
        self._loop = asyncio.get_running_loop()
        self._width, self._guess, self._budget = Width(runtime.concurrency), Guess(), budget
        self._requests, self._tokens = Allowance(runtime.requests_per_minute), Allowance(runtime.tokens_per_minute)
        self._waiting: deque[tuple[Request, asyncio.Future[Pass]]] = deque()
        self._under_way, self._refusals, self._paused_until = 0, 0, 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._sounding: asyncio.TimerHandle | None = None
        self._is_shut = self._is_held = False

    async def enter(self, request: Request, again: bool = False) -> Pass:
        """Wait until `request` may be sent; one that was tried before goes first.

        Raises BudgetError; ParamsError where there is a cap in money and no price.
        """
        self._budget.check(request.model)
        future: asyncio.Future[Pass] = self._loop.create_future()
        if again:
            self._release_held()
            self._waiting.appendleft((request, future))
        else:
            self._waiting.append((request, future))
        self._admit()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception():
                self.turn_back(future.result())
            raise

    def leave(self, granted: Pass, reply: Reply | None = None) -> None:
        """The request has been answered by `reply`, which is safely stored, or came to nothing."""
        if self._sounding:
            self._sounding.cancel()
        if reply or self._width.is_open:
            self._under_way -= 1
        else:
            self._is_held = True  # while the endpoint is sounded, nobody takes the place of the one that is tried again
        self._budget.release(granted.request, reply)
        if reply:
            self._guess.learn(granted.request, reply)
        if reply and reply.prompt_tokens:
            self._tokens.settle(granted.tokens, reply.prompt_tokens + reply.completion_tokens)
        self._admit()

    def turn_back(self, granted: Pass) -> None:
        """The request will not be sent after all."""
        self._requests.settle(1.0, 0.0)
        self._tokens.settle(granted.tokens, 0.0)
        self.leave(granted)
        self._release_held()
        self._admit()

    def replied(self, granted: Pass) -> None:
        """A reply has come."""
        self._refusals = 0
        self.open()
        self._width.reply(granted.sent_at, self._loop.time())

    def refused(self, granted: Pass, wait_s: float | None) -> None:
        """The endpoint has refused a request because there were too many (429), and asks for a pause, or does not."""
        now = self._loop.time()
        self._tokens.settle(granted.tokens, 0.0)
        if self._width.refusal(granted.sent_at, now):
            self._refusals += 1
        self._paused_until = max(self._paused_until, now + pause_s(max(1, self._refusals), wait_s))
        self.open()

    def hear(self, granted: Pass, headers: Mapping[str, str]) -> None:
        """The headers of any answer to a request: in them the endpoint may tell what it still allows."""
        now = self._loop.time()
        kept = {"requests": (self._requests, granted.marks[0]), "tokens": (self._tokens, granted.marks[1])}
        for kind, told in allowances(headers).items():
            allowance, mark = kept[kind]
            allowance.hear(told, mark, granted.sent_at, now)

    def open(self) -> None:
        """Let the others through, because the first request has been answered, well or badly, or is slow."""
        if not self._width.is_open:
            self._width.open(self._loop.time())
            self._release_held()
            self._admit()

    def _release_held(self) -> None:
        if self._is_held:
            self._is_held = False
            self._under_way -= 1

    def shut(self) -> None:
        """Let nobody through any more."""
        self._is_shut = True

    def _admit(self) -> None:
        """Let through whoever may pass, in order; where time alone is lacking, come back when it has passed."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting and not self._is_shut and self._under_way < self._width.value:
            request, future = self._waiting[0]
            if not future.done():
                now = self._loop.time()
                if wait_s := self._wait_s(request, now):
                    self._timer = self._loop.call_later(wait_s, self._admit)
                    return
                if not self._budget.fits(request):
                    if self._under_way:
                        return  # what is under way may cost less than the worst
                    future.set_exception(self._budget.fault())
                else:
                    future.set_result(self._pass(request, now))
            self._waiting.popleft()

    def _wait_s(self, request: Request, now: float) -> float:
        tokens_s = self._tokens.wait_s(self._guess.dearest(request), now)
        return max(0.0, self._paused_until - now, self._requests.wait_s(1, now), tokens_s)

    def _pass(self, request: Request, now: float) -> Pass:
        tokens = self._guess.mean(request)
        self._under_way += 1
        self._budget.reserve(request)
        if not self._width.is_open:
            self._sounding = self._loop.call_later(SOUNDING_S, self.open)
        return Pass(request, tokens, now, (self._requests.take(1), self._tokens.take(tokens)))


def pause_s(tries: int, wait_s: float | None) -> float:
    """Seconds to wait after `tries` tries: exponential, jittered, and never less than the provider asks for."""
    back_off = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries - 1, 30))
    return (wait_s or 0.0) + back_off * random.uniform(0.5, 1.0)
