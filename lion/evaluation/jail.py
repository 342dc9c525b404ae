"""The inside of the sandbox: a script of the standard library alone that locks itself in and runs one program.

Knows no benchmark and nothing of Lion; `lion/evaluation/sandbox.py` starts it and judges what it reports. It locks, in
this order: resource limits, namespaces of its own where the kernel gives them, no capabilities, Landlock (files to
read, one folder to write), seccomp (no process, thread, socket, signal; only the listed system calls). Landlock and
seccomp are never done without: where one is missing, nothing is run. Then it tries the locks.

The program runs in a thread whose lowest frame is its own: the frame that holds the nonce, by which alone a pass is
told, is none of its callers, and what would show it another thread's frames is refused.
"""

from __future__ import annotations

import _thread
import ctypes
import itertools
import json
import os
import platform
import queue
import random
import resource
import signal
import socket
import struct
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any, NoReturn

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
NAMESPACES = 0x10000000 | 0x40000000 | 0x08000000  # user, network, System V IPC
CAPABILITIES_3 = 0x20080522
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
PATH_BENEATH = 1
RIGHTS_BY_ABI = ((1, 13), (2, 14), (3, 15), (5, 16))
"""Landlock's first ABI with so many rights on files (linux/landlock.h). TCP came with 4, signals and sockets with 6."""
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG, TRUNCATE = (1 << bit for bit in (1, 2, 3, 5, 8, 14))
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 13  # EACCES: PermissionError
FCNTL = {"x86_64": 72, "aarch64": 25}
SETS_OWNER = (8, 10, 15)
"""Commands of fcntl by which a file's signals could be sent to another process."""
# Files (those that Landlock grants), memory, time and waiting; linux 6.18, asm/unistd_64.h and asm-generic/unistd.h.
CALLS = {
    "x86_64": (
        *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33),
        *(34, 35, 36, 37, 38, 39, 40, 60, 63, 73, 74, 75, 77, 78, 79, 80, 81, 82, 85, 87, 89, 95, 96, 97, 98, 99, 100),
        *(102, 104, 107, 108, 110, 111, 115, 121, 124, 127, 128, 131, 137, 138, 158, 186, 201, 202, 204, 213, 217, 218),
        *(219, 221, 228, 229, 230, 231, 232, 233, 237, 257, 262, 263, 264, 267, 269, 270, 271, 273, 274, 281, 283, 285),
        *(286, 287, 290, 291, 292, 293, 295, 296, 309, 316, 318, 324, 326, 332, 334, 436, 437, 439),
    ),
    "aarch64": (
        *(17, 19, 20, 21, 22, 23, 24, 32, 35, 38, 43, 44, 46, 47, 48, 49, 50, 56, 57, 59, 61, 62, 63, 64, 65, 66, 67),
        *(68, 69, 70, 71, 72, 73, 78, 79, 80, 82, 83, 85, 86, 87, 93, 94, 96, 98, 99, 100, 101, 102, 103, 113, 114),
        *(115, 123, 124, 128, 132, 134, 135, 136, 137, 139, 153, 155, 156, 158, 160, 163, 165, 166, 168, 169, 172, 173),
        *(174, 175, 176, 177, 178, 179, 214, 215, 216, 222, 223, 226, 227, 232, 233, 235, 276, 278, 283, 285, 291, 293),
        *(436, 437, 439),
    ),
}
SECCOMP = {"x86_64": 317, "aarch64": 277}
SET_MODE_FILTER, FOR_ALL_THREADS = 1, 1
STACK_BYTES = 32 << 20
PEEKING = (
    *("sys._current_frames", "sys._current_exceptions", "sys.settrace", "sys.setprofile", "sys.monitoring."),
    *("sys.remote_exec", "gc.get_", "ctypes."),
)
"""Audit events of what shows or touches the frames of another thread. No answer to a benchmark has a use for them."""


class Missing(Exception):
    """A lock that is not to be had here, in words."""


def main() -> NoReturn:
    """Read the order from standard input, lock, run the program, report. A pass is the nonce and ` passed`."""
    order = json.loads(sys.stdin.buffer.read())
    report, nonce = order["report"], order.pop("nonce").encode()
    write, leave, running, sleep = os.write, os._exit, _thread._count, time.sleep
    try:
        _limit(order["limits"])
        _lock(order["readable"], order["folder"])
        programs, done, faults = _thread_of_programs()
        _close()
    except (Missing, OSError, ValueError) as fault:
        write(report, nonce + f" refused {fault}".encode())
        leave(1)
    programs.put(order.pop("program"))
    programs.put(None)
    while running():
        try:
            sleep(0.002)
        except BaseException:  # such as out of memory; a traceback would show this frame to the program's excepthook
            continue
    if done:
        write(report, nonce + b" passed")
        leave(0)
    del nonce
    write(report, (faults[0] if faults else "exited").encode())
    leave(1)


def _limit(limits: dict[str, int]) -> None:
    """The limits of setrlimit, and an end as soon as the parent ends; no handler that a program could call upon."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 1))
    for what, most in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["folder_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _lock(readable: list[str], folder: str) -> None:
    """Namespaces, capabilities and Landlock: what holds for this thread and all that it starts from now on."""
    LIBC.unshare(NAMESPACES)  # a second wall; where the kernel gives none, seccomp stands alone
    LIBC.capset(struct.pack("Ii", CAPABILITIES_3, 0), bytes(24))
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise Missing(f"no PR_SET_NO_NEW_PRIVS ({_errno()})")
    abi = LIBC.syscall(CREATE_RULESET, None, 0, 1)
    if abi < 1:
        raise Missing(f"no Landlock ({_errno()})")
    rights = (1 << max(count for first, count in RIGHTS_BY_ABI if first <= abi)) - 1
    handled = struct.pack("QQQ", rights, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    rules = LIBC.syscall(CREATE_RULESET, handled, 24 if abi >= 6 else 16 if abi >= 4 else 8, 0)
    for path in readable:
        _allow(rules, path, READ_FILE | READ_DIR)
    _allow(rules, "/dev/null", READ_FILE | WRITE_FILE)
    _allow(rules, folder, (READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE) & rights)
    if rules < 0 or LIBC.syscall(RESTRICT_SELF, rules, 0):
        raise Missing(f"Landlock does not hold ({_errno()})")
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not Path(path).is_dir():
        rights &= READ_FILE | WRITE_FILE | TRUNCATE
    if LIBC.syscall(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, opened), 0):
        raise Missing(f"Landlock takes no rule for {path} ({_errno()})")
    os.close(opened)


def _errno() -> str:
    return os.strerror(ctypes.get_errno())


def _thread_of_programs() -> tuple[queue.SimpleQueue[str | None], list[None], list[str]]:
    """A thread that waits for a program and runs it to its end, which is then noted; a fault is noted elsewhere.

    `exec` is called by no Python frame, so the program's lowest frame has none below it.
    """
    programs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    done: list[None] = []
    faults: list[str] = []
    module = sys.modules["program"] = types.ModuleType("program")
    sys.unraisablehook = lambda told: _note(told, faults)
    random.seed(0)
    _thread.stack_size(STACK_BYTES)
    ran = map(exec, iter(programs.get, None), itertools.repeat(module.__dict__))
    _thread.start_new_thread(done.extend, (ran,))
    while not _thread._count():
        time.sleep(0.001)
    return programs, done, faults


def _note(told: Any, faults: list[str]) -> None:
    faults.append("memory" if issubclass(told.exc_type, MemoryError) else "failed")
    traceback.print_exception(told.exc_type, told.exc_value, told.exc_traceback)


def _close() -> None:
    """Seccomp for all threads, then a try of each lock, then no looks at other threads."""
    machine = platform.machine()
    if machine not in CALLS:
        raise Missing(f"no list of system calls for {machine}")
    rows = _filter(machine)
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
    told = struct.pack("HxxxxxxP", len(rows), ctypes.addressof(program))
    if LIBC.syscall(SECCOMP[machine], SET_MODE_FILTER, FOR_ALL_THREADS, told):
        raise Missing(f"no seccomp ({_errno()})")
    for name, attempt in (("fork", _fork), ("socket", socket.socket), ("reading /", lambda: next(Path("/").iterdir()))):
        try:
            attempt()
        except PermissionError:
            continue
        raise Missing(f"the lock on {name} does not hold")
    sys.addaudithook(_refuse_peeking)


def _fork() -> None:
    made = LIBC.fork()
    if made == 0:
        os._exit(0)
    if made < 0:
        raise PermissionError


def _filter(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter in classic BPF: (code, jump if true, jump if not, value). Loads are of seccomp_data's fields."""
    load, equal, at_least, end = 0x20, 0x15, 0x35, 0x06
    calls = CALLS[machine]
    return [
        (load, 0, 0, 4),
        (equal, 1, 0, AUDIT[machine]),
        (end, 0, 0, KILL),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),  # the x32 calls of x86_64
        (end, 0, 0, KILL),
        (equal, 0, 6, FCNTL[machine]),
        (load, 0, 0, 24),
        *((equal, len(SETS_OWNER) - place, 0, command) for place, command in enumerate(SETS_OWNER)),
        (end, 0, 0, ALLOW),
        (end, 0, 0, REFUSE),
        *((equal, len(calls) - place, 0, call) for place, call in enumerate(calls)),
        (end, 0, 0, REFUSE),
        (end, 0, 0, ALLOW),
    ]


def _refuse_peeking(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(PEEKING):
        raise PermissionError(f"{event} is refused in the sandbox")


if __name__ == "__main__":
    main()
