"""What of a stage's requests the journal holds, to the key, where the stage's inputs are there. Buys nothing.

The requests are made by the same functions that the stages call, so that a key that is counted here is asked there.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import cast

from lion import generator, referee, teacher
from lion.chat import Chat, Exchange, Reply, Request
from lion.chat.journal import Journal
from lion.contamination import Contamination
from lion.errors import YieldError
from lion.params import Params
from lion.prompts import Prompts
from lion.records import Instruction, Item


@dataclass(slots=True)
class Held:
    """Replies that are held, and the requests that are not, each with how many attempts it has left."""

    replies: int = 0
    missing: list[tuple[Request, int]] = field(default_factory=list)


class Missing(Exception):
    """A wave of the generator that the journal holds only in part."""


class Replay:
    """Stands in for a Chat, and gives nothing but what the journal holds."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self.replies = 0
        self.missing: list[Request] = []

    def ask(self, requests: Iterable[Request]) -> Iterator[Exchange]:
        """The exchanges, where all of them are held. Raises Missing, having counted, where one is not."""
        wave = list(requests)
        found = find(self._journal, wave)
        self.replies += len({request.key for request in wave} & set(found))
        self.missing = [request for request in wave if request.key not in found]
        if self.missing:
            raise Missing
        return iter([Exchange(request, (found[request.key],)) for request in wave])


def find(journal: Journal | None, requests: Sequence[Request]) -> dict[str, Reply]:
    """The stored replies, by key."""
    return journal.find([request.key for request in requests]) if journal else {}


def of(requests: Iterable[Request], is_usable: Callable[[Reply], bool], attempts: int, journal: Journal | None) -> Held:
    """What is held of `requests`, each once, when they are tried again as Chat.ask does."""
    held, wanting = Held(), list({request.key: request for request in requests}.values())
    for attempt in range(attempts):
        found = find(journal, [request.later(attempt) for request in wanting])
        held.replies += len(found)
        later = []
        for request in wanting:
            reply = found.get(request.later(attempt).key)
            if reply is None:
                held.missing.append((request.later(attempt), attempts - attempt))
            elif not is_usable(reply):
                later.append(request)
        wanting = later
    return held


def answers(asked: Iterable[Instruction], settings: Params, prompts: Prompts, journal: Journal | None) -> Held:
    """What is held of the teacher's answers to `asked`."""
    role = settings.teacher
    requests = (Request.to(role, prompts.teach(item), role.max_tokens) for item in asked)
    return of(requests, lambda reply: teacher.is_final(reply, role), role.attempts, journal)


def reviews(pairs: Iterable[referee.Pair], settings: Params, prompts: Prompts, journal: Journal | None) -> Held:
    """What is held of the referee's reviews of `pairs`."""
    role = settings.referee
    requests = (referee.request(pair, order, role, prompts) for pair in pairs for order in referee.ORDERS)
    return of(requests, referee.is_readable, role.attempts, journal)


def candidates(
    arms: Sequence[generator.Arm],
    pool: Iterable[Instruction],
    benchmarks: Iterable[Item],
    iteration: int,
    settings: Params,
    prompts: Prompts,
    journal: Journal | None,
) -> tuple[Held, int]:
    """What is held of the generator's candidates, and how many more may be asked for at most.

    The stage is walked through as far as whole waves of it are held: which candidates are asked for next hangs on
    those that came before.
    """
    replay, rules = Replay(journal), settings.generate
    walk = generator.generate(
        arms,
        generator.known(pool, rules),
        Contamination(benchmarks, rules.decontaminate.ngram, rules.max_rouge),
        settings.generator,
        rules,
        prompts,
        cast(Chat, replay),
        iteration=iteration,
        random=Random(f"{settings.random_seed}/{iteration}/generate"),
    )
    try:
        deque(walk, maxlen=0)
    except Missing:
        left = math.ceil(rules.max_requests_per_new * rules.count) - replay.replies
        return Held(replay.replies, [(request, 1) for request in replay.missing]), left
    except YieldError:
        pass  # all that it may ask for is held, and was not enough: there is nothing to buy
    return Held(replay.replies), 0
