"""How fast the call engine is: against a bare client, against a provider's limits, and from the journal.

    python tests/bench/calls.py            # all cases, some six minutes
    python tests/bench/calls.py overhead   # one of: overhead requests tokens replay

Each case prints what it measured beside what is aimed at; nothing is asserted, and every baseline is of the same run.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.chat import Chat, Exchange, Reply, Request
from lion.chat.journal import Entry, Journal
from lion.prompts import Prompts
from lion.records import Instruction
from tests.chat.asking import RUNTIME, question, questions
from tests.conftest import Server

PROMPTS = Path(__file__).parent.parent.parent / "lion/prompts/templates"
CALLS, PLACES = 5000, 64
KINDS = ("httpx", "aiohttp", "lion")
SETTLED_S = 10.0


def tell(case: str, found: str, aim: str) -> None:
    print(f"{case:9} {found}  (aim: {aim})", flush=True)


def ask(url: str, journal: Path, requests: Iterator[Request], **changes: Any) -> Iterator[Exchange]:
    with Chat("teacher", url, RUNTIME.model_copy(update=changes), journal) as chat:
        yield from chat.ask(requests)


def overhead(folder: Path) -> None:
    """Lion with its journal against AsyncOpenAI under asyncio.gather with a semaphore; the better of two runs each."""
    with closing(Server("--latency-s", "0.05")) as server:
        rows = [alone(kind, server.url, str(folder / f"{turn}.db")) for turn in range(2) for kind in KINDS]
    best = {kind: max((row for row in rows if row["kind"] == kind), key=lambda row: row["rate"]) for kind in KINDS}
    ours = best["lion"]
    for kind in KINDS[:2]:
        rate, cpu = ours["rate"] / best[kind]["rate"], ours["cpu_ms"] / best[kind]["cpu_ms"]
        found = f"{ours['rate']:.0f}/s = {rate:.2f} x bare ({kind}), {ours['cpu_ms']:.2f} ms CPU a call = {cpu:.2f} x"
        tell("overhead", found, "at least 0.95 x the rate, at most 1.2 x the CPU")


def alone(*arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--alone", *arguments]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measure(kind: str, url: str, journal: str) -> None:
    """Print rate and CPU of `CALLS` calls; what is imported first does not count."""
    import lion.chat.engine  # noqa: F401 - with it comes openai, for either side

    texts = [f"Tell me about number {n} {'word ' * 40}" for n in range(CALLS)]
    started, cpu = time.monotonic(), time.process_time()
    if kind == "lion":
        asked = (Request(url, "m", "You are helpful.", text, 0.7, 1.0, 256) for text in texts)
        assert sum(1 for _ in ask(url, Path(journal), asked, concurrency=PLACES)) == CALLS
    else:
        asyncio.run(bare(kind, url, texts))
    took, cpu = time.monotonic() - started, time.process_time() - cpu
    print(json.dumps({"kind": kind, "rate": CALLS / took, "cpu_ms": 1000 * cpu / CALLS}))


async def bare(kind: str, url: str, texts: list[str]) -> None:
    from openai import AsyncOpenAI, DefaultAioHttpClient

    client = AsyncOpenAI(base_url=url, api_key="x", http_client=DefaultAioHttpClient() if kind == "aiohttp" else None)
    places = asyncio.Semaphore(PLACES)

    async def call(text: str) -> str | None:
        messages: list[Any] = [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": text}]
        async with places:
            reply = await client.chat.completions.create(
                model="m", messages=messages, temperature=0.7, top_p=1.0, max_tokens=256
            )
        return reply.choices[0].message.content

    await asyncio.gather(*map(call, texts))
    await client.close()


def requests(folder: Path) -> None:
    """1,200 requests a minute, from a provider that lets an idle client save up a minute, or only a second."""
    for saved_s in (60, 1):
        flags = ["--requests-per-minute", "1200", "--burst-s", str(saved_s), "--latency-s", "0.05"]
        asked = partial(questions, count=20 * (saved_s + 50))
        limited(f"requests, {saved_s} s saved up:", folder / f"{saved_s}.db", flags, asked, 20.0, lambda reply: 1)


def tokens(folder: Path) -> None:
    """60,000 tokens a minute, prompts and replies of very uneven length."""
    flags = ["--tokens-per-minute", "60000", "--burst-s", "15", "--latency-s", "0.05"]
    limited(
        "tokens", folder / "t.db", flags, uneven, 1000.0, lambda reply: reply.prompt_tokens + reply.completion_tokens
    )


def uneven(url: str) -> Iterator[Request]:
    """Requests whose prompts and replies have from ten to some hundred words."""
    fill, rng = Prompts(PROMPTS), random.Random(1)
    for n in range(400):
        words = " ".join(rng.choices(("red", "apple", "tree", "moon"), k=int(rng.paretovariate(1.1) * 10) % 400))
        prompt = fill.same_kind(Instruction.seed(f"Write about {n}: {words}"))
        yield Request(url, "m", prompt.system, prompt.user, 1.0, 1.0, 1024)


def limited(
    case: str,
    journal: Path,
    flags: list[str],
    asked: Callable[[str], Iterator[Request]],
    allowed_per_s: float,
    cost: Callable[[Reply], int],
) -> None:
    """Tell the use of an allowance from the tenth second on, and the share of requests that were refused."""
    arrived: list[tuple[float, int]] = []
    with closing(Server(*flags)) as server:
        started = time.monotonic()
        for exchange in ask(server.url, journal, asked(server.url), concurrency=PLACES):
            assert exchange.reply, exchange.failure
            arrived.append((time.monotonic() - started, cost(exchange.reply)))
        refused = server.ledger()["refused"].get("rate_limit", 0) / len(arrived)
    end = arrived[-1][0]
    used = sum(cost for at, cost in arrived if at > SETTLED_S) / (allowed_per_s * (end - SETTLED_S))
    found = f"{len(arrived)} answered in {end:.0f} s, {used:.1%} used after {SETTLED_S:.0f} s, {refused:.2%} refused"
    tell(case, found, "at least 95 %, of tokens 90 %, used; at most 1 % refused")


def replay(folder: Path) -> None:
    """50,000 replies out of the journal."""
    before_mb = resident_mb()
    with closing(Journal(folder / "r.db")) as book:
        for start in range(0, 50_000, 1000):
            asked = long(range(start, start + 1000))
            book.store(
                [Entry("teacher", request, Reply(request.key, "answer " * 120, "stop", 100, 120)) for request in asked]
            )
    started = time.monotonic()
    seen = sum(1 for _ in ask("classroom", folder / "r.db", long(range(50_000))))
    rate = seen / (time.monotonic() - started)
    tell("replay", f"{rate:,.0f} rows/s, memory +{resident_mb() - before_mb:.0f} MB", "20,000 rows/s, at most 300 MB")


def long(numbers: range) -> Iterator[Request]:
    return (question("classroom", f"{n} {'lorem ipsum ' * 40}") for n in numbers)


def resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CASES: dict[str, Callable[[Path], None]] = {case.__name__: case for case in (overhead, requests, tokens, replay)}


@click.command()
@click.argument("cases", nargs=-1)
@click.option("--alone", is_flag=True, hidden=True)
def main(cases: tuple[str, ...], alone: bool) -> None:
    if alone:
        measure(*cases)
        return
    for case in cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            CASES[case](Path(folder))


if __name__ == "__main__":
    main()
