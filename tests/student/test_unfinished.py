"""Folders of unfinished work: the newest are kept, and what is worked in is never touched, however many work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lion.errors import DataError
from lion.params import Infer
from lion.records import Instruction
from lion.student import kept, resume, unfinished
from lion.student.inference import Local

NAMES = [digit * unfinished.KEY_LENGTH for digit in "abcdef"]
INSIDE = {resume.KIND: "checkpoint-5/weights", kept.KIND: "0123456789abcdef/0.jsonl"}
HOLD = """
import sys, time
from pathlib import Path
from lion.student import unfinished
with unfinished.held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
WORK = """
import sys
from pathlib import Path
from lion.student import unfinished
scratch, name = Path(sys.argv[1]), sys.argv[2]
for turn in range(40):
    with unfinished.held(scratch / name):
        (scratch / name / "0.jsonl").write_text(str(turn))
        unfinished.tidy(scratch, "**/*.jsonl")
        assert (scratch / name / "0.jsonl").read_text() == str(turn)
    unfinished.tidy(scratch, "**/*.jsonl")
"""


def begun(folder: Path, kind: str, age: int) -> Path:
    """Unfinished work of some kind, last touched so long ago."""
    inside = folder / INSIDE[kind]
    inside.parent.mkdir(parents=True)
    inside.write_text("{}")
    for path in (*folder.rglob("*"), folder):
        os.utime(path, ns=(10**9 - age, 10**9 - age))
    return folder


def names(scratch: Path) -> list[str]:
    return sorted(path.name for path in scratch.iterdir())


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One that holds `folder`, and is killed in the end."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("kind", [resume.KIND, kept.KIND])
def test_the_newest_of_a_kind_are_kept_and_no_other_kind_is_touched(tmp_path: Path, kind: str) -> None:
    other = next(name for name in INSIDE if name != kind)
    for age, name in enumerate(NAMES):
        begun(tmp_path / name, kind, age)
    begun(tmp_path / (NAMES[0] + "-fsdp"), kind, 100)
    strange = begun(tmp_path / ("0" * unfinished.KEY_LENGTH), other, 1000)
    (tmp_path / "a user's own folder").mkdir()
    (tmp_path / f"{NAMES[0]}-1{unfinished.GONE}").mkdir()
    unfinished.tidy(tmp_path, kind)
    assert names(tmp_path) == sorted([strange.name, "a user's own folder", *NAMES[: unfinished.ABANDONED]])


def test_what_another_process_works_in_is_never_removed_until_it_is_killed(tmp_path: Path) -> None:
    for age, name in enumerate(NAMES):
        begun(tmp_path / name, kept.KIND, age)
    with another_process(tmp_path / NAMES[5]), another_process(tmp_path / ("9" * unfinished.KEY_LENGTH)):
        unfinished.tidy(tmp_path, kept.KIND)
        assert names(tmp_path) == sorted(["9" * unfinished.KEY_LENGTH, NAMES[0], NAMES[1], NAMES[5]])
    unfinished.tidy(tmp_path, kept.KIND)
    assert names(tmp_path) == [NAMES[0], NAMES[1]]


def test_several_that_work_and_tidy_at_once_do_not_lose_their_work(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(tmp_path / "scratch"), name], stderr=subprocess.PIPE, text=True
        )
        for name in NAMES
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * len(NAMES), "\n".join(told)
    unfinished.tidy(tmp_path / "scratch", kept.KIND)
    assert len(names(tmp_path / "scratch")) == unfinished.ABANDONED


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_text("a file")
    with (
        pytest.raises(DataError, match=r"cannot be made \(.*\)\. Make room") as told,
        unfinished.held(tmp_path / "scratch" / NAMES[0]),
    ):
        pass
    assert "\n" not in str(told.value)


def test_answers_of_abandoned_variants_are_bounded_once_others_are_written(
    base: Path, greedy: Infer, tmp_path: Path
) -> None:
    asked = [Instruction.seed(f"Name {place}") for place in range(3)]
    variants = [greedy.model_copy(update={"max_new_tokens": count}) for count in (1, 2, 3, 4)]
    for settings in variants:
        with suppress(KeyboardInterrupt), Local(base, settings, 1, 300, tmp_path) as student:
            for suite in (asked, asked[:2], asked[:1]):  # all of a variant's, however many, are kept together
                list(student.answers(suite))
            raise KeyboardInterrupt
    assert len(names(tmp_path)) == 4
    with Local(base, variants[0], 1, 300, tmp_path) as student:
        for suite in (asked, asked[:2], asked[:1]):
            list(student.answers(suite))
    left = [sorted(path.iterdir()) for path in tmp_path.iterdir()]
    assert [len(suites) for suites in left] == [3] * unfinished.ABANDONED
