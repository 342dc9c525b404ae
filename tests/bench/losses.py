"""What the call engine loses, buys twice or overspends: faults, kills, a budget; and the memory of a large stage.

    python tests/bench/losses.py         # all cases, some five minutes
    python tests/bench/losses.py kills   # one of: faults kills budget memory

Each case prints what it measured beside what is aimed at; nothing is asserted.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion import jsonl
from lion.chat.journal import Journal
from lion.chat.prices import spent
from lion.conf import compose
from lion.records import Instruction
from tests.bench.calls import PROMPTS, tell
from tests.conftest import Server

ROOT = Path(__file__).parent.parent.parent
OUTS = ("answers", "unanswered", "calls")
KILLS, PLACES = 10, 32


class Stage:
    """The stage `answer` on a pool of its own, in a folder of its own, with a journal of its own."""

    def __init__(self, folder: Path, url: str, count: int, **runtime: Any) -> None:
        folder.mkdir()
        self.folder = folder
        jsonl.write(
            folder / "pool.jsonl", (Instruction.seed(f"Tell me about number {n}, please.") for n in range(count))
        )
        jsonl.write(folder / "known.jsonl", ())
        self.set(url, concurrency=PLACES, **runtime)

    def set(self, url: str, **runtime: Any) -> None:
        """Write the parameters."""
        given = [f"teacher.endpoint={url}", *(f"runtime.{key}={value}" for key, value in runtime.items())]
        (self.folder / "params.yaml").write_text(compose(*given))

    def start(self) -> subprocess.Popen[bytes]:
        files = {"params": "params.yaml", "cache-pool": "pool.jsonl", "known-answers": "known.jsonl"}
        files |= {out: f"{out}.jsonl" for out in OUTS}
        named = [part for flag, name in files.items() for part in (f"--{flag}", str(self.folder / name))]
        command = [sys.executable, "-m", "stages.answer", "--prompts", str(PROMPTS), *named]
        environment = {**os.environ, "LION_JOURNAL": str(self.folder / "journal.db")}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    def run(self) -> int:
        return self.start().wait()

    def outs(self) -> list[bytes]:
        return [(self.folder / f"{out}.jsonl").read_bytes() for out in OUTS]

    def cost(self) -> int:
        """Tokens that the journal was ever bought."""
        with closing(Journal(self.folder / "journal.db")) as book:
            return sum(total.prompt_tokens + total.completion_tokens for total in spent(book).values())


def faults(folder: Path) -> None:
    """A fifth of all requests meet a fault."""
    shares = {"server-error": 0.04, "unavailable": 0.04, "hang": 0.02, "cut": 0.04, "length": 0.03, "empty": 0.03}
    with closing(
        Server(*(part for name, share in shares.items() for part in (f"--{name}-share", str(share))))
    ) as server:
        stage = Stage(folder / "faults", server.url, 5000, timeout_s=2.0, max_retries=10, max_failed_share=0.5)
        status = stage.run()
        twice = server.ledger()["repeated"]
    answered, unanswered, _ = (out.count(b"\n") for out in stage.outs())
    found = f"status {status}: {answered} answered + {unanswered} in the ledger of 5000, {twice} replies bought twice"
    tell("faults", found, "5000 in all, 0 twice")


def kills(folder: Path) -> None:
    """The stage is killed at random moments and begun again."""
    rng = random.Random(3)
    with closing(Server("--latency-s", "0.2")) as server:
        whole, killed = (Stage(folder / name, server.url, 5000) for name in ("whole", "killed"))
        whole.run()
        kept = []
        for _ in range(KILLS):
            process = killed.start()
            time.sleep(rng.uniform(2.0, 5.0))
            process.send_signal(signal.SIGKILL)
            kept.append("killed" if process.wait() < 0 else "ended")
        killed.run()
        again = server.ledger()["repeated"] - 5000
    outs = "equal" if whole.outs() == killed.outs() else "DIFFERENT"
    found = f"{kept.count('killed')} kills, outs {outs}, {again} bought again"
    tell("kills", found, f"equal, at most {KILLS} x {PLACES}")


def budget(folder: Path) -> None:
    """A cap of a tenth of the cost, and then a higher one."""
    with closing(Server()) as server:
        whole, capped = (Stage(folder / name, server.url, 5000) for name in ("whole", "capped"))
        whole.run()
        cap = whole.cost() // 10
        capped.set(server.url, budget_tokens=cap)
        status, reached = capped.run(), capped.cost()
        capped.set(server.url, budget_tokens=20 * cap)
        capped.run()
        twice = server.ledger()["repeated"] - 5000
    found = (
        f"cap {cap:,} tokens: status {status} at {reached:,}; then {capped.cost():,} of {whole.cost():,}, {twice} twice"
    )
    tell("budget", found, "a status of its own, below the cap, the same total")


def memory(folder: Path) -> None:
    """50,000 rows."""
    with closing(Server()) as server:
        started = time.monotonic()
        _, status, used = os.wait4(Stage(folder / "large", server.url, 50_000).start().pid, 0)
    found = (
        f"50,000 rows in {time.monotonic() - started:.0f} s, status {status}, {used.ru_maxrss / 1024:.0f} MB resident"
    )
    tell("memory", found, "at most 500 MB")


CASES: dict[str, Callable[[Path], None]] = {case.__name__: case for case in (faults, kills, budget, memory)}


@click.command()
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
def main(cases: tuple[str, ...]) -> None:
    for case in cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            CASES[case](Path(folder))


if __name__ == "__main__":
    main()
