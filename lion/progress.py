"""A bar on a terminal, a line every half minute elsewhere, and what other terminals are told. Knows nothing of what is
being counted.

All go on while no item comes: a count that stalls is news as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

from lion.running import Gauge, beating, gauged

T = TypeVar("T")
HEARTBEAT_S, REDRAW_S = 30.0, 1.0


def track(items: Iterable[T], what: str, total: int | None = None, note: Callable[[], str] = str) -> Iterator[T]:
    """Each of `items`, while count, rate, time left and `note()` are written to standard error."""
    meter = (_Bar if sys.stderr.isatty() else _Lines)(what, total, note)
    gauge = Gauge(what, total, note, time.monotonic())
    try:
        with gauged(gauge), beating(meter.beat, meter.every_s):
            for item in items:
                yield item
                meter.step()
                gauge.count += 1
    finally:
        meter.end()


def tell(line: str) -> None:
    """Write `line` to standard error, above the bar if there is one."""
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()


class _Bar:
    every_s = REDRAW_S

    def __init__(self, what: str, total: int | None, note: Callable[[], str]) -> None:
        self._bar, self._note = tqdm(desc=what, total=total, file=sys.stderr, dynamic_ncols=True), note

    def step(self) -> None:
        self._bar.update()

    def beat(self) -> None:
        self._bar.set_postfix_str(self._note())

    def end(self) -> None:
        self.beat()
        self._bar.close()


class _Lines:
    every_s = HEARTBEAT_S

    def __init__(self, what: str, total: int | None, note: Callable[[], str]) -> None:
        self._what, self._total, self._note = what, total, note
        self._count, self._started = 0, time.monotonic()

    def step(self) -> None:
        self._count += 1

    def beat(self) -> None:
        elapsed_s = time.monotonic() - self._started
        line = tqdm.format_meter(self._count, self._total or 0, elapsed_s, prefix=self._what, ascii=True, ncols=100)
        note = self._note()
        print(f"{line}  {note}" if note else line, file=sys.stderr, flush=True)

    end = beat
