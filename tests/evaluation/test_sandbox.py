"""The sandbox holds whatever a hostile program tries, and a harmless one runs in it. No lock is feigned."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lion.evaluation.sandbox import Limits, Ran, run
from tests.evaluation.locks import needs_landlock

pytestmark = needs_landlock
ROOMY = Limits(cpu_s=30, wall_s=120)
"""Of time more than any of these programs needs on a slow and busy machine, so that it is not time that ends it."""
SHORT = Limits(cpu_s=1, wall_s=120)


def ran(program: str, limits: Limits = ROOMY) -> Ran:
    return run(textwrap.dedent(program), limits)


def refused(program: str) -> bool:
    """Whether the program met a lock."""
    found = ran(program)
    return not found.passed and found.why == "failed" and "PermissionError" in found.output


def test_program_that_comes_to_its_end_has_passed() -> None:
    found = ran(
        """
        import collections, dataclasses, hashlib, itertools, math, random, re, typing
        import numpy
        @dataclasses.dataclass
        class Point:
            x: int
        assert Point(2) == Point(2) and numpy.ones(3).sum() == 3
        print("done")
        """
    )
    assert found == Ran(True, "passed", "done\n")


def test_program_whose_assertion_fails_has_failed_and_tells_why() -> None:
    found = ran("assert 1 == 2, 'one is not two'")
    assert (found.passed, found.why) == (False, "failed")
    assert "AssertionError: one is not two" in found.output


@pytest.mark.parametrize("program", ["def (", "x = '\0'", "\ud800"])
def test_program_that_is_no_python_has_failed(program: str) -> None:
    found = ran(program)
    assert (found.passed, found.why) == (False, "failed")


def test_endless_loop_ends_in_a_timeout() -> None:
    assert ran("while True: pass", SHORT).why == "timeout"


def test_program_that_sleeps_ends_in_a_timeout() -> None:
    assert ran("import time; time.sleep(1000)", Limits(wall_s=1)).why == "timeout"


def test_program_that_closes_its_pipes_and_sleeps_ends_in_a_timeout() -> None:
    program = "import os, time\nos.closerange(0, 64)\ntime.sleep(1000)"
    assert ran(program, Limits(wall_s=1)).why == "timeout"


@pytest.mark.parametrize("program", ["bytearray(10 << 30)", "kept = []\nwhile True: kept.append(bytearray(1 << 22))"])
def test_program_that_wants_ten_gigabytes_has_no_memory(program: str) -> None:
    assert ran(program).why == "memory"


def test_program_makes_no_process_and_no_thread() -> None:
    # The first of a fork bomb is the last: the bomb below is tried only where a single fork is refused.
    assert refused("import os; os.fork()")
    assert refused("import subprocess; subprocess.run(['true'])")
    assert refused("import os; os.posix_spawn('/bin/true', ['true'], {})")
    assert refused("import os; os.execv('/bin/true', ['true'])")
    assert "can't start new thread" in ran("import threading; threading.Thread(target=print).start()").output
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except PermissionError: pass"
    assert ran(bomb, SHORT).why == "timeout"


def test_nothing_is_left_behind_by_a_program_that_would_be_a_daemon() -> None:
    found = ran(
        """
        import os, signal, time
        try:
            child = os.fork()
        except OSError:
            child = -1
        if child == 0:
            os.setsid()
            while True:
                time.sleep(1)
        print(os.getpid(), child)
        """
    )
    pid, child = map(int, found.output.split())
    assert found.passed and child == -1
    assert not Path(f"/proc/{pid}").exists()


def test_program_writes_into_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    there.chmod(0o666)
    tmp_path.chmod(0o777)
    assert ran("open('a', 'w').write('b'); assert open('a').read() == 'b'").passed
    for attempt in (
        f"open({str(there)!r}, 'w')",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"import os; os.unlink({str(there)!r})",
        f"import os; os.truncate({str(there)!r}, 0)",
        f"import os; os.chmod({str(there)!r}, 0)",
        f"import os; os.utime({str(there)!r})",
        f"import os; os.rename({str(there)!r}, 'here')",
        f"import os; os.link({str(there)!r}, 'here')",
        f"import os; os.symlink({str(there)!r}, 'here')",
        "import os; os.mkdir('folder')",
    ):
        assert refused(attempt), attempt
    assert [path.name for path in tmp_path.iterdir()] == ["there"] and there.read_text() == "mine"


def test_program_reads_nothing_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("sesame")
    for path in (tmp_path / "secret", "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/self/mem", Path(__file__)):
        assert refused(f"open({str(path)!r}).read()"), path
    assert refused("import os; os.listdir('/tmp')")


def test_program_has_no_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    found = ran("import os; print(dict(os.environ)); print(os.environ['OPENAI_API_KEY'])")
    assert not found.passed and "KeyError" in found.output and "sk-secret" not in found.output


def test_program_reaches_no_server_on_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refused(f"import socket; socket.create_connection(('127.0.0.1', {port}))")
        assert refused(f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}')")
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert refused("import socket; socket.socketpair()")


def test_program_sends_no_signal() -> None:
    for target in ("os.getppid()", "1", "-1", "0"):
        assert refused(f"import os, signal; os.kill({target}, signal.SIGTERM)"), target
    owner = "import fcntl, os; fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid())"
    assert refused(owner)


def test_flood_of_output_is_cut() -> None:
    found = ran("for _ in range(2000): print('x' * 10_000)", replace(ROOMY, output_bytes=500))
    assert found.passed and found.output == "x" * 500


def test_flood_of_files_ends_the_program() -> None:
    one = "file = open('a', 'wb')\nwhile True: file.write(bytes(1 << 20))"
    many = "n = 0\nwhile True:\n    n += 1\n    open(str(n), 'wb').write(bytes(1 << 22))"
    assert ran(one).why in ("failed", "disk")
    assert ran(many).why == "disk"
    assert ran("n = 0\nwhile True:\n    n += 1\n    open(str(n), 'w')").why == "disk"


@pytest.mark.parametrize("end", ["import os; os._exit(0)", "raise SystemExit", "import sys; sys.exit(0)", "exit()"])
def test_program_that_ends_before_its_tests_has_not_passed(end: str) -> None:
    found = ran(f"print('passed')\n{end}\nassert False")
    assert (found.passed, found.why) == (False, "exited")


def test_what_a_program_writes_to_every_pipe_is_no_pass() -> None:
    program = """
        import os
        for pipe in range(64):
            for word in (b"passed", b" passed", b"0" * 32 + b" passed"):
                try:
                    os.write(pipe, word)
                except OSError:
                    pass
        os._exit(0)
        """
    assert ran(program).why == "exited"


def test_what_knows_of_a_pass_cannot_be_found_among_the_callers() -> None:
    program = """
        import inspect, sys
        frame, depth = sys._getframe(), 0
        while frame is not None:
            frame, depth = frame.f_back, depth + 1
        assert depth == 1 and len(inspect.stack()) == 1
        """
    assert ran(program).passed


def test_interrupt_does_not_show_the_frame_that_knows_of_a_pass() -> None:
    program = """
        import os, sys, _thread, time
        def look(kind, fault, trace):
            while trace:
                print(trace.tb_frame.f_locals)
                trace = trace.tb_next
        sys.excepthook = look
        _thread.interrupt_main()
        time.sleep(0.1)
        assert False
        """
    found = ran(program)
    assert found.why == "failed" and "nonce" not in found.output


@pytest.mark.parametrize(
    "look",
    [
        "import sys; sys._current_frames()",
        "import gc; gc.get_objects()",
        "import gc; gc.get_referrers(gc)",
        "import sys; sys.settrace(print)",
        "import sys; sys.setprofile(print)",
        "import ctypes; ctypes.string_at(id(1), 8)",
        "import ctypes; ctypes.CDLL(None).getpid()",
    ],
)
def test_looks_at_what_surrounds_the_program_are_refused(look: str) -> None:
    assert refused(look)


def test_stop_by_a_signal_is_told() -> None:
    assert ran("import faulthandler; faulthandler._read_null()") == Ran(False, "killed", "")


def test_sets_and_random_numbers_are_the_same_on_every_run() -> None:
    program = "import random; print(set('lion in a cage'.split()), hash('lion'), random.random())"
    assert ran(program) == ran(program)


def test_scratch_folder_is_gone_afterwards() -> None:
    found = ran("import os; open('left', 'w'); print(os.getcwd())")
    assert found.passed and not Path(found.output.strip()).exists()


def test_many_programs_run_beside_each_other() -> None:
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda n: ran(f"print({n}); assert {n} % 2"), range(8)))
    assert [one.passed for one in found] == [bool(n % 2) for n in range(8)]
    assert [one.output.split()[0] for one in found] == [str(n) for n in range(8)]


WITHOUT_A_CALL = """
import ctypes, struct, sys
from lion.evaluation import jail
from lion.errors import LionError
from lion.evaluation.sandbox import Limits, run
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, jail.ALLOW)]
rules = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
jail.LIBC.prctl(jail.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
told = struct.pack("HxxxxxxP", len(rows), ctypes.addressof(rules))
import platform
assert not jail.LIBC.syscall(jail.SECCOMP[platform.machine()], 1, 0, told)
try:
    print(run("open('ran', 'w'); print('ran')", Limits()))
except LionError as fault:
    print("refused:", fault)
"""


def under_a_kernel_without(call: int) -> str:
    """What becomes of a program where the kernel refuses a system call to the sandbox itself."""
    command = [sys.executable, "-c", WITHOUT_A_CALL, str(call)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_without_landlock_nothing_is_run() -> None:
    told = under_a_kernel_without(444)
    assert told.startswith("refused: evaluate.execute_code: found no Landlock") and "\n" not in told
    assert "set evaluate.execute_code to false" in told


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of x86_64")
def test_without_namespaces_the_other_locks_hold_alone() -> None:
    assert "passed=True" in under_a_kernel_without(272)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of x86_64")
def test_without_further_seccomp_filters_nothing_is_run() -> None:
    assert under_a_kernel_without(317).startswith("refused: evaluate.execute_code: found no seccomp")
