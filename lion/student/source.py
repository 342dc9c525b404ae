"""Finding a base student: a local folder or a Hugging Face id, and what must be in it. Knows nothing of torch."""

from __future__ import annotations

import json
from pathlib import Path

from lion.errors import ModelError

CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
WANTED = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
SUBFOLDERS = "*/*"
"""A repository's subfolders hold other formats and other sizes; the checkpoint itself lies at the top."""


def locate(source: str, revision: str | None) -> Path:
    """The folder that holds the model `source`, fetched where it is a Hugging Face id.

    Raises ModelError where it cannot be found or lacks a file that a checkpoint needs.
    """
    folder = Path(source)
    if not folder.is_dir():
        _refuse_missing_path(source)
        folder = _fetch(source, revision)
    check_files(folder, source)
    return folder


def _refuse_missing_path(source: str) -> None:
    """A path that does not exist is told as one, and not looked up on the hub."""
    first, *others = source.split("/")
    if source.startswith((".", "/", "~")) or len(others) > 1 or (others and Path(first).is_dir()):
        raise ModelError(
            f"student.base: no folder {source!r}, wanted a local checkpoint or a Hugging Face id such as 'owner/name'"
        )


def _fetch(source: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    at = f"{source!r}" + (f" at {revision!r}" if revision else "")
    try:
        return Path(snapshot_download(source, revision=revision, allow_patterns=WANTED, ignore_patterns=[SUBFOLDERS]))
    except LocalEntryNotFoundError:
        found = "is neither a local folder nor in the cache, and the hub cannot be reached"
    except HFValidationError:
        found = "is neither a local folder nor a valid Hugging Face id"
    except HfHubHTTPError as fault:
        found = f"is refused by the hub ({' '.join(str(fault).split())[:160]})"
    except OSError as fault:
        found = f"cannot be fetched ({' '.join(str(fault).split())[:160]})"
    raise ModelError(f"student.base: {at} {found}. Check the name, the revision, the network and HF_TOKEN")


def check_files(folder: Path, name: str) -> None:
    """Raise ModelError, one line that names every file that is missing from the checkpoint in `folder`."""
    missing = []
    if not (folder / CONFIG).is_file():
        missing.append(CONFIG)
    if not any((folder / weights).is_file() for weights in WEIGHTS):
        missing.append(WEIGHTS[0] + _only_pickles(folder))
    missing += _missing_shards(folder)
    if not any((folder / tokenizer).is_file() for tokenizer in TOKENIZERS):
        missing.append("tokenizer.json")
    if missing:
        raise ModelError(f"{name}: no {', no '.join(missing)}. Restore the checkpoint, or choose another one")


def _only_pickles(folder: Path) -> str:
    pickles = sorted(path.name for pattern in PICKLES for path in folder.glob(pattern))
    return f" (only {pickles[0]}, a pickle, which is never loaded: convert it to safetensors)" if pickles else ""


def _missing_shards(folder: Path) -> list[str]:
    index = folder / WEIGHTS[1]
    if not index.is_file():
        return []
    try:
        shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"readable {index.name}"]
    return sorted(shard for shard in shards if not (folder / shard).is_file())


def config(source: str, revision: str | None) -> Path | None:
    """The config.json of the model `source` where it is on this disk; nothing is fetched."""
    folder = Path(source)
    if folder.is_dir():
        return folder / CONFIG if (folder / CONFIG).is_file() else None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(source, CONFIG, revision=revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
