"""Where DeepSpeed's C++ is compiled, at its first use. Knows nothing of launches.

torch (2.13) marks a compilation with a file `lock`, and waits for ever, without a word, for one whose process was
killed. In a folder of Lion's own nobody else compiles, so a lock there that no launcher guards is nobody's.
"""

from __future__ import annotations

import fcntl
import os
import sys
from importlib.metadata import version
from pathlib import Path

VARIABLE = "TORCH_EXTENSIONS_DIR"
"""Where torch looks for the folder. Whoever has set it looks after that folder."""


def guard() -> None:
    """Point torch to a folder of Lion's own, without what killed compilations left; nothing where another is set.

    The folder is guarded until this process ends, however it does.
    """
    if os.environ.get(VARIABLE):
        return
    folder = Path.home() / ".cache" / "lion" / f"{sys.implementation.cache_tag}-torch-{version('torch')}"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(folder)
    guarded = os.open(folder / "guard", os.O_RDWR | os.O_CREAT, 0o600)  # left open: the kernel closes it
    try:
        fcntl.flock(guarded, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # another launcher is at work, and its processes may be compiling
    else:
        for lock in folder.glob("*/lock"):
            lock.unlink()
    fcntl.flock(guarded, fcntl.LOCK_SH)
