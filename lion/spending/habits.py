"""What the journal teaches about a model in a role: how long its prompts and replies are. Knows no stage, no price."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lion.chat.archive import request_of
from lion.chat.journal import Journal
from lion.chat.prices import Totals, spent
from lion.chat.tokens import characters as characters_of

ASSUMED_CHARACTERS_PER_TOKEN = 4.0
"""Where nothing was measured: what English text comes to with the tokenizers of current models."""
SAMPLE = 1000
"""Replies that the ratio of characters to tokens is learned from."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Means over `replies` replies. None is what was never measured: no reply, or a server that reports no usage."""

    replies: int = 0
    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    measured_characters_per_token: float | None = None

    @property
    def characters_per_token(self) -> float:
        """The ratio as measured, else as assumed."""
        return self.measured_characters_per_token or ASSUMED_CHARACTERS_PER_TOKEN


def assume(habit: Habit, reply_tokens: int | None) -> Habit:
    """`habit` with replies of so many tokens, where it knows nothing of their length."""
    return replace(habit, completion_tokens=reply_tokens) if habit.completion_tokens is None else habit


def learn(journal: Journal | None, role: str, model: str) -> Habit:
    """How `model` behaved as `role`, over all that `journal` holds of it."""
    if journal is None:
        return Habit()
    shares = spent(journal).items()
    totals = sum((totals for (r, m, _), totals in shares if (r, m) == (role, model)), Totals())
    if not totals.prompt_tokens:
        return Habit(totals.calls)
    return Habit(
        totals.calls,
        totals.prompt_tokens / totals.calls,
        totals.completion_tokens / totals.calls,
        _ratio(journal, role, model),
    )


def _ratio(journal: Journal, role: str, model: str) -> float | None:
    """Characters of the messages for each prompt token."""
    characters = tokens = 0
    with journal.reading() as connection:
        rows = connection.execute(
            "SELECT endpoint, request, prompt_tokens FROM replies "
            "WHERE role = ? AND model = ? AND prompt_tokens > 0 ORDER BY key LIMIT ?",
            (role, model, SAMPLE),
        )
        for endpoint, asked, count in rows:
            try:
                characters += characters_of(request_of(endpoint, asked))
            except ValueError:
                continue
            tokens += count
    return characters / tokens if tokens else None
