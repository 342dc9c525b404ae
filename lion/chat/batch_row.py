"""A request that waits for what comes of it in a batch. Knows nothing of batches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from lion.chat.batch_lines import Outcome
from lion.chat.faults import Final, Healing
from lion.chat.request import Reply, Request


@dataclass(eq=False, slots=True)
class Row:
    """A request that waits for what becomes of it; `is_sent` while it is in a batch."""

    request: Request
    future: asyncio.Future[Reply | Healing | Final] = field(default_factory=asyncio.Future)
    is_sent: bool = False

    def end(self, outcome: Outcome | Exception) -> None:
        """Tell the asker, if there is one still."""
        if self.future.done():
            return
        if isinstance(outcome, Reply | Healing | Final):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)
            self.future.exception()  # heard, should nobody wait for it


def end_all(rows: Iterable[Row], fault: Exception) -> None:
    """Give `fault` to every asker."""
    for row in rows:
        row.end(fault)
