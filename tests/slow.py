"""A stage of the tests' own, which counts as slowly as it is fed; as real a process as any other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lion.running import Sign, signs

ROOT = Path(__file__).parent.parent
SCRIPT = """
import sys
import click
from lion.command import Command
from lion.progress import track

@click.command(cls=Command)
def main():
    print("begun", flush=True)
    for line in track(sys.stdin, "slow", 8, lambda: "bought 3"):
        if line.startswith("fail"):
            raise RuntimeError(line)
        print("took", flush=True)

if __name__ == "__main__":
    main()
"""
T = TypeVar("T")


def lay(folder: Path) -> None:
    """Put the stage's script there."""
    (folder / "stages").mkdir(exist_ok=True)
    (folder / "stages/__init__.py").touch()
    (folder / "stages/slow.py").write_text(SCRIPT)


def environment(stage: str | None) -> dict[str, str]:
    """What DVC gives a stage; nothing of it where `stage` is None."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | ({"DVC_STAGE": stage} if stage else {})


class Slow:
    """A process of the stage, in `folder`."""

    def __init__(self, folder: Path, stage: str | None) -> None:
        command = [sys.executable, "-m", "stages.slow"]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(stage),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        assert self._process.stdout
        assert self._process.stdout.readline() == "begun\n"

    def feed(self, line: str) -> None:
        """Let it take one more item."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        if line != "fail":
            assert self._process.stdout.readline() == "took\n"

    def end(self, how: Callable[[subprocess.Popen[str]], None] = lambda process: None) -> int:
        """Its exit status, after `how` or, without it, at the end of its input."""
        how(self._process)
        self._process.communicate()
        return self._process.returncode


def alive() -> list[Sign]:
    return signs()[0]


def killed() -> list[Sign]:
    return signs()[1]


def wait(until: Callable[[], T], most_s: float = 20) -> T:
    """What `until` returns as soon as it is something."""
    end = time.monotonic() + most_s
    while not (found := until()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found
