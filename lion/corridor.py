"""The corridor that dvc.yaml lays out: every stage with its places filled in, and which of them have been walked.

Reads dvc.yaml, where alone the paths stand, and dvc.lock. Knows nothing of what a stage does, and starts none. DVC has
the last word on what it will run: what is large is compared by its size alone here (`lion.contents`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from lion import contents
from lion.errors import DataError

FILE = Path("dvc.yaml")
LOCK = Path("dvc.lock")
PLACE = re.compile(r"\$\{([\w.]+)\}")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: dvc.lock is read eight times as fast."""


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
        self._changes: dict[str, list[str]] = {}
        self._fitting: dict[tuple[str, str], bool] = {}

    def of(self, kind: str) -> list[Stage]:
        """The stages of one kind, in the order of the loop."""
        return [stage for stage in self.stages.values() if stage.kind == kind]

    def is_settled(self, stage: Stage) -> bool:
        """Whether `stage`, and all that it hangs on, was run with these very values and files."""
        return not self.changes(stage)

    def was_run(self, stage: Stage) -> bool:
        """Whether `stage` was ever run here, or its outcome came with dvc.lock."""
        return bool(self._lock.get(stage.name))

    def changes(self, stage: Stage) -> list[str]:
        """Why DVC would run `stage`, in words: parameters, files, stages before it. Nothing where it would not."""
        if stage.name not in self._changes:
            self._changes[stage.name] = list(self._find_changes(stage)) if self.was_run(stage) else ["never run"]
        return self._changes[stage.name]

    def misfits(self, stage: Stage) -> list[str]:
        """The outs of `stage` that do not lie in the workspace as its last run left them."""
        return [
            entry["path"]
            for entry in self._lock.get(stage.name, {}).get("outs") or ()
            if not contents.fits(Path(entry["path"]), entry)
        ]

    def has(self, path: Path) -> bool:
        """Whether the file at `path` is what a run with these values has there."""
        maker = self._makers.get(str(path))
        if maker is None or not self.is_settled(maker):
            return False
        return path.is_file() and contents.md5(path) == _hashes(self._lock[maker.name], "outs").get(str(path))

    def values(self, stage: Stage) -> dict[str, Any]:
        """The values with which `stage` was run last; nothing where it never was."""
        locked = self._lock.get(stage.name) or {}
        return dict((locked.get("params") or {}).get("params.yaml") or {})

    def _find_changes(self, stage: Stage) -> Iterator[str]:
        locked, values = self._lock[stage.name], self.values(stage)
        if " ".join(locked["cmd"].split()) != stage.command:
            yield "command"
        for name in stage.params:
            if name not in values or values[name] != _value(self._tree, name):
                yield f"params {name}"
        then = {entry["path"]: entry for entry in locked.get("deps") or ()}
        if set(then) != set(stage.deps):
            yield "list of dependencies"
        before = {path: [maker for maker in self._before(path) if not self.is_settled(maker)] for path in stage.deps}
        yield from dict.fromkeys(f"after {maker.name}" for unsettled in before.values() for maker in unsettled)
        for path, unsettled in before.items():
            if path in then and not unsettled and not self._fits(path, then[path]):
                yield path

    def _before(self, path: str) -> list[Stage]:
        """The stages that make the dependency `path`, or what lies in it."""
        maker = self._makers.get(path)
        return [maker] if maker else [self._makers[out] for out in self._makers if out.startswith(f"{path}/")]

    def _fits(self, path: str, then: Mapping[str, Any]) -> bool:
        """Whether the dependency at `path` still is what it was `then`."""
        if maker := self._makers.get(path):
            return _hashes(self._lock[maker.name], "outs").get(path) == then.get("md5")
        known = (path, str(then.get("md5")))
        if known not in self._fitting:
            self._fitting[known] = contents.fits(Path(path), then)
        return self._fitting[known]


def _hashes(locked: Mapping[str, Any], part: str) -> dict[str, str]:
    return {entry["path"]: str(entry.get("md5")) for entry in locked.get(part) or ()}


def _load(path: Path) -> dict[str, Any]:
    try:
        found = yaml.load(path.read_text("utf-8"), LOADER)
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
