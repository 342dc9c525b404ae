"""What a stage has still to buy: as it is expected, and at most. Knows tokens, and nothing of files and prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lion.chat.request import Request
from lion.chat.tokens import characters as characters_of
from lion.chat.tokens import most_prompt_tokens
from lion.spending.habits import Habit


@dataclass(frozen=True, slots=True)
class Amount:
    """Calls and their tokens; None is what is not known."""

    calls: float
    prompt_tokens: float | None
    completion_tokens: float | None

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.calls + other.calls,
            _sum(self.prompt_tokens, other.prompt_tokens),
            _sum(self.completion_tokens, other.completion_tokens),
        )

    def scaled(self, factor: float) -> Amount:
        """`factor` times as much."""
        return Amount(self.calls * factor, _times(self.prompt_tokens, factor), _times(self.completion_tokens, factor))


NOTHING = Amount(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Need:
    """What one stage has still to buy. `held` counts the replies that the journal has for it, and that were deducted.

    `held` is None where the stage's requests are not known yet, so that nothing is deducted. `is_done` claims that
    its outs are there, and that DVC has nothing to run.
    """

    stage: str
    role: str
    held: int | None
    expected: Amount
    most: Amount
    is_done: bool = False


def expect(calls: float, characters: float | None, habit: Habit) -> Amount:
    """`calls` replies to prompts of so many `characters` in all; where these are not known, of the usual length."""
    usual = _times(habit.prompt_tokens, calls)
    prompt = usual if characters is None else characters / habit.characters_per_token
    return Amount(calls, prompt, _times(habit.completion_tokens, calls)) if calls else NOTHING


def exact(missing: Sequence[tuple[Request, int]], habit: Habit) -> tuple[Amount, Amount]:
    """What is expected, and the most, for requests that are known, each with how many attempts it has left."""
    expected = expect(len(missing), sum(characters_of(request) for request, _ in missing), habit)
    most = Amount(
        sum(left for _, left in missing),
        sum(left * most_prompt_tokens(request) for request, left in missing),
        sum(left * request.max_tokens for request, left in missing),
    )
    return expected, most


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _times(one: float | None, factor: float) -> float | None:
    return None if one is None else one * factor
