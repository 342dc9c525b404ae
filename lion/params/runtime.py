"""The section of params.yaml that changes only speed or spending."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from lion.params.sections import Section


class KeyNames(Section):
    """The environment variables that hold the keys: the names, never the keys themselves."""

    teacher: str
    referee: str
    generator: str
    infer: str
    """Of the engine that serves the student, where infer.backend is `openai`."""
    evaluate: str
    """The same for evaluate.backend."""
    judge: str


class Price(Section):
    """What a model costs, in US dollars for a million tokens, as its provider published it on `date`."""

    prompt_usd: float = Field(ge=0)
    completion_usd: float = Field(ge=0)
    batch_discount: float = Field(ge=0, le=1)
    """The share by which batch mode is cheaper."""
    date: date


class Runtime(Section):
    """What changes only speed or spending. No stage lists these: changing one reruns nothing."""

    mode: Literal["online", "batch"]
    """`batch`: buy through the provider's batch API, cheaper and within a day; `online`: at once."""
    concurrency: int = Field(ge=1, le=4096)
    """At most so many requests in flight; fewer where the endpoint refuses or slows down."""
    requests_per_minute: int | None = Field(ge=1)
    """Null: as the endpoint's own headers allow."""
    tokens_per_minute: int | None = Field(ge=1)
    """Prompt and completion tokens together; null: as the endpoint's own headers allow."""
    budget_usd: float | None = Field(ge=0)
    """All that the journal was ever bought may cost so much; nothing is sent that might pass it. Null: no cap."""
    budget_tokens: int | None = Field(ge=0)
    """The same, in prompt and completion tokens."""
    prices: dict[str, Price]
    """By model. A model without a price is never given one; `budget_usd` then refuses to start."""
    timeout_s: float = Field(gt=0)
    max_retries: int = Field(ge=0, le=100)
    """Further tries after a time-out, a lost connection, a 429 or a 5xx."""
    max_failed_share: float = Field(ge=0, le=1)
    """A paid stage ends with an error where a larger share of its requests came to nothing."""
    inference_batch_tokens: int = Field(ge=1)
    """Tokens, of prompts and answers together, that one device holds at a time when the student answers."""
    micro_batch_tokens: int = Field(ge=1)
    """Tokens in one forward pass of one device in training; how many passes make an optimiser step follows from it.
    An example that is longer has a pass of its own."""
    packing: bool
    """Examples end to end without pad tokens, where the model is known to allow it; else beside each other, padded."""
    gradient_checkpointing: bool
    """Compute activations twice instead of keeping them: about a third more time, much less memory."""
    compile: bool
    """Training through torch.compile: minutes once, then quicker on most GPUs."""
    liger: bool
    """Liger's fused kernels, on a GPU: `pip install 'lion-distillation[gpu]'`."""
    checkpoint_every_steps: int = Field(ge=1)
    launch: str | None
    """Train, infer and evaluate on several processes: the name of a configuration in lion/conf/accelerate, or the path
    of one's own file for `accelerate launch`. Null: one process."""
    api_key_env: KeyNames
