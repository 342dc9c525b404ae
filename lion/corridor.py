"""The corridor that dvc.yaml lays out: every stage with its places filled in, and which of them have been walked.

Reads dvc.yaml, where alone the paths stand, and dvc.lock. Knows nothing of what a stage does, and starts none. DVC has
the last word on what it will run: it looks at whole folders too, which are taken on trust here.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from lion.errors import DataError

FILE = Path("dvc.yaml")
LOCK = Path("dvc.lock")
PLACE = re.compile(r"\$\{([\w.]+)\}")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as `dvc stage list` names it; `key` tells the turns of a loop apart and is "" outside of one."""

    kind: str
    key: str
    command: str
    deps: tuple[str, ...]
    params: tuple[str, ...]
    outs: tuple[str, ...]

    @property
    def name(self) -> str:
        """`answer@0`."""
        return f"{self.kind}@{self.key}" if self.key else self.kind

    @property
    def paths(self) -> dict[str, Path]:
        """What is given to the script, by the names of its options."""
        words = shlex.split(self.command)
        return {word[2:]: Path(value) for word, value in pairwise(words) if word.startswith("--")}


class Corridor:
    """The stages of `tree`, a whole params.yaml, by name. Raises DataError where the files cannot be read."""

    def __init__(self, tree: Mapping[str, Any], file: Path = FILE, lock: Path = LOCK) -> None:
        self._tree = tree
        self._lock = (_load(lock) if lock.exists() else {}).get("stages") or {}
        written = _load(file).get("stages") or {}
        self.stages = {stage.name: stage for kind, body in written.items() for stage in _stages(kind, body, tree)}
        self._makers = {out: stage for stage in self.stages.values() for out in stage.outs}
        self._settled: dict[str, bool] = {}

    def of(self, kind: str) -> list[Stage]:
        """The stages of one kind, in the order of the loop."""
        return [stage for stage in self.stages.values() if stage.kind == kind]

    def is_settled(self, stage: Stage) -> bool:
        """Whether `stage`, and all that it hangs on, was run with these very values and files."""
        if stage.name not in self._settled:
            self._settled[stage.name] = self._was_run(stage)
        return self._settled[stage.name]

    def has(self, path: Path) -> bool:
        """Whether the file at `path` is what a run with these values has there."""
        maker = self._makers.get(str(path))
        if maker is None or not self.is_settled(maker):
            return False
        return path.is_file() and _hash(path) == _hashes(self._lock[maker.name], "outs").get(str(path))

    def values(self, stage: Stage) -> dict[str, Any]:
        """The values with which `stage` was run last; nothing where it never was."""
        locked = self._lock.get(stage.name) or {}
        return dict((locked.get("params") or {}).get("params.yaml") or {})

    def _was_run(self, stage: Stage) -> bool:
        locked = self._lock.get(stage.name)
        if not locked or " ".join(locked["cmd"].split()) != stage.command:
            return False
        values = self.values(stage)
        if any(name not in values or values[name] != _value(self._tree, name) for name in stage.params):
            return False
        hashes = _hashes(locked, "deps")
        return set(hashes) == set(stage.deps) and all(self._fits(path, found) for path, found in hashes.items())

    def _fits(self, path: str, found: str) -> bool:
        """Whether the dependency at `path` still is what `found`, its hash of then, says."""
        maker = self._makers.get(path)
        if maker:
            return self.is_settled(maker) and _hashes(self._lock[maker.name], "outs").get(path) == found
        return Path(path).is_dir() or (Path(path).is_file() and _hash(Path(path)) == found)


def _hashes(locked: Mapping[str, Any], part: str) -> dict[str, str]:
    return {entry["path"]: str(entry.get("md5")) for entry in locked.get(part) or ()}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _load(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: not found, wanted Lion's own folder. Go there, or: git checkout {path}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        reason = " ".join(str(fault).split())
        raise DataError(f"{path}: not readable as YAML ({reason}). Mend it or: git checkout {path}") from None
    if not isinstance(found, dict):
        raise DataError(f"{path}: found {type(found).__name__}, wanted stages. Restore it with: git checkout {path}")
    return found


def _stages(kind: str, body: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[Stage]:
    """The stages that one entry stands for: one for each turn where it is a loop."""
    if "foreach" not in body:
        yield _stage(kind, "", body, tree)
        return
    turns = tree[PLACE.fullmatch(body["foreach"]).group(1)]  # type: ignore[union-attr]
    for key, item in turns.items():
        yield _stage(kind, key, body["do"], {**tree, "key": key, "item": item})


def _stage(kind: str, key: str, body: Mapping[str, Any], values: Mapping[str, Any]) -> Stage:
    def fill(part: str) -> tuple[str, ...]:
        entries = body.get(part) or ()
        return tuple(_fill(next(iter(entry)) if isinstance(entry, dict) else entry, values) for entry in entries)

    command = " ".join(_fill(body["cmd"], values).split())
    outs = (*fill("outs"), *fill("metrics"), *fill("plots"))
    return Stage(kind, key, command, fill("deps"), fill("params"), outs)


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return PLACE.sub(lambda place: str(_value(values, place.group(1))), text)


def _value(values: Mapping[str, Any], name: str) -> Any:
    """What stands under a name such as `generate.count`."""
    found: Any = values
    for part in name.split("."):
        found = found[part]
    return found
