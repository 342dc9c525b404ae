"""How many tokens a request will cost, guessed from what others like it have cost. Knows no tokenizer.

A guess that is too high sends one request at a time, one that is too low meets refusals: so both parts, the prompt's
characters to a token and the length of a reply, are means of what the endpoint reported.
"""

from __future__ import annotations

from lion.chat.request import Reply, Request

TOKENS_PER_CHARACTER = 0.25
"""English, before anything is known."""
REPLY_SHARE = 0.25
"""Of `max_tokens`, before anything is known."""
MEMORY = 200
"""Replies that a mean reaches back."""


class Guess:
    """The guesses for one endpoint and role."""

    def __init__(self) -> None:
        self._per_character, self._reply_share, self._seen = TOKENS_PER_CHARACTER, REPLY_SHARE, 0

    def cost(self, request: Request) -> float:
        """Prompt and completion tokens that `request` will probably cost."""
        return _characters(request) * self._per_character + request.max_tokens * self._reply_share

    def learn(self, request: Request, reply: Reply) -> None:
        """`request` has cost what `reply` says; nothing where the endpoint reports no usage."""
        if not reply.prompt_tokens:
            return
        self._seen = min(self._seen + 1, MEMORY)
        self._per_character += (reply.prompt_tokens / _characters(request) - self._per_character) / self._seen
        self._reply_share += (reply.completion_tokens / request.max_tokens - self._reply_share) / self._seen


def _characters(request: Request) -> int:
    return max(1, len(request.system) + len(request.user))
