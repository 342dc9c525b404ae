"""Training progress that outlives a kill. Knows nothing of models: only of folders and what determines a result.

It lies outside every DVC out, in a folder named by the hash of all that determines the weights, so that no other
training can take it for its own.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

STATE = "trainer_state.json"
"""What transformers.Trainer writes last into a progress checkpoint; before that it is not whole."""
CHECKPOINT = re.compile(r"checkpoint-(\d+)")
KEY_LENGTH = 16
"""Hexadecimal digits in the name of a progress folder."""
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}(-[a-z0-9]+)?")
ABANDONED = 2
"""How many unfinished trainings of other variants are kept, the newest, in case they are taken up again."""


def latest(folder: Path) -> Path | None:
    """The newest whole progress checkpoint in `folder`; None where there is none to go on from."""
    for path in sorted(folder.glob("checkpoint-*"), key=_step, reverse=True):
        if _is_whole(path):
            return path
    return None


def _step(path: Path) -> int:
    found = CHECKPOINT.fullmatch(path.name)
    return int(found[1]) if found else -1


def _is_whole(path: Path) -> bool:
    try:
        state = json.loads((path / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(state, dict) and state.get("global_step") == _step(path)


def forget(folder: Path) -> None:
    """Remove the progress in `folder`. It loses its name first, so that half of it is never taken for whole."""
    if folder.exists():
        gone = folder.with_name(folder.name + ".done")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def tidy(folder: Path) -> None:
    """Remove the progress of all but `folder` and the newest `ABANDONED` beside it, and what `forget` left behind."""
    if not folder.parent.is_dir():
        return
    for path in folder.parent.glob("*.done"):
        shutil.rmtree(path, ignore_errors=True)
    others = [path for path in folder.parent.iterdir() if KEY.fullmatch(path.name) and path != folder]
    others = [path for path in others if not any(path.glob("*.jsonl"))]  # answers that inference keeps
    for path in sorted(others, key=lambda path: path.stat().st_mtime_ns)[:-ABANDONED]:
        forget(path)
