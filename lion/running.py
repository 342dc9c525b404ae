"""Which stages are at work, told to other terminals by a small file of each of their processes. Knows no stage.

The file lies outside every out, is written anew every second, whole or not at all, and goes when the process
ends. It is locked for as long: the system lets go however the process ends, so a file that is not locked was left by a
kill.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(".lion/running")
STAGE = "DVC_STAGE"
"""Set by DVC for every stage that it runs."""
SCRIPTS = "stages."
BEAT_S = 1.0
SUFFIX, PARTIAL = ".json", ".partial"


@dataclass(slots=True)
class Gauge:
    """How far a process is with what it counts; `note` is asked for now and then, from a thread of its own."""

    what: str
    total: int | None
    note: Callable[[], str]
    started: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Sign:
    """What one process told last. Times are seconds since 1970, `elapsed_s` since it began to count."""

    stage: str
    pid: int
    started: float
    updated: float
    what: str | None = None
    count: int | None = None
    total: int | None = None
    elapsed_s: float | None = None
    note: str = ""

    @property
    def left_s(self) -> float | None:
        """How long it will take from now on, at the mean pace so far; None where that is not known."""
        if not self.count or not self.total or self.elapsed_s is None:
            return None
        left = (self.total - self.count) * self.elapsed_s / self.count
        return max(0.0, left - (time.time() - self.updated))


class _Announcement:
    """The file of this process."""

    def __init__(self, folder: Path, stage: str) -> None:
        self._stage, self._pid, self._started = stage, os.getpid(), time.time()
        self._path = folder / f"{stage.replace('/', '-')}.{self._pid}{SUFFIX}"
        self._file: int | None = None
        self.gauge: Gauge | None = None

    def write(self) -> None:
        """Tell how things are. A disk that is full or cannot be written is no reason to end a stage."""
        partial = self._path.with_name(self._path.name + PARTIAL)
        with suppress(OSError):
            file = os.open(partial, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
            _lock(file, fcntl.LOCK_EX)
            os.write(file, json.dumps(asdict(self._sign())).encode())
            partial.replace(self._path)
            self._file, last = file, self._file
            if last is not None:
                os.close(last)

    def _sign(self) -> Sign:
        gauge, now = self.gauge, time.time()
        if gauge is None:
            return Sign(self._stage, self._pid, self._started, now)
        elapsed_s = time.monotonic() - gauge.started
        told = (gauge.what, gauge.count, gauge.total, elapsed_s, gauge.note())
        return Sign(self._stage, self._pid, self._started, now, *told)

    def end(self) -> None:
        """Take the file away."""
        self._path.unlink(missing_ok=True)
        if self._file is not None:
            os.close(self._file)


_mine: _Announcement | None = None


@contextmanager
def announced() -> Iterator[None]:
    """Tell of this process while the block lasts, if it is a stage's that DVC runs."""
    global _mine
    stage, main = os.environ.get(STAGE), getattr(sys.modules["__main__"], "__spec__", None)
    if not stage or not main or not main.name.startswith(SCRIPTS) or not _is_made(FOLDER):
        yield
        return
    name = stage.rpartition(":")[2]
    tidy(name)
    _mine = _Announcement(FOLDER, name)
    try:
        _mine.write()
        with beating(_mine.write, BEAT_S):
            yield
    finally:
        _mine.end()
        _mine = None


def _is_made(folder: Path) -> bool:
    with suppress(OSError):
        folder.parent.mkdir(mode=0o700, exist_ok=True)  # where the journal lies, for the owner alone
        folder.mkdir(exist_ok=True)
    return folder.is_dir()


@contextmanager
def beating(beat: Callable[[], None], every_s: float) -> Iterator[None]:
    """Call `beat` now and then, from a thread of its own, while the block lasts."""
    is_over = threading.Event()

    def go_on() -> None:
        while not is_over.wait(every_s):
            beat()

    thread = threading.Thread(target=go_on, name="lion-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def gauged(gauge: Gauge) -> Iterator[None]:
    """Tell of `gauge` too while the block lasts."""
    before = _mine.gauge if _mine else None
    if _mine:
        _mine.gauge = gauge
    try:
        yield
    finally:
        if _mine and _mine.gauge is gauge:
            _mine.gauge = before


def signs(folder: Path = FOLDER) -> tuple[list[Sign], list[Sign]]:
    """What the processes told that are at work, and what those told last that were killed."""
    alive: list[Sign] = []
    killed: list[Sign] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found = _read(path)
        if found:
            (alive if found[1] else killed).append(found[0])
    return alive, killed


def tidy(stage: str, folder: Path = FOLDER) -> None:
    """Remove what killed processes of `stage` have left."""
    for path in folder.glob(f"{stage}.*"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _read(path: Path) -> tuple[Sign, bool] | None:
    """What the file says, and whether its process is alive; None where it has just gone, or is not ours."""
    while True:
        try:
            with path.open("rb") as file:
                is_alive = not _lock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                if is_alive or os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    return Sign(**json.load(file)), is_alive
        except (OSError, ValueError, TypeError):
            return None


def _lock(file: int, how: int) -> bool:
    """Whether the lock was had. A disk that knows none gives none to anyone: all that is told there seems alive."""
    try:
        fcntl.flock(file, how)
    except OSError:
        return False
    return True
