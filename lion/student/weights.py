"""Safetensors files read and written piece by piece. Knows nothing of models, and imports no torch.

The format: eight bytes that hold the length of a JSON header, the header, and the tensors' bytes one behind the other
(https://github.com/huggingface/safetensors#format). A file's header says where each tensor lies, so any part of one can
be read without the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion.errors import ModelError
from lion.student.source import WEIGHTS

PIECE_BYTES = 1 << 22
"""At most so much of a tensor is in memory at a time."""
SIZES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
SIZES |= {"I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one lies: `begin` to `end` in `path`."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: Path
    begin: int
    end: int

    @property
    def width(self) -> int:
        """Bytes of a number."""
        return SIZES[self.dtype]

    def read(self, start: int, size: int) -> bytes:
        """`size` of its bytes from `start` on. Raises ModelError where the file ends too early."""
        with self.path.open("rb") as file:
            file.seek(self.begin + start)
            found = file.read(size)
        if len(found) != size:
            raise ModelError(f"{self.path}: cut short in {self.name!r}. Restore the file")
        return found


def files(folder: Path) -> list[Path]:
    """The weights of the checkpoint in `folder`. Raises ModelError where there are none."""
    whole, index = (folder / name for name in WEIGHTS)
    if index.is_file():
        try:
            names = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ModelError(f"{index}: not readable, wanted a weight_map. Restore the file") from None
        return [folder / name for name in sorted(names)]
    if not whole.is_file():
        raise ModelError(f"{folder}: no {WEIGHTS[0]}, wanted a checkpoint with safetensors. Give another folder")
    return [whole]


def header(path: Path) -> bytes:
    """The first bytes of a safetensors file, up to its tensors. Raises ModelError where it is no such file."""
    try:
        with path.open("rb") as file:
            length = file.read(8)
            size = int.from_bytes(length, "little")
            if len(length) == 8 and size <= path.stat().st_size:
                return length + file.read(size)
    except OSError as fault:
        raise ModelError(f"{path}: cannot be read ({fault.strerror}). Restore the file") from None
    raise ModelError(f"{path}: not a safetensors file, or cut short. Restore it")


def tensors(path: Path) -> list[Tensor]:
    """What lies in `path`, in the order of the bytes. Raises ModelError where the header is not readable."""
    head = header(path)
    try:
        told: dict[str, Any] = json.loads(head[8:])
        told.pop("__metadata__", None)
        found = [
            Tensor(name, at["dtype"], tuple(at["shape"]), path, *(len(head) + place for place in at["data_offsets"]))
            for name, at in told.items()
        ]
        if all(tensor.dtype in SIZES for tensor in found):
            return sorted(found, key=lambda tensor: (tensor.begin, tensor.end))
    except (ValueError, KeyError, TypeError):
        pass
    raise ModelError(f"{path}: its header is not readable. Restore the file")


def of(folder: Path) -> dict[str, Tensor]:
    """Every tensor of the checkpoint in `folder` by name."""
    return {tensor.name: tensor for path in files(folder) for tensor in tensors(path)}


def pieces(tensor: Tensor) -> Iterator[tuple[int, int]]:
    """(start, size) of the parts of a tensor, each of whole numbers."""
    length = tensor.end - tensor.begin
    for start in range(0, length, PIECE_BYTES):
        yield start, min(PIECE_BYTES, length - start)


def fingerprint(found: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes: the same however the weights are divided into files."""
    whole = hashlib.sha256()
    for name in sorted(found):
        tensor = found[name]
        whole.update(f"{name}\0{tensor.dtype}\0{tensor.shape}\0".encode())
        for start, size in pieces(tensor):
            whole.update(tensor.read(start, size))
    return whole.hexdigest()
