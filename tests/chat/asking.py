"""Requests for the tests of the chat room; run as a program, it asks them in a process that can be killed.

    python -m tests.chat.asking ENDPOINT JOURNAL COUNT CONCURRENCY [online|batch]

prints each reply as a line of JSON as soon as it has it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from lion.chat import Chat, Request
from lion.errors import LionError
from lion.params import KeyNames, Runtime

VARIABLE = "LION_TEST_KEY"
RUNTIME = Runtime(
    mode="online",
    concurrency=16,
    requests_per_minute=None,
    tokens_per_minute=None,
    budget_usd=None,
    budget_tokens=None,
    prices={},
    timeout_s=20,
    max_retries=3,
    max_failed_share=0.0,
    inference_batch_tokens=1,
    micro_batch_tokens=1,
    packing=True,
    gradient_checkpointing=False,
    compile=False,
    liger=False,
    checkpoint_every_steps=1,
    launch=None,
    api_key_env=KeyNames(**dict.fromkeys(KeyNames.model_fields, VARIABLE)),
)


def question(endpoint: str, user: str, attempt: int = 0) -> Request:
    """A request as the teacher's are."""
    return Request(endpoint, "m", "You are helpful.", user, 1.0, 1.0, 64, attempt)


def questions(endpoint: str, count: int, about: str = "number") -> Iterator[Request]:
    """`count` different requests."""
    return (question(endpoint, f"Tell me about {about} {n}.") for n in range(count))


def main(endpoint: str, journal: str, count: str, concurrency: str, mode: str = "online") -> None:
    """Ask and print."""
    runtime = RUNTIME.model_copy(update={"concurrency": int(concurrency), "mode": mode})
    try:
        with Chat("teacher", endpoint, runtime, Path(journal)) as chat:
            for exchange in chat.ask(questions(endpoint, int(count))):
                print(json.dumps(exchange.reply and exchange.reply.text), flush=True)
    except LionError as fault:
        sys.exit(f"{type(fault).__name__}: {fault}")


if __name__ == "__main__":
    main(*sys.argv[1:])
