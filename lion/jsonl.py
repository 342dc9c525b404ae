"""Record files: streamed reading that names path and line in every fault, and whole-or-nothing writing.

Knows the records and their JSON Schemas, and nothing of what is in them.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any, TypeVar

import jsonschema_rs
from jsonschema import Draft202012Validator

from lion.errors import DataError
from lion.records import Identified, Record

R = TypeVar("R", bound=Record)
K = TypeVar("K", bound=Identified)
PARTIAL = ".partial"
"""What ends the name of a file that is being written."""
UNWRITABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO),
    *(errno.EISDIR, errno.ENOTDIR, errno.EEXIST),
}


@cache
def _validators(name: str) -> tuple[jsonschema_rs.Validator, Draft202012Validator]:
    """One that tells in a microsecond whether a value is valid, and one that tells in good words why it is not."""
    schema = json.loads(resources.files("lion.schemas").joinpath(f"{name}.json").read_text("utf-8"))
    return jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)


def _check(kind: type[Record], value: Any, where: str, remedy: str) -> None:
    name = kind.__name__.lower()
    quick, thorough = _validators(name)
    try:
        if quick.is_valid(value):
            return
    except UnicodeEncodeError:  # a lone surrogate, which Rust cannot hold; Python judges it alone
        if thorough.is_valid(value):
            return
    told = sorted(thorough.iter_errors(value), key=lambda error: [*error.absolute_path])
    faults = [_fault(error.absolute_path, error.message) for error in told]
    if not faults:  # NaN, which is a number in Python and none in JSON
        faults = [_fault(error.instance_path, error.message) for error in quick.iter_errors(value)]
    raise DataError(f"{where}: not a valid {name}: {'; '.join(faults)[:500]}. {remedy}")


def _fault(place: Iterable[str | int], message: str) -> str:
    return ": ".join([*filter(None, [".".join(map(str, place))]), message])


def read(path: Path, kind: type[R]) -> Iterator[R]:
    """Each record of `path` in turn; memory does not grow with the file.

    Raises DataError for a missing file, and for a line that is not UTF-8, not JSON, or not a valid `kind`.
    """
    return (record for _, record in placed(path, kind, f"Restore it with: dvc checkout {path}"))


def pick(path: Path, kind: type[R], is_wanted: Callable[[bytes], bool]) -> Iterator[R]:
    """As `read`, but only the lines whose bytes `is_wanted`: the others are passed over, faulty or not."""
    remedy = f"Restore it with: dvc checkout {path}"
    with _opened(path, remedy) as file:
        for number, raw in enumerate(file, start=1):
            if is_wanted(raw):
                where = f"{path}:{number}"
                value = decode(_decoded(raw, where, remedy, number), where, remedy)
                _check(kind, value, where, remedy)
                yield kind(**value)


def placed(path: Path, kind: type[R], remedy: str) -> Iterator[tuple[str, R]]:
    """As `read`, each record with its `path:line`; faults end in `remedy`."""
    for where, line in lines(path, remedy):
        value = decode(line, where, remedy)
        _check(kind, value, where, remedy)
        yield where, kind(**value)


def decode(line: str, where: str, remedy: str) -> Any:
    """The JSON value in `line`. Raises DataError where there is none."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as fault:
        raise DataError(f"{where}: not JSON ({fault.msg} at column {fault.colno}). {remedy}") from None
    except (ValueError, RecursionError) as fault:  # a number of thousands of digits, thousands of brackets
        raise DataError(f"{where}: JSON that cannot be read ({fault}). {remedy}") from None


def lines(path: Path, remedy: str) -> Iterator[tuple[str, str]]:
    """(`path:line`, text) of every line that is not blank. Raises DataError where the file or its encoding fails."""
    with _opened(path, remedy) as file:
        yield from decoded(path, file, remedy)


def _opened(path: Path, remedy: str) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as fault:
        raise DataError(f"{path}: cannot be read ({fault.strerror}). {remedy}") from None


def decoded(path: Path, raw_lines: Iterable[bytes], remedy: str) -> Iterator[tuple[str, str]]:
    """As `lines`, of a file that is open already or was unpacked."""
    for number, raw in enumerate(raw_lines, start=1):
        where = f"{path}:{number}"
        text = _decoded(raw, where, remedy, number)
        if text.strip():
            yield where, text


def _decoded(raw: bytes, where: str, remedy: str, number: int) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as fault:
        raise DataError(f"{where}: not UTF-8 (byte {raw[fault.start]:#04x} at {fault.start}). {remedy}") from None


def text(path: Path, remedy: str) -> str:
    """The whole of a text file. Raises DataError where the file or its encoding fails."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise DataError(f"{path}: cannot be read ({fault.strerror}). {remedy}") from None
    except UnicodeDecodeError as fault:
        raise DataError(
            f"{path}: not UTF-8 (byte {fault.object[fault.start]:#04x} at {fault.start}). {remedy}"
        ) from None


def whole(path: Path, remedy: str) -> Any:
    """The one JSON value that a file holds. Raises DataError where it holds none."""
    try:
        return json.loads(text(path, remedy))
    except json.JSONDecodeError as fault:
        raise DataError(f"{path}:{fault.lineno}: not JSON ({fault.msg} at column {fault.colno}). {remedy}") from None
    except (ValueError, RecursionError) as fault:
        raise DataError(f"{path}: JSON that cannot be read ({fault}). {remedy}") from None


def table(path: Path, kind: type[K]) -> dict[str, K]:
    """The records of `path` by id, in the file's order. Raises DataError where an id stands twice."""
    found: dict[str, K] = {}
    for record in read(path, kind):
        if record.id in found:
            raise DataError(f"{path}: id {record.id!r} stands twice, wanted once. Restore it with: dvc checkout {path}")
        found[record.id] = record
    return found


class Writer:
    """Adds records to a file that does not exist under its own name until all are written."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file
        self.count = 0

    def add(self, record: Record) -> None:
        """Write one record. Raises DataError where it breaks its own schema (a fault in Lion, not in the data)."""
        value = {name: v for name in record.__dataclass_fields__ if (v := getattr(record, name)) is not None}
        _check(type(record), value, str(self._path), "This is a fault in Lion: please report it.")
        self._file.write(encode(value))
        self.count += 1

    def add_all(self, records: Iterable[Record]) -> None:
        """Write each of `records`."""
        for record in records:
            self.add(record)


def encode(value: Any) -> bytes:
    """`value` as one line of JSON in UTF-8. A lone surrogate, which UTF-8 cannot hold, makes the line pure ASCII."""
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value).encode() + b"\n"


@contextmanager
def writing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A binary file that takes its name `path` only when the block ends well; else nothing of it is left.

    `mode` is its permissions, less what the umask takes away.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode != 0o666:
            partial.unlink(missing_ok=True)  # what a kill left behind has permissions of its own
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as fault:
        with suppress(OSError):
            partial.unlink()
        if fault.errno not in UNWRITABLE:
            raise
        raise DataError(
            f"{path}: cannot be written ({fault.strerror}). Make room or mend it, then run again."
        ) from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def writer(path: Path, mode: int = 0o666) -> Iterator[Writer]:
    """A Writer for `path`; the file appears, whole, when the block ends well, with at most the permissions `mode`."""
    with writing(path, mode) as file:
        yield Writer(path, file)


def write(path: Path, records: Iterable[Record]) -> int:
    """Write all `records` to `path`, whole or not at all. Returns how many."""
    with writer(path) as out:
        out.add_all(records)
    return out.count
