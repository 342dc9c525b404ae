"""Runs one program that a model wrote, in a process that can touch nothing but a scratch folder. Knows no benchmark.

`lion/evaluation/jail.py` locks itself in and runs it; this is the outside: it starts that process with an environment
of nothing but constants, bounds what it says, watches its clock and its folder, and ends it. Only a program that came
to its last line has passed. What the locks cannot tell: a program and its tests share one interpreter, so an answer
may still be made to please the tests, for example by an object that is equal to everything.
"""

from __future__ import annotations

import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lion.errors import ParamsError

JAIL = Path(__file__).with_name("jail.py")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
"""Where shared libraries and time zones lie; whatever is not there is left out."""
REMEDY = "Run on Linux with Landlock (5.13 or later, x86_64 or aarch64), or set evaluate.execute_code to false."
POLL_S = 0.02
CHUNK_BYTES = 65_536
LONGEST_REPORT = 1_000

Why = Literal[
    "passed",
    "failed",  # an assertion or another exception
    "exited",  # ended before its last line
    "timeout",  # of the processor or of the clock
    "memory",
    "disk",  # wrote more into its folder than it may
    "killed",  # by a signal, such as a segmentation fault
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use."""

    cpu_s: int = 5
    wall_s: float = 30.0
    memory_bytes: int = 1 << 30
    """Of address space."""
    folder_bytes: int = 8 << 20
    """All files in its folder together."""
    files: int = 100
    """In its folder."""
    open_files: int = 64
    output_bytes: int = 20_000
    """How much of what it prints is kept; the rest is read and forgotten."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a program, and the beginning of what it and its faults printed."""

    passed: bool
    why: Why
    output: str


def run(program: str, limits: Limits) -> Ran:
    """Run Python code. It has passed where its last line was reached; by an exit before that it has not.

    Raises ParamsError, one line, where this machine has not all the locks: nothing is run then.
    """
    if sys.platform != "linux":
        raise _refusal(f"no Landlock on {sys.platform}")
    nonce = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="lion-", ignore_cleanup_errors=True) as folder:
        report, reported = os.pipe()
        with os.fdopen(report, "rb", 0) as reports:
            with os.fdopen(reported, "wb", 0):
                process = _started(folder, reported)
            with process:
                try:
                    _tell(process, {**_order(folder, reported, limits), "program": program, "nonce": nonce})
                    watch = _Watch(process, reports.fileno(), Path(folder), limits)
                    ended = watch.until_it_ends()
                finally:
                    process.kill()  # it can have no children
    return _judged(ended or _by_status(process.returncode), watch, nonce)


def _started(folder: str, reported: int) -> subprocess.Popen[bytes]:
    """The jail, which waits for its order, in a session of its own."""
    # As -I, which would forget the hash seed with all other variables: sets have one order on every run.
    command = [sys.executable, "-P", "-s", "-B", "-u", "-X", "utf8", str(JAIL)]
    constants = {"HOME": folder, "TMPDIR": folder, "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"}
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        command,
        env=constants | threads,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(reported,),
        start_new_session=True,
    )


def _order(folder: str, reported: int, limits: Limits) -> dict[str, object]:
    """What the jail is told: above all what it may read, which is Python's libraries and nothing of the user's."""
    modules = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    shared = {str(Path(prefix, "lib")) for prefix in (sys.prefix, sys.base_prefix)}
    readable = sorted({*modules, *shared, *LIBRARIES})
    return {"readable": readable, "folder": folder, "report": reported, "limits": asdict(limits)}


def _tell(process: subprocess.Popen[bytes], order: dict[str, object]) -> None:
    assert process.stdin
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(json.dumps(order).encode())


class _Watch:
    """Reads what a process prints and reports, and ends it where it passes a limit that setrlimit does not know."""

    def __init__(self, process: subprocess.Popen[bytes], report: int, folder: Path, limits: Limits) -> None:
        assert process.stdout
        self._process, self._folder, self._limits = process, folder, limits
        self._printed, self._report = process.stdout.fileno(), report
        self.output, self.report = bytearray(), bytearray()

    def until_it_ends(self) -> Why | None:
        """Wait for the end. Why it was ended from outside, if it was."""
        deadline = time.monotonic() + self._limits.wall_s
        with selectors.DefaultSelector() as open_pipes:
            for pipe in (self._printed, self._report):
                open_pipes.register(pipe, selectors.EVENT_READ)
            while open_pipes.get_map():
                for key, _ in open_pipes.select(POLL_S):
                    if not self._take(key.fd):
                        open_pipes.unregister(key.fd)
                if time.monotonic() > deadline:
                    return self._end("timeout")
                if self._is_over_full():
                    return self._end("disk")
        with suppress(subprocess.TimeoutExpired):  # it may close its pipes and go on
            self._process.wait(max(0.0, deadline - time.monotonic()))
            return None
        return self._end("timeout")

    def _take(self, pipe: int) -> bool:
        """Read what is there; whether there may be more."""
        found = os.read(pipe, CHUNK_BYTES)
        kept, most = (self.report, LONGEST_REPORT) if pipe == self._report else (self.output, self._limits.output_bytes)
        kept += found[: most - len(kept)]
        return bool(found)

    def _is_over_full(self) -> bool:
        """Whether the folder, which has no folders in it, holds more than it may."""
        held = files = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    held += entry.stat(follow_symlinks=False).st_blocks * 512
                files += 1
                if files > self._limits.files or held > self._limits.folder_bytes:
                    return True
        return False

    def _end(self, why: Why) -> Why:
        self._process.kill()
        self._process.wait()
        return why


def _judged(ended: Why, watch: _Watch, nonce: str) -> Ran:
    """What the nonce, or else the way it ended, tells of a program."""
    report, output = watch.report.decode("utf-8", "replace"), watch.output.decode("utf-8", "replace")
    if report.startswith(f"{nonce} refused "):
        raise _refusal(report.removeprefix(f"{nonce} refused "))
    if ended == "exited" and report == f"{nonce} passed":
        return Ran(True, "passed", output)
    told: dict[str, Why] = {"failed": "failed", "memory": "memory"}
    return Ran(False, told.get(report, ended) if ended == "exited" else ended, output)


def _by_status(status: int) -> Why:
    if status >= 0:
        return "exited"
    return "timeout" if -status == signal.SIGXCPU else "killed"


def _refusal(missing: str) -> ParamsError:
    return ParamsError(f"evaluate.execute_code: found {missing}, wanted all locks of the sandbox. {REMEDY}")
