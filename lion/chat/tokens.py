"""How many tokens a request will cost, guessed from what others like it have cost. Knows no tokenizer.

A guess that is too high sends one request at a time, one that is too low meets refusals. So there are two: what is
taken from the allowance is the mean, to be settled when the reply comes; what must be there beforehand is the dearest
of late, which costs no throughput, because an allowance that is not used goes on growing.
"""

from __future__ import annotations

from collections import deque

from lion.chat.request import Reply, Request

TOKENS_PER_CHARACTER = 0.25
"""English, before anything is known."""
REPLY_SHARE = 0.25
"""Of `max_tokens`, before anything is known."""
FRAME_TOKENS = 32
"""What a provider may add to a prompt to mark the ends of its messages: more than any chat format does."""
MEMORY = 200
"""Replies that are remembered: the next one is dearer than all of them once in two hundred times."""


class Guess:
    """The guesses for one endpoint and role: tokens for each character of the prompt, reply as a share of its limit."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self._mean = (TOKENS_PER_CHARACTER, REPLY_SHARE)
        self._dearest = (TOKENS_PER_CHARACTER, 1.0)

    def mean(self, request: Request) -> float:
        """Prompt and completion tokens that `request` will cost on average."""
        return _tokens(request, self._mean)

    def dearest(self, request: Request) -> float:
        """Prompt and completion tokens that `request` will hardly exceed."""
        return _tokens(request, self._dearest)

    def learn(self, request: Request, reply: Reply) -> None:
        """`request` has cost what `reply` says; nothing where the endpoint reports no usage."""
        if not reply.prompt_tokens:
            return
        self._seen.append(
            (reply.prompt_tokens / max(1, characters(request)), reply.completion_tokens / request.max_tokens)
        )
        ratios, shares = zip(*self._seen, strict=True)
        self._mean = (sum(ratios) / len(ratios), sum(shares) / len(shares))
        self._dearest = (max(ratios), max(shares))


def _tokens(request: Request, rates: tuple[float, float]) -> float:
    return characters(request) * rates[0] + request.max_tokens * rates[1]


def characters(request: Request) -> int:
    """Characters of the messages."""
    return len(request.system) + len(request.user)


def most_prompt_tokens(request: Request) -> int:
    """What no tokenizer exceeds: a token for each UTF-8 byte of the messages, and the frame around them."""
    return sum(len(message["content"].encode()) for message in request.messages) + FRAME_TOKENS
