"""Counts of what was bought, replayed and lost. Knows nothing of who counts or who looks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from lion.chat.journal import Bought
from lion.chat.prices import cost_usd
from lion.chat.request import Exchange, Failure, Reply
from lion.errors import ProviderError
from lion.params import Price

COMMONEST = 3


@dataclass(slots=True)
class Tally:
    """Replies bought and replayed, requests failed, and the tokens of the bought replies: live, for progress lines."""

    bought: int = 0
    replayed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """By reason."""
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

    def fail(self, failure: Failure) -> None:
        """A request came to nothing."""
        with self._lock:
            self.failed[_kind(failure.detail)] += 1

    def told(self, price: Price | None, bought: Bought) -> str:
        """The counts in a few words, with what they cost where the price is known."""
        with self._lock:
            cost = f"${cost_usd(price, self.prompt_tokens, self.completion_tokens, bought):.4f}, " if price else ""
            failed = "; ".join(f"{n} x {kind[:60]}" for kind, n in self.failed.most_common(COMMONEST))
            counts = f"bought {self.bought:,} ({cost}{self.tokens:,} tokens), replayed {self.replayed:,}"
        return f"{counts}, failed {failed}" if failed else counts


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
            kind = _kind(detail)
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


def _kind(detail: str) -> str:
    """The same words with another number are the same reason."""
    return re.sub(r"\d+", "0", detail)
