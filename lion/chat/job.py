"""A request under way between the caller's thread and the event loop. Knows nothing of either."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from lion.chat.request import Exchange, Reply, Request

Judge = Callable[[Reply], bool]


@dataclass(eq=False, slots=True)
class Job:
    """A request whose replies the journal does not have, all or in part; `replies` are those it has."""

    request: Request
    replies: list[Reply]
    is_usable: Judge
    attempts: int
    future: Future[Exchange] = field(default_factory=Future)
    task: asyncio.Task[None] | None = None
