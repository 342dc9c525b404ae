"""Where a checkpoint comes from: `lion.json` beside its weights. Knows nothing of torch.

It holds no time and no absolute path, so that the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAME = "lion.json"
LIBRARIES = ("torch", "transformers", "accelerate", "tokenizers", "safetensors")
CHUNK_BYTES = 1 << 20


def versions() -> dict[str, str]:
    """The versions of the libraries that shape the weights."""
    return {name: version(name) for name in LIBRARIES}


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and contents of all files in `folder`."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                whole.update(chunk)
    return whole.hexdigest()


def code() -> str:
    """SHA-256 over the sources of this room: what one version of them has begun, another does not go on with."""
    return digest(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))


def digest(parts: Iterable[str]) -> str:
    """SHA-256 over `parts`; where one ends and the next begins counts."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(8) + data)
    return whole.hexdigest()


def read(folder: Path) -> dict[str, Any]:
    """The lineage of the checkpoint in `folder`; empty where it was not made by Lion."""
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(folder: Path, lineage: dict[str, Any]) -> None:
    """Put `lineage` beside the weights in `folder`."""
    (folder / NAME).write_text(json.dumps(lineage, indent=2, ensure_ascii=False) + "\n", "utf-8")
