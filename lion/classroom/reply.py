"""What the expert gives back and the server sends. Knows nothing of either."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `finish_reason` is "stop", or "length" where the token limit cut it."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
