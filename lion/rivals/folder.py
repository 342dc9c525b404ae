"""The folder of a model's results: `results.jsonl`, and the marks of each suite. Knows no suite but by its name.

A folder is one model's. Suites are added to it, one run after another; it is written whole or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from lion import jsonl
from lion.errors import DataError, ParamsError
from lion.evaluation.suites import RESULTS
from lion.jsonl import PARTIAL, UNWRITABLE
from lion.params import Suite
from lion.records import Result
from lion.report import standings

SUITES = (*get_args(Suite), "livecodebench")
"""The suites that Lion measures, and what another program does."""


def results(folder: Path) -> list[Result]:
    """What the results in `folder` tell; nothing where there are none."""
    path = folder / RESULTS
    if not path.is_file():
        return []
    return [result for _, result in jsonl.placed(path, Result, standings.REMEDY)]


def check_name(name: str) -> None:
    """Raise ParamsError where a row cannot have this name: a student has it, or a folder that is being written."""
    if standings.is_student(name) or name.endswith(PARTIAL):
        raise ParamsError(
            f"--name: found {name!r}, wanted none of a student ('student N') and no {PARTIAL!r} at its end. "
            "Choose another --name or --out"
        )


def check(folder: Path, suites: Sequence[str], force: bool) -> None:
    """Raise DataError where results of `suites` would replace others, unless `force`, or anything but results."""
    check_name(folder.name)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: a file, wanted a folder for the results. Choose another --out or --name.")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise DataError(f"{folder}: the folder you are in, wanted one that can be replaced. Choose another --out.")
    found = results(folder)
    if not found and folder.is_dir() and any(folder.iterdir()):
        raise DataError(f"{folder}: has files, but no {RESULTS}, wanted a folder of results. Choose another --out.")
    there = [suite for suite in suites if any(_is_of(result, suite) for result in found)]
    if there and not force:
        raise DataError(
            f"{folder}: has results of {', '.join(there)} already. Replace them with --force, "
            "or choose another --name or --out."
        )


def others(folder: Path, suites: Sequence[str], prompt: str, notes: Sequence[str], force: bool) -> list[Result]:
    """The results in `folder` that stay beside new ones of `suites`, whose model is told by `prompt` and `notes`.

    Raises DataError where they are another model's, unless `force`: then none of them stays.
    """
    found, mine = results(folder), (prompt, list(notes[:1]))
    strangers = [result for result in found if _whose(result) != mine]
    if strangers and not force:
        raise DataError(
            f"{folder}: has results of another model, or of one that was prompted otherwise "
            f"({_told(*_whose(strangers[0]))}; now {_told(*mine)}). "
            "Choose another --name or --out, or replace all of them with --force."
        )
    return [] if strangers else [result for result in found if not any(_is_of(result, suite) for suite in suites)]


@contextmanager
def writing(folder: Path, kept: Sequence[Result]) -> Iterator[Path]:
    """A folder that takes the place of `folder` when the block ends well; else nothing of it is left.

    It begins with what lies there, but for `results.jsonl` and the files of suites of which no result is `kept`.
    """
    replaced = [suite for suite in SUITES if not any(_is_of(result, suite) for result in kept)]
    folder = folder.resolve()
    partial = folder.with_name(folder.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name != RESULTS and not any(_is_file_of(path, suite) for suite in replaced):
                _copy(path, partial / path.name)
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    except OSError as fault:
        shutil.rmtree(partial, ignore_errors=True)
        if fault.errno not in UNWRITABLE:
            raise
        raise DataError(
            f"{folder}: cannot be written ({fault.strerror}). Make room or mend it, then run again."
        ) from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to)
    else:
        shutil.copy2(path, to)


def _is_of(result: Result, suite: str) -> bool:
    """`exam` has two results, `exam-balanced` and `exam-seeds`."""
    return result.suite == suite or result.suite.startswith(f"{suite}-")


def _is_file_of(path: Path, suite: str) -> bool:
    return path.name in (f"{suite}.jsonl", f"{suite}_judgements.jsonl", f"{suite}_calls.jsonl")


def _whose(result: Result) -> tuple[str, list[str]]:
    """What must be the same of all results of a folder: how the model is prompted, and, by the first note, which."""
    return result.prompt, result.notes[:1]


def _told(prompt: str, notes: Sequence[str]) -> str:
    return "; ".join([*notes, prompt])
