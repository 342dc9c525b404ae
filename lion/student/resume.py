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
