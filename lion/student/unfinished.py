"""Folders of unfinished work, which outlive a kill: training's progress and inference's answers. Knows nothing of
what lies in them.

They lie outside every DVC out. Each is named by the hash of all that determines the result, so that no other work can
be taken for it, and is held by the processes that work in it: the system lets go when a process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from lion.errors import DataError

KEY_LENGTH = 16
"""Hexadecimal digits in the name of a folder."""
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}(-[a-z0-9]+)?")
ABANDONED = 2
"""How much unfinished work of other variants is kept, the newest, in case it is taken up again."""
TRIES = 1_000
"""How often a folder is made anew that others tidy away at that moment."""
GONE = ".done"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make `folder` where it is not there, and keep every `tidy` from it. Several processes may hold it at once.

    Raises DataError where it cannot be made.
    """
    at = _take(folder)
    try:
        yield
    finally:
        os.close(at)


def _take(folder: Path) -> int:
    for tries_left in reversed(range(TRIES)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as fault:
            if tries_left and isinstance(fault, FileNotFoundError | FileExistsError) and not folder.exists():
                continue  # tidied away at this moment
            raise DataError(
                f"{folder}: cannot be made ({fault.strerror}). Make room or mend it, then run again."
            ) from None
        with suppress(OSError):  # on a disk that knows no locks, `tidy` gets none either, and leaves all as it is
            fcntl.flock(at, fcntl.LOCK_SH)
        if _lies_at(folder, at):
            return at
        os.close(at)
    raise DataError(f"{folder}: others remove it again and again. Point LION_SCRATCH to a folder of your own.")


def _lies_at(folder: Path, at: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(at), folder.stat())
    return False


def forget(folder: Path) -> None:
    """Remove `folder`. It loses its name first, so that half of it is never taken for whole."""
    gone = folder.with_name(f"{folder.name}-{os.getpid()}{GONE}")
    with suppress(OSError):  # another process was quicker
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def tidy(scratch: Path, kind: str) -> None:
    """Remove from `scratch` what nobody works in: all that is empty, and of the folders in which something matches
    `kind` all but the newest `ABANDONED`; and what a `forget` that was killed has left."""
    if not scratch.is_dir():
        return
    for path in scratch.glob(f"*{GONE}"):
        shutil.rmtree(path, ignore_errors=True)
    with ExitStack() as locks:
        names = [path for path in sorted(scratch.iterdir()) if KEY.fullmatch(path.name)]
        unused = [path for path in names if locks.enter_context(_alone(path))]
        abandoned = sorted((path for path in unused if any(path.glob(kind))), key=_used)
        for path in [*(path for path in unused if not any(path.iterdir())), *abandoned[:-ABANDONED]]:
            forget(path)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds `folder`, nor can while this lasts."""
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(at, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_free = _lies_at(folder, at)
    except OSError:
        is_free = False
    try:
        yield is_free
    finally:
        os.close(at)


def _used(folder: Path) -> int:
    """When something in `folder` was last written, in nanoseconds."""
    return max(path.stat().st_mtime_ns for path in (folder, *folder.iterdir()))
