"""A file's or folder's contents as DVC tells them: how many bytes, and their MD5. Knows no stage.

Of a folder it is the MD5 of the list of its files, without those that .dvcignore names.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

IGNORE = Path(".dvcignore")
MOST_BYTES = 256 * 2**20
"""What is larger is compared by its size alone: to read it would take longer than anyone waits for a look."""


def fits(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether what lies at `path` is what `entry` of dvc.lock tells, as far as it can be seen quickly."""
    try:
        files = _files(path) if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files)
        told = (size, len(files)) if path.is_dir() else (size, 1)
        if told != (entry.get("size", size), entry.get("nfiles", len(files))):
            return False
        return size > MOST_BYTES or md5(path) == entry.get("md5")
    except OSError:
        return False


def md5(path: Path) -> str:
    """The hash by which DVC knows the file or folder `path`."""
    if not path.is_dir():
        return _md5(path)
    listed = [{"md5": _md5(file), "relpath": file.relative_to(path).as_posix()} for file in _files(path)]
    listed.sort(key=lambda entry: tuple(entry["relpath"].split("/")))
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _files(folder: Path) -> list[Path]:
    ignored = _ignored()
    return [Path(place) / name for place, names in _walk(folder, ignored) for name in names]


def _walk(folder: Path, ignored: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_ignored(name, ignored)]
        yield place, [name for name in names if not _is_ignored(name, ignored)]


def _ignored() -> list[str]:
    """The patterns of .dvcignore that hold anywhere, such as `__pycache__/`; those of one place lie in no out."""
    lines = IGNORE.read_text("utf-8").split() if IGNORE.exists() else []
    return [line.rstrip("/") for line in lines if not line.startswith(("#", "!", "/"))]


def _is_ignored(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
