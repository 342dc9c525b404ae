"""What many tests need: a clean environment, a classroom server on loopback and a place for a journal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

KEPT = {"LION_DATA_HOME"}

# A shell that starts CI in the background leaves SIGINT ignored, and so would every process that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, endpoint or journal of the user's may reach a test."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "LION_")) and name not in KEPT:
            monkeypatch.delenv(name)


class Server:
    """A classroom server that runs in a process of its own."""

    def __init__(self, *flags: str) -> None:
        command = [sys.executable, "-m", "lion.classroom.server", "--until-stdin-ends", *flags]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout
        self.port: int = json.loads(self.process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def ledger(self) -> dict[str, Any]:
        """The server's own count."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/classroom/ledger") as response:
            return dict(json.load(response))

    def close(self) -> None:
        """Stop it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts classroom servers, `serve("--hang-share", "0.1")`, and stops them after the test."""
    with ExitStack() as stack:
        yield lambda *flags: stack.enter_context(closing(Server(*map(str, flags))))


@pytest.fixture(scope="session")
def classroom() -> Iterator[Server]:
    """One faultless classroom for all tests that only want to be answered; its ledger is everybody's."""
    with closing(Server()) as server:
        yield server


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a test's journal goes."""
    return tmp_path / "journal" / "journal.db"
