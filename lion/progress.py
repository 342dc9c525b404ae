"""A bar on a terminal, a line every half minute elsewhere. Knows nothing of what is being counted."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
HEARTBEAT_S = 30.0


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Each of `items`, while count, rate and time left are written to standard error."""
    if sys.stderr.isatty():
        return iter(tqdm(items, desc=what, total=total, file=sys.stderr, dynamic_ncols=True))
    return _with_heartbeat(items, what, total)


def tell(line: str) -> None:
    """Write `line` to standard error, above the bar if there is one."""
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()


def _with_heartbeat(items: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    started = told = time.monotonic()
    count = 0
    for count, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - told >= HEARTBEAT_S:
            told = time.monotonic()
            _tell(what, count, total, told - started)
    _tell(what, count, total, time.monotonic() - started)


def _tell(what: str, count: int, total: int | None, elapsed_s: float) -> None:
    line = tqdm.format_meter(count, total or 0, elapsed_s, prefix=what, ascii=True, ncols=100)
    print(line, file=sys.stderr, flush=True)
