"""Any model behind an OpenAI-compatible endpoint, asked as a student is. Knows no suite, no checkpoint and no torch.

Requests are paced, tried again, journalled and counted in the budget by `lion.chat`: a bill may come.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from lion import progress
from lion.chat import Chat, Exchange, Request
from lion.params import Answering, Runtime
from lion.records import Answer, Instruction
from lion.student import template
from lion.student.served import seed

ROLE = "evaluate"
log = logging.getLogger(__name__)


class Remote:
    """The model `settings.model` at `settings.endpoint`. `lost` names the items without a reply, and why."""

    def __init__(self, settings: Answering, random_seed: int, runtime: Runtime) -> None:
        self._settings, self._random_seed = settings, random_seed
        self._endpoint, self._model = settings.endpoint or "", settings.model or ""
        self._chat = Chat(ROLE, self._endpoint, runtime)
        self.lost: list[str] = []
        self.missing: set[str] = set()

    def __enter__(self) -> Self:
        self._chat.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._chat.__exit__(kind, fault, at)

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """The model's answer to each instruction, in the order given; nothing where the endpoint has no reply to it.

        Raises ProviderError where more than `runtime.max_failed_share` have none, but for what a filter refused.
        """
        exchanges = self._chat.ask(map(self._request, instructions))
        tracked = progress.track(exchanges, ROLE, len(instructions), self._chat.told)
        for record, exchange in zip(instructions, tracked, strict=True):
            yield Answer(record.id, self._text(record.id, exchange))

    def _request(self, record: Instruction) -> Request:
        """Without a checkpoint, so that it counts in the budget."""
        settings = self._settings
        [message] = template.conversation(record.instruction, record.input)
        return Request(
            endpoint=self._endpoint,
            model=self._model,
            system="",
            user=message["content"],
            temperature=settings.temperature,
            top_p=settings.top_p,
            max_tokens=settings.max_new_tokens,
            seed=seed(self._random_seed, record.id) if settings.temperature else None,
        )

    def _text(self, id: str, exchange: Exchange) -> str:
        if exchange.reply is not None:
            return exchange.reply.text.strip()
        self.missing.add(id)
        self.lost.append(f"{id}: {exchange.failure.detail if exchange.failure else 'nothing said'}")
        log.warning("%s: no reply to %s", self._endpoint, self.lost[-1])
        return ""
