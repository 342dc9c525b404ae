"""Where a page comes from: code, settings, versions and data. Knows no figure of the loop."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from lion.contents import md5

PACKAGES = ("lion-distillation", "torch", "transformers", "tokenizers", "peft", "datasets", "openai", "dvc", "pandas")
CODE = ("lion", "stages", "dvc.yaml")
UNTOLD = {"runtime", "card", "students", "rounds", "curves", "watched"}
"""Sections that change no result, or follow from others."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How to make the same again.

    `commit` is the last one that touched code or settings, so that a commit of results is not another origin, and None
    outside of a repository; `changed` are the files of the code that differ from it. `params` are the settings that
    results hang on, as YAML.
    """

    profile: str
    threshold: float
    params: str
    commit: str | None
    versions: dict[str, str]
    files: list[tuple[str, int, str]]
    changed: tuple[str, ...] = ()


def find(profile: str, threshold: float, params: Path, data: Path, iterations: int) -> Origin:
    """The origin of what lies in `data`."""
    kept = ("*.jsonl", "*.csv", "evaluation/*.jsonl")
    folders = [data / f"iteration-{number}" for number in range(iterations + 1)]
    paths = [path for folder in folders for pattern in kept for path in sorted(folder.glob(pattern))]
    files = [(path.relative_to(data).as_posix(), path.stat().st_size, md5(path)) for path in paths]
    changed = (git("diff", "--name-only", "HEAD", "--", *CODE) or "").splitlines()
    settings, commit = _yaml(params), git("log", "-1", "--format=%H", "--", *CODE, params.name)
    return Origin(profile, threshold, settings, commit, _versions(), files, tuple(changed))


def _yaml(params: Path) -> str:
    return yaml.safe_dump(told(yaml.safe_load(params.read_text("utf-8"))), sort_keys=False, allow_unicode=True)


def told(tree: dict[str, Any]) -> dict[str, Any]:
    """Of params.yaml the settings that shape results, without addresses and places on a disk."""
    return {key: _clean(value, key) for key, value in tree.items() if key not in UNTOLD}


def _clean(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _clean(inner, name) for name, inner in value.items()}
    if isinstance(value, str):
        return host(value) if key == "endpoint" else plain(value)
    return value


def host(endpoint: str) -> str:
    """An address may hold a user's name, password or token: its host alone is told."""
    return urlsplit(endpoint).hostname or endpoint


def plain(name: str) -> str:
    """A path's last part where it is absolute: where a disk is mounted is nobody's business."""
    return Path(name).name if Path(name).is_absolute() else name


def git(*words: str) -> str | None:
    """What git says; None where it cannot say anything."""
    try:
        found = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
