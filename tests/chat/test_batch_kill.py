"""Batches under kills, two processes at once and a provider that forgets: nothing is asked of the provider twice."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lion.chat import Chat
from lion.errors import ProviderError
from tests.chat.asking import RUNTIME, questions
from tests.conftest import Server

Serve = Callable[..., Server]
COUNT = 60
PATIENCE_S = 20
DELAY_S = 1.5
"""How long a batch takes: long enough for a kill in the middle of it."""


def _command(endpoint: str, journal: Path, count: int = COUNT) -> list[str]:
    return [sys.executable, "-m", "tests.chat.asking", endpoint, str(journal), str(count), "16", "batch"]


def _ask(endpoint: str, journal: Path, mode: str = "batch", count: int = COUNT) -> list[str]:
    runtime = RUNTIME.model_copy(update={"mode": mode})
    with Chat("teacher", endpoint, runtime, journal) as chat:
        return [json.dumps(e.reply and e.reply.text) for e in chat.ask(questions(endpoint, count))]


def _wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def _start_and_stop(server: Server, journal: Path, sign: signal.Signals) -> str:
    """Stop a run in the middle of its batch; what it told."""
    command = _command(server.url, journal)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        _wait_until(lambda: server.ledger()["answered"] > 5)
        process.send_signal(sign)
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -sign
    assert server.ledger()["answered"] < COUNT
    return told


def _assert_bought_once(server: Server) -> None:
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (COUNT, COUNT)
    assert ledger["batches"]["created"] == 1


def _change_records(journal: Path, statement: str) -> None:
    with closing(sqlite3.connect(f"{journal}.batches")) as records, records:
        assert records.execute(statement).rowcount == 1


@pytest.mark.parametrize("sign", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_run_after_a_kill_collects_the_batch(serve: Serve, journal: Path, sign: signal.Signals) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    told = _start_and_stop(server, journal, sign)
    if sign == signal.SIGINT:
        assert f"teacher: {COUNT} requests are still with the provider" in told
        assert "The same command, run again, collects them; nothing is bought twice." in told
    texts = _ask(server.url, journal)
    _assert_bought_once(server)
    assert texts == _ask(serve().url, journal.with_name("online.db"), mode="online")


def test_batch_that_ended_meanwhile_is_collected_and_only_what_is_new_is_sent(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    _wait_until(lambda: "completed" in server.ledger()["batches"])
    assert len(_ask(server.url, journal, count=COUNT + 7)) == COUNT + 7
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (COUNT + 7, COUNT + 7)


def test_what_was_collected_only_in_part_is_collected_later(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    assert len(_ask(server.url, journal, count=9)) == 9
    assert len(_ask(server.url, journal)) == COUNT
    _assert_bought_once(server)


def test_batch_made_just_before_the_kill_is_found_by_its_token(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    _change_records(journal, "UPDATE batches SET id = NULL")
    _ask(server.url, journal)
    _assert_bought_once(server)


def test_batch_that_was_never_made_is_made(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    _change_records(journal, "UPDATE batches SET id = NULL, token = 'another'")
    with closing(sqlite3.connect(f"{journal}.batches")) as records, records:
        records.execute("UPDATE rows SET token = 'another'")
    assert len(_ask(server.url, journal)) == COUNT
    assert server.ledger()["batches"]["created"] == 2


def test_batch_that_the_provider_has_forgotten_is_sent_again(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    server.close()
    another = serve("--port", server.port)
    assert len(_ask(another.url, journal)) == COUNT
    _assert_bought_once(another)


def test_two_processes_share_one_batch(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", 1)
    both = [subprocess.Popen(_command(server.url, journal), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    texts = [process.communicate(timeout=2 * PATIENCE_S)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == COUNT
    _assert_bought_once(server)


def test_own_classroom_takes_its_batches_with_it(journal: Path) -> None:
    with subprocess.Popen(
        _command("classroom", journal), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        process.stderr.readline()
        process.send_signal(signal.SIGKILL)
    assert len(_ask("classroom", journal)) == COUNT


def test_online_mode_refuses_what_an_open_batch_will_bring(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", DELAY_S)
    _start_and_stop(server, journal, signal.SIGKILL)
    with pytest.raises(ProviderError, match=r"\d+ of the next requests are with the provider already, in batch_"):
        _ask(server.url, journal, mode="online")
    assert len(_ask(server.url, journal)) == COUNT
    assert len(_ask(server.url, journal, mode="online")) == COUNT
    _assert_bought_once(server)
