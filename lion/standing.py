"""How a run stands: each stage done, running, killed, stale or still to come. Knows where DVC and the stages tell it.

A stage's processes tell of themselves (`lion.running`). DVC's own file of locks names the outs that a `dvc repro` is at
work on, also before a stage has told anything and after, while its outs are hashed. No lock is taken here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lion import running
from lion.corridor import Corridor, Stage
from lion.running import Sign

LOCKS = Path(".dvc/tmp/rwlock")
AFTER = "after "

State = Literal["done", "running", "killed", "stale", "behind", "missing", "waiting"]
"""stale: DVC would run it again; behind: it would if a stage before it, which is to be run, changes what it reads;
missing: it was run, but its outs do not lie here as they were; waiting: never run."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One stage. `reasons` say why it is not done, `signs` what its processes tell or, where it was killed, told last.

    `is_held`: a `dvc` is at work on its outs.
    """

    name: str
    kind: str
    key: str
    state: State
    reasons: Sequence[str]
    signs: Sequence[Sign]
    is_held: bool

    @property
    def progress(self) -> Sign | None:
        """The sign of the process that counts, the newest where several do."""
        counting = [sign for sign in self.signs if sign.count is not None]
        return max(counting, key=lambda sign: sign.updated, default=None)


def standings(corridor: Corridor) -> list[Standing]:
    """Every stage in the order of dvc.yaml, and after them those at work that these parameters do not know."""
    alive, killed = (_by_stage(signs) for signs in running.signs())
    held = _held()
    known = [
        _stand(corridor, stage, alive.pop(stage.name, []), killed.pop(stage.name, []), held)
        for stage in corridor.stages.values()
    ]
    others = [_other(name, "running", signs) for name, signs in alive.items()]
    return [*known, *others, *(_other(name, "killed", signs) for name, signs in killed.items() if name not in alive)]


def _stand(
    corridor: Corridor, stage: Stage, alive: Sequence[Sign], killed: Sequence[Sign], held: set[Path]
) -> Standing:
    is_held = any(Path(out).absolute() in held for out in stage.outs)
    state, reasons = _state(corridor, stage)
    signs: Sequence[Sign] = []
    if alive or is_held:
        state, signs = "running", alive
    elif killed and state != "done":
        state, signs = "killed", killed
    return Standing(stage.name, stage.kind, stage.key, state, reasons, signs, is_held)


def _state(corridor: Corridor, stage: Stage) -> tuple[State, list[str]]:
    """How a stage stands that nobody is at work on, and why."""
    if not corridor.was_run(stage):
        return "waiting", []
    reasons = corridor.changes(stage)
    if reasons:
        return ("behind" if all(reason.startswith(AFTER) for reason in reasons) else "stale"), reasons
    misfits = corridor.misfits(stage)
    return ("missing" if misfits else "done"), misfits


def _by_stage(signs: Sequence[Sign]) -> dict[str, list[Sign]]:
    found: dict[str, list[Sign]] = {}
    for sign in signs:
        found.setdefault(sign.stage, []).append(sign)
    return found


def _other(name: str, state: State, signs: Sequence[Sign]) -> Standing:
    kind, _, key = name.partition("@")
    return Standing(name, kind, key, state, [], signs, False)


def _held() -> set[Path]:
    """The outs that a living `dvc` has locked to write them; nothing where DVC has written no such file."""
    try:
        locks = json.loads(LOCKS.read_text("utf-8"))
        return {Path(path) for path, holder in locks.get("write", {}).items() if _is_at_work(holder)}
    except (OSError, ValueError, AttributeError):
        return set()


def _is_at_work(holder: Mapping[str, Any]) -> bool:
    """Whether the process that a lock names is there, and still a `dvc` where the system tells what it is."""
    pid = holder.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return False
    with suppress(PermissionError):  # it is there, but somebody else's
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    with suppress(OSError):
        return b"dvc" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True
