"""The journal under kills, two processes at once and a full disk: nothing paid for is lost or bought again."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from lion.chat import Chat
from lion.chat.journal import Journal
from tests.chat.asking import RUNTIME, questions
from tests.conftest import Server

Serve = Callable[..., Server]
COUNT = 120


def _command(endpoint: str, journal: Path, concurrency: int = 16) -> list[str]:
    return [sys.executable, "-m", "tests.chat.asking", endpoint, str(journal), str(COUNT), str(concurrency)]


def _ask(endpoint: str, journal: Path) -> list[str]:
    """What a run that nobody disturbs prints, without the cost of another process."""
    with Chat("teacher", endpoint, RUNTIME, journal) as chat:
        return [json.dumps(e.reply and e.reply.text) for e in chat.ask(questions(endpoint, COUNT))]


def _kept(endpoint: str, journal: Path) -> int:
    book = Journal(journal)
    try:
        return len(book.find([request.key for request in questions(endpoint, COUNT)]))
    finally:
        book.close()


def _wait_until(is_so: Callable[[], bool], patience_s: float = 10) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_kill_loses_no_more_than_what_was_in_flight(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.03)
    kills = (20, 70)
    for reached in kills:
        with subprocess.Popen(_command(server.url, journal), stdout=subprocess.PIPE) as process:
            assert process.stdout
            for _ in range(reached):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    assert _ask(server.url, journal) == _ask(server.url, journal.with_name("undisturbed.db"))
    ledger = server.ledger()
    assert ledger["distinct"] == COUNT
    assert ledger["repeated"] - COUNT <= 16 * len(kills)  # the undisturbed run buys everything once more


def test_two_processes_share_one_journal(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.01, "--jitter-s", 0.01)
    both = [subprocess.Popen(_command(server.url, journal), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == COUNT
    assert _kept(server.url, journal) == COUNT


def test_second_process_buys_only_what_the_first_is_just_buying(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.02)
    with subprocess.Popen(_command(server.url, journal), stdout=subprocess.PIPE) as first:
        assert first.stdout
        first.stdout.readline()
        _ask(server.url, journal)
        first.stdout.read()
    assert server.ledger()["repeated"] < COUNT


def test_classroom_ends_when_its_parent_is_killed(journal: Path) -> None:
    with subprocess.Popen(_command("classroom", journal), stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        children = psutil.Process(process.pid).children()
        assert len(children) == 1
        process.send_signal(signal.SIGKILL)
    _wait_until(lambda: not children[0].is_running() or children[0].status() == psutil.STATUS_ZOMBIE)


def test_interrupted_process_ends_soon_and_leaves_no_classroom(journal: Path) -> None:
    with subprocess.Popen(_command("classroom", journal), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT
    assert len(children) == 1
    assert not children[0].is_running()


def test_full_disk_ends_the_run_in_one_line_and_keeps_what_was_stored(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.01)
    Journal(journal).close()

    def fill_the_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    ended = subprocess.run(
        _command(server.url, journal), capture_output=True, text=True, check=False, preexec_fn=fill_the_disk
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"JournalError: {journal}: cannot be written (")
    assert "Make room and run the same command again: what was stored is kept." in ended.stderr
    assert ended.stderr.count("\n") == 1
    printed = ended.stdout.splitlines()
    assert 0 < len(printed) <= _kept(server.url, journal) < COUNT
    assert _ask(server.url, journal)[: len(printed)] == printed
    assert server.ledger()["repeated"] <= 16
