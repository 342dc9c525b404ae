"""The classroom's own count of what it answered, and of what it refused and why. Knows nothing of the client's count.

A request is told from another by its body and attempt number, whether it comes by itself or as a row of a batch; an
answer is counted when it is about to be sent whole. Batches are counted when they are made, and by how they end.
"""

from __future__ import annotations

from collections import Counter
from typing import Any


class Ledger:
    """Counts for as long as the server lives."""

    def __init__(self) -> None:
        self.answered: Counter[bytes] = Counter()
        self.seen: Counter[bytes] = Counter()
        self.refused: Counter[str] = Counter()
        self.batches: Counter[str] = Counter()
        self.prompt_tokens = self.completion_tokens = 0
        self.in_flight = self.in_flight_peak = 0

    def enter(self) -> None:
        """A request has come in."""
        self.in_flight += 1
        self.in_flight_peak = max(self.in_flight, self.in_flight_peak)

    def leave(self) -> None:
        """A request has gone, answered or not."""
        self.in_flight -= 1

    def admit(self, request: bytes) -> int:
        """How often `request` was let in before."""
        self.seen[request] += 1
        return self.seen[request] - 1

    def answer(self, request: bytes, prompt_tokens: int, completion_tokens: int) -> None:
        """`request` has got its reply."""
        self.answered[request] += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens

    def summary(self) -> dict[str, Any]:
        """The counts, as they are served."""
        answered = self.answered.total()
        return {
            "answered": answered,
            "distinct": len(self.answered),
            "repeated": answered - len(self.answered),
            "answered_again": {request.hex(): n for request, n in self.answered.items() if n > 1},
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "refused": dict(self.refused),
            "batches": dict(self.batches),
            "in_flight_peak": self.in_flight_peak,
        }
