"""What is asked of a chat endpoint and what comes back. Knows nothing of connections, journals or prompts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

from lion.params import Role
from lion.prompts import Prompt
from lion.records import Call, Reason

FILTERED = "content_filter"
"""The finish reason of a reply that the provider's filter, or the model itself, held back."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one model. An empty `system` sends no system message.

    `attempt` tells repetitions of the same question apart: each is bought and journalled on its own.
    `seed` is sent where there is one. `checkpoint` is not: it tells apart the students that are served, one after the
    other, at one address and under one name.
    `key` is the SHA-256 of all of it, 64 hexadecimal digits, and does not hang on the classroom's port.
    """

    endpoint: str
    model: str
    system: str
    user: str
    temperature: float
    top_p: float
    max_tokens: int
    attempt: int = 0
    seed: int | None = None
    checkpoint: str | None = None
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts: list[str | float | None] = [
            self.endpoint.rstrip("/"),
            self.model,
            self.system,
            self.user,
            float(self.temperature),
            float(self.top_p),
            self.max_tokens,
            self.attempt,
        ]
        # Only a student's requests have these: the keys of all others stay as they were before there were such.
        if self.seed is not None or self.checkpoint is not None:
            parts += [self.seed, self.checkpoint]
        object.__setattr__(self, "key", hashlib.sha256(json.dumps(parts).encode()).hexdigest())

    @classmethod
    def to(cls, role: Role, prompt: Prompt, max_tokens: int, attempt: int = 0) -> Request:
        """`prompt` put to the model of `role`, with its sampling."""
        return cls(
            endpoint=role.endpoint,
            model=role.model,
            system=prompt.system,
            user=prompt.user,
            temperature=role.temperature,
            top_p=role.top_p,
            max_tokens=max_tokens,
            attempt=attempt,
        )

    def later(self, attempts: int) -> Request:
        """The same question, `attempts` attempts further on."""
        return replace(self, attempt=self.attempt + attempts) if attempts else self

    @property
    def messages(self) -> list[dict[str, str]]:
        """The chat messages. A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
        system = [{"role": "system", "content": whole(self.system)}] if self.system else []
        return [*system, {"role": "user", "content": whole(self.user)}]

    def body(self, limit: str) -> dict[str, Any]:
        """The JSON body of a chat-completions call, with `limit` as the name of the token limit."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return {
            "model": self.model,
            "messages": self.messages,
            "temperature": self.temperature,
            "top_p": self.top_p,
            limit: self.max_tokens,
            **seed,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """One paid reply. `text` may be empty; where it was held back, `finish_reason` is FILTERED.

    A server that reports no usage has charged no tokens that we know of: both counts are 0 then.
    """

    key: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no reply came and none will: `refused` by the provider's filter, else `failed`, with its own words."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its replies, one for each attempt in order, and the failure that ended it, if one did."""

    request: Request
    replies: tuple[Reply, ...]
    failure: Failure | None = None

    @property
    def reply(self) -> Reply | None:
        """The last reply, or None."""
        return self.replies[-1] if self.replies else None

    def calls(self, role: str) -> list[Call]:
        """What `role` is charged for this exchange, a Call for each reply."""
        return [Call(reply.key, role, reply.prompt_tokens, reply.completion_tokens) for reply in self.replies]


def whole(text: str) -> str:
    """`text` as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode("utf-8")
