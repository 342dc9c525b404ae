"""Counts of what was bought, replayed and lost. Knows nothing of who counts or who looks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from lion.chat.request import Exchange, Reply
from lion.errors import ProviderError

COMMONEST = 3


@dataclass(slots=True)
class Tally:
    """Replies bought and replayed, requests failed, and the tokens of the bought replies: live, for progress lines."""

    bought: int = 0
    replayed: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens that were bought."""
        return self.prompt_tokens + self.completion_tokens

    def buy(self, reply: Reply) -> None:
        """A reply was bought."""
        with self._lock:
            self.bought += 1
            self.prompt_tokens += reply.prompt_tokens
            self.completion_tokens += reply.completion_tokens

    def replay(self, count: int = 1) -> None:
        """Replies were found in the journal."""
        with self._lock:
            self.replayed += count

    def fail(self) -> None:
        """A request came to nothing."""
        with self._lock:
            self.failed += 1


class Account:
    """The failures among all that was asked, and whether they are too many."""

    def __init__(self) -> None:
        self._asked = 0
        self._kinds: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, exchange: Exchange) -> None:
        """Count `exchange`. What was refused for its own text says nothing of the endpoint: its role counts it."""
        self._asked += 1
        if exchange.failure and exchange.failure.reason != "refused":
            detail = exchange.failure.detail
            kind = re.sub(r"\d+", "0", detail)  # the same words with another number are the same reason
            self._kinds[kind] += 1
            self._examples.setdefault(kind, detail)

    def check(self, place: str, most: float) -> None:
        """Raise ProviderError, naming the commonest reasons, where a larger share than `most` failed."""
        failed = self._kinds.total()
        if failed <= most * self._asked:
            return
        told = "; ".join(f"{n} x {self._examples[kind]}" for kind, n in self._kinds.most_common(COMMONEST))
        raise ProviderError(
            f"{place}: {failed} of {self._asked} requests came to nothing ({told}), wanted at most the share "
            f"{most:g} (runtime.max_failed_share). Mend the cause or raise the share, and run the same command again: "
            "what was paid for is in the journal."
        )
