"""Weight deltas: a student as its difference from its base, for licences that allow only that to be passed on.

Knows nothing of training. The difference is the exclusive or of the numbers' bit patterns, which brings the student
back bit by bit; subtracted as numbers, most weights would come back rounded. Where student and base differ in
precision, the base's numbers are first converted to the student's, which gives the same bits on every machine. Rows
that the base does not have (a vocabulary that grew) are stored as they are, and so are tensors that it lacks. A delta
has the files of its student, the weights under another name, so that nothing takes it for a model; both folders are
read in pieces, and no large tensor is ever whole in memory.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lion.errors import ModelError
from lion.student import weights
from lion.student.weights import Tensor

NAME = "delta.json"
FORMAT = "lion-delta-1"
PREFIX = "delta-"
CONVERTIBLE = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def make(base: Path, student: Path, out: Path) -> None:
    """Write to `out` what makes the student in `student` of the base in `base`.

    Raises ModelError, one line, where the two are not of one kind, a file is missing or `out` cannot be written.
    """
    from lion.student.checkpoint import writing

    before, parts = weights.of(base), weights.files(student)
    _refuse_strangers(before, weights.of(student), base, student)
    told: dict[str, Any] = {"format": FORMAT, "base_sha256": weights.fingerprint(before), "files": {}}
    with writing(out) as partial:
        for path in _files(student):
            target = partial / (PREFIX + path.name if path in parts else path.name)
            told["files"][path.name] = _sha256(path)
            if path in parts:
                _combine(before, path, target)
            else:
                shutil.copyfile(path, target)
        (partial / NAME).write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def recover(base: Path, delta: Path, out: Path) -> None:
    """Write to `out` the student that `delta` makes of the base in `base`, the very bytes it was made from.

    Raises ModelError, one line, for another base, before anything is written, and for a delta that is not whole.
    """
    from lion.student.checkpoint import writing

    told = _read(delta)
    before = weights.of(base)
    if weights.fingerprint(before) != told["base_sha256"]:
        raise ModelError(f"{base}: not the base that {delta} was made from: its weights differ. Give that base")
    with writing(out) as partial:
        for name, digest in told["files"].items():
            if (delta / name).is_file():
                shutil.copyfile(delta / name, partial / name)
            else:
                _combine(before, delta / (PREFIX + name), partial / name)
            if _sha256(partial / name) != digest:
                raise ModelError(f"{delta}: {name} does not come out as it went in: the delta is damaged. Get it anew")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != NAME)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(delta: Path) -> dict[str, Any]:
    try:
        told = json.loads((delta / NAME).read_text("utf-8"))
        if told["format"] == FORMAT and told["base_sha256"] and all(Path(name).name == name for name in told["files"]):
            return dict(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ModelError(f"{delta / NAME}: not there, or no delta of the form {FORMAT}. Give a folder of `lion delta make`")


def _refuse_strangers(before: dict[str, Tensor], after: dict[str, Tensor], base: Path, student: Path) -> None:
    """Whatever both have must be of one shape but for its rows, and of numbers that can be converted."""
    shared = before.keys() & after.keys()
    if not shared:
        raise ModelError(f"{student}: no weight of it is in {base} by name. Give the base that it was trained from")
    for name in sorted(shared):
        old, new = before[name], after[name]
        same_kind = old.dtype == new.dtype or {old.dtype, new.dtype} <= CONVERTIBLE.keys()
        if old.shape[1:] != new.shape[1:] or len(old.shape) != len(new.shape) or not same_kind:
            raise ModelError(
                f"{student}: {name!r} is {new.dtype} {list(new.shape)}, in {base} {old.dtype} {list(old.shape)}. "
                "Give the base that it was trained from"
            )


def _combine(before: dict[str, Tensor], source: Path, target: Path) -> None:
    """Write `source` to `target` with every number combined with the base's: from student to delta, and back again."""
    with target.open("wb") as file:
        file.write(weights.header(source))
        for tensor in weights.tensors(source):
            for piece in _combined(before.get(tensor.name), tensor):
                file.write(piece)


def _combined(old: Tensor | None, new: Tensor) -> Iterator[bytes]:
    numbers = (old.end - old.begin) // old.width if old else 0
    for start, size in weights.pieces(new):
        found = new.read(start, size)
        first, count = start // new.width, size // new.width
        shared = max(0, min(first + count, numbers) - first)
        if old and shared:
            bits = _converted(old.read(first * old.width, shared * old.width), old.dtype, new.dtype)
            head = np.frombuffer(found, np.uint8, len(bits)) ^ np.frombuffer(bits, np.uint8)
            yield head.tobytes()
            yield found[len(bits) :]
        else:
            yield found


def _converted(numbers: bytes, old: str, new: str) -> bytes:
    """The same numbers in another precision, rounded to the nearest, ties to even (IEEE 754)."""
    if old == new:
        return numbers
    import torch

    tensor = torch.frombuffer(bytearray(numbers), dtype=getattr(torch, CONVERTIBLE[old]))
    return tensor.to(getattr(torch, CONVERTIBLE[new])).view(torch.uint8).numpy().tobytes()
