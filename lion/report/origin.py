"""Where a page comes from: code, settings, versions and data. Knows no figure of the loop."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml

PACKAGES = ("lion-distillation", "torch", "transformers", "tokenizers", "peft", "datasets", "openai", "dvc", "pandas")
CODE = ("lion", "stages", "dvc.yaml")


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
    files = [(path.relative_to(data).as_posix(), path.stat().st_size, _digest(path)) for path in paths]
    changed = (_git("diff", "--name-only", "HEAD", "--", *CODE) or "").splitlines()
    settings, commit = _settings(params), _git("log", "-1", "--format=%H", "--", *CODE, params.name)
    return Origin(profile, threshold, settings, commit, _versions(), files, tuple(changed))


def _settings(params: Path) -> str:
    """What results hang on. `runtime` and endpoints change none, and an endpoint may be nobody else's business."""
    tree = yaml.safe_load(params.read_text("utf-8"))
    tree.pop("runtime", None)
    for section in tree.values():
        if isinstance(section, dict):
            section.pop("endpoint", None)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _digest(path: Path) -> str:
    """MD5, as dvc.lock names a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _git(*words: str) -> str | None:
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
