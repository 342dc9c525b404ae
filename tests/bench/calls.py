"""The call engine against what a provider allows: speed, limits, faults, kills, budget, memory.

    python tests/bench/calls.py            # all cases, some ten minutes
    python tests/bench/calls.py overhead   # one of: overhead requests tokens faults kills budget replay answer

Each case prints what it measured beside what was aimed at; nothing is asserted, and every baseline is of the same run.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from lion import jsonl
from lion.chat import Chat, Exchange, Reply, Request
from lion.chat.journal import Entry, Journal
from lion.chat.prices import spent
from lion.conf import compose
from lion.errors import BudgetError
from lion.params import Runtime
from lion.prompts import Prompts
from lion.records import Answer, Instruction
from tests.chat.asking import RUNTIME, question, questions
from tests.conftest import Server

PROMPTS = ROOT / "lion/prompts/templates"


def tell(case: str, found: str, wanted: str) -> None:
    print(f"{case:9} {found}  (aim: {wanted})", flush=True)


def ask(url: str, journal: Path, requests: Iterator[Request], **changes: Any) -> Iterator[Exchange]:
    with Chat("teacher", url, RUNTIME.model_copy(update=changes), journal) as chat:
        yield from chat.ask(requests)


def rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- overhead: what the engine costs over a bare client


def overhead(folder: Path) -> None:
    with closing(Server("--latency-s", "0.05")) as server:
        rows = [
            alone(f"{kind} {server.url} {folder / str(turn)}")
            for turn in range(2)
            for kind in ("httpx", "aiohttp", "lion")
        ]
    best = {
        kind: max((row for row in rows if row["kind"] == kind), key=lambda row: row["rate"])
        for kind in ("httpx", "aiohttp", "lion")
    }
    lion = best["lion"]
    for kind in ("httpx", "aiohttp"):
        bare = best[kind]
        found = (
            f"{lion['rate']:.0f}/s = {lion['rate'] / bare['rate']:.2f} x bare ({kind}); "
            f"{lion['cpu_ms']:.2f} ms of CPU a call = {lion['cpu_ms'] / bare['cpu_ms']:.2f} x bare"
        )
        tell("overhead", found, "at least 0.95 x the rate, at most 1.2 x the CPU")


def alone(arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", arguments]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def one(kind: str, url: str, journal: str, count: int = 5000) -> None:
    texts = [f"Tell me about number {n} {'word ' * 40}" for n in range(count)]
    if kind == "lion":
        asked = (Request(url, "m", "You are helpful.", text, 0.7, 1.0, 256) for text in texts)
        run = lambda: sum(1 for _ in ask(url, Path(journal) / "j.db", asked, concurrency=64))
        import lion.chat.engine
    else:
        run = lambda: asyncio.run(bare(kind, url, texts))
        import openai
    started, cpu = time.monotonic(), time.process_time()
    run()
    took, cpu = time.monotonic() - started, time.process_time() - cpu
    print(json.dumps({"kind": kind, "rate": count / took, "cpu_ms": 1000 * cpu / count}))


async def bare(kind: str, url: str, texts: list[str]) -> None:
    from openai import AsyncOpenAI, DefaultAioHttpClient

    client = AsyncOpenAI(base_url=url, api_key="x", http_client=DefaultAioHttpClient() if kind == "aiohttp" else None)
    places = asyncio.Semaphore(64)

    async def call(text: str) -> str | None:
        messages: list[Any] = [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": text}]
        async with places:
            reply = await client.chat.completions.create(
                model="m", messages=messages, temperature=0.7, top_p=1.0, max_tokens=256
            )
        return reply.choices[0].message.content

    await asyncio.gather(*map(call, texts))
    await client.close()


# --- limits: how much of an allowance is used, how many requests are refused


def requests(folder: Path) -> None:
    for burst_s in (60, 1):
        limits = ["--requests-per-minute", "1200", "--burst-s", str(burst_s), "--latency-s", "0.05"]
        count = 1200 * burst_s // 60 + 20 * 50
        limited(
            f"requests, {burst_s} s saved up",
            folder / f"r{burst_s}.db",
            limits,
            lambda url: questions(url, count),
            20.0,
            "requests",
        )


def tokens(folder: Path) -> None:
    limits = ["--tokens-per-minute", "60000", "--burst-s", "15", "--latency-s", "0.05"]
    limited("tokens", folder / "t.db", limits, uneven, 1000.0, "tokens", concurrency=64)


def uneven(url: str) -> Iterator[Request]:
    """Requests whose prompts and replies have from ten to some hundred words."""
    fill, rng = Prompts(PROMPTS), random.Random(1)
    for n in range(400):
        words = " ".join(
            rng.choice(("red", "apple", "tree", "moon")) for _ in range(int(rng.paretovariate(1.1) * 10) % 400)
        )
        prompt = fill.same_kind(Instruction.seed(f"Write about {n}: {words}"))
        yield Request(url, "m", prompt.system, prompt.user, 1.0, 1.0, 1024)


def limited(
    case: str,
    journal: Path,
    flags: list[str],
    asked: Callable[[str], Iterator[Request]],
    per_s: float,
    unit: str,
    **changes: Any,
) -> None:
    """Use of the allowance from the tenth second on, by the journal's stored replies, and the share of refusals."""
    with closing(Server(*flags)) as server:
        arrived: list[tuple[float, int]] = []
        started = time.monotonic()
        for exchange in ask(server.url, journal, asked(server.url), **{"concurrency": 32, **changes}):
            reply = exchange.reply
            assert reply is not None, exchange.failure
            arrived.append((time.monotonic() - started, reply.prompt_tokens + reply.completion_tokens))
        ledger = server.ledger()
    end = arrived[-1][0]
    used = sum(cost if unit == "tokens" else 1 for at, cost in arrived if at > 10)
    refused = ledger["refused"].get("rate_limit", 0)
    share = used / (per_s * (end - 10))
    found = f"{len(arrived)} answered in {end:.0f} s; {share:.1%} used after 10 s; {refused / len(arrived):.2%} refused"
    tell(case, found, "at least 95 % (tokens 90 %) used, at most 1 % refused")


# --- loss: faults, kills, the budget


def faults(folder: Path) -> None:
    shares = {"server-error": 0.04, "unavailable": 0.04, "hang": 0.02, "cut": 0.04, "length": 0.03, "empty": 0.03}
    flags = [part for name, share in shares.items() for part in (f"--{name}-share", str(share))]
    with closing(Server(*flags)) as server:
        answers, unanswered = answer(
            folder / "faults", server.url, 5000, timeout_s=2.0, max_retries=10, max_failed_share=0.5
        )
        ledger = server.ledger()
    found = f"{answers} answered + {unanswered} in the ledger of 5000; {ledger['repeated']} replies bought twice"
    tell("faults", found, "5000 in all, 0 twice")


def kills(folder: Path) -> None:
    rng = random.Random(3)
    with closing(Server("--latency-s", "0.03")) as server:
        answer(folder / "whole", server.url, 5000)
        before, repeated = server.ledger()["repeated"], 0
        setup(folder / "killed", server.url, 5000)
        for _ in range(10):
            process = subprocess.Popen(
                stage(folder / "killed"), cwd=ROOT, stderr=subprocess.DEVNULL, env=environment(folder / "killed")
            )
            time.sleep(rng.uniform(2.0, 4.0))
            process.send_signal(signal.SIGKILL)
            process.wait()
        run(folder / "killed")
        repeated = server.ledger()["repeated"] - before - 5000
    outs = ("answers", "unanswered", "calls")
    same = all(
        (folder / "whole" / f"{name}.jsonl").read_bytes() == (folder / "killed" / f"{name}.jsonl").read_bytes()
        for name in outs
    )
    tell(
        "kills", f"10 kills: outs {'equal' if same else 'DIFFER'}; {repeated} bought again", f"equal, at most {10 * 32}"
    )


def budget(folder: Path) -> None:
    with closing(Server()) as server:
        list(ask(server.url, folder / "whole.db", questions(server.url, 2000)))
        whole = cost(folder / "whole.db")
        cap = whole // 10
        try:
            list(ask(server.url, folder / "b.db", questions(server.url, 2000), budget_tokens=cap))
        except BudgetError:
            reached = cost(folder / "b.db")
        list(ask(server.url, folder / "b.db", questions(server.url, 2000), budget_tokens=3 * whole))
        total, twice = cost(folder / "b.db"), server.ledger()["repeated"] - 2000
    found = f"cap {cap:,} tokens, stopped at {reached:,}; then {total:,} in all, undisturbed {whole:,}; {twice} bought twice"
    tell("budget", found, "below the cap, the same total")


def cost(journal: Path) -> int:
    with closing(Journal(journal)) as book:
        return sum(total.prompt_tokens + total.completion_tokens for total in spent(book).values())


# --- scale: replay and memory


def replay(folder: Path) -> None:
    count, before = 50_000, rss_mb()
    with closing(Journal(folder / "r.db")) as book:
        batch = []
        for request in texts(count):
            batch.append(Entry("teacher", request, Reply(request.key, "answer " * 120, "stop", 100, 120)))
            if len(batch) == 1000:
                book.store(batch)
                batch = []
    started = time.monotonic()
    seen = sum(1 for _ in ask("classroom", folder / "r.db", texts(count)))
    took = time.monotonic() - started
    tell(
        "replay",
        f"{seen / took:,.0f} rows/s; memory grew by {rss_mb() - before:.0f} MB",
        "20,000 rows/s, at most 300 MB",
    )


def texts(count: int) -> Iterator[Request]:
    return (question("classroom", f"{n} {'lorem ipsum ' * 40}") for n in range(count))


def answer_scale(folder: Path) -> None:
    with closing(Server()) as server:
        setup(folder / "scale", server.url, 50_000)
        process = subprocess.Popen(
            stage(folder / "scale"), cwd=ROOT, stderr=subprocess.DEVNULL, env=environment(folder / "scale")
        )
        started = time.monotonic()
        _, status, used = __import__("os").wait4(process.pid, 0)
        took = time.monotonic() - started
    found = f"50,000 rows in {took:.0f} s, status {status}, largest resident memory {used.ru_maxrss / 1024:.0f} MB"
    tell("answer", found, "at most 500 MB")


# --- the stage answer, in a process of its own


def setup(folder: Path, url: str, count: int, **runtime: Any) -> None:
    folder.mkdir()
    overrides = [f"teacher.endpoint={url}", *(f"runtime.{key}={value}" for key, value in runtime.items())]
    (folder / "params.yaml").write_text(compose(*overrides))
    jsonl.write(folder / "pool.jsonl", (Instruction.seed(f"Tell me about number {n}, please.") for n in range(count)))
    jsonl.write(folder / "known.jsonl", iter(()))


def stage(folder: Path) -> list[str]:
    files = {
        "params": "params.yaml",
        "cache-pool": "pool.jsonl",
        "known-answers": "known.jsonl",
        "answers": "answers.jsonl",
    }
    files |= {"unanswered": "unanswered.jsonl", "calls": "calls.jsonl"}
    named = [part for flag, name in files.items() for part in (f"--{flag}", str(folder / name))]
    return [sys.executable, "-m", "stages.answer", "--prompts", str(PROMPTS), *named]


def environment(folder: Path) -> dict[str, str]:
    import os

    return {**os.environ, "LION_JOURNAL": str(folder / "journal.db")}


def run(folder: Path) -> None:
    subprocess.run(stage(folder), cwd=ROOT, check=True, stderr=subprocess.DEVNULL, env=environment(folder))


def answer(folder: Path, url: str, count: int, **runtime: Any) -> tuple[int, int]:
    setup(folder, url, count, **runtime)
    run(folder)
    return tuple(sum(1 for _ in (folder / name).open()) for name in ("answers.jsonl", "unanswered.jsonl"))  # type: ignore[return-value]


CASES: dict[str, Callable[[Path], None]] = {
    "overhead": overhead, "requests": requests, "tokens": tokens, "faults": faults,
    "kills": kills, "budget": budget, "replay": replay, "answer": answer_scale,
}  # fmt: skip


@click.command()
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
@click.option("--one", "arguments", hidden=True)
def main(cases: tuple[str, ...], arguments: str | None) -> None:
    if arguments:
        one(*arguments.split())
        return
    for case in cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            CASES[case](Path(folder))


if __name__ == "__main__":
    main()
