"""Training progress that outlives a kill, in a folder of `lion.student.unfinished`. Knows nothing of models."""

from __future__ import annotations

import json
import re
from pathlib import Path

STATE = "trainer_state.json"
"""What transformers.Trainer writes last into a progress checkpoint; before that it is not whole."""
CHECKPOINT = re.compile(r"checkpoint-(\d+)")
KIND = "checkpoint-*"
"""What a folder of progress holds."""


def latest(folder: Path) -> Path | None:
    """The newest whole progress checkpoint in `folder`; None where there is none to go on from."""
    for path in sorted(folder.glob(KIND), key=_step, reverse=True):
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
