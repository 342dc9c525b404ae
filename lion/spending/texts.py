"""How long the prompts of a pool will be, from its own texts. Knows the templates, and nothing of tokens and prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lion.params import Params
from lion.prompts import Prompt, Prompts
from lion.records import Instruction

NOTHING = Instruction.seed("")


@dataclass(frozen=True, slots=True)
class Lengths:
    """Characters and UTF-8 bytes of the real prompts of `count` instructions, system message included.

    `longest_tokens` is the most that the generator may write of a new instruction like the longest of these.
    """

    count: int
    teach_characters: int
    task_bytes: int
    longest_task_bytes: int
    generate_characters: float
    longest_tokens: int


@dataclass(frozen=True, slots=True)
class Frames:
    """UTF-8 bytes of the templates alone, with nothing filled in, system message included."""

    teach: int
    compare: int
    generate: int


def measure(pool: Sequence[Instruction], settings: Params, prompts: Prompts) -> Lengths:
    """The lengths of `pool`, every prompt rendered as the stages do. The generator's are the mean of both arms."""
    share = settings.generate.hard_share
    taught = [prompts.teach(item) for item in pool]
    tasks = [len(prompts.task(item).encode("utf-8", "replace")) for item in pool]
    words = max((len(f"{item.instruction} {item.input}".split()) for item in pool), default=0)
    generated = sum(
        share * characters(prompts.same_kind(item)) + (1 - share) * characters(prompts.rarer_kind(item))
        for item in pool
    )
    return Lengths(
        count=len(pool),
        teach_characters=sum(map(characters, taught)),
        task_bytes=sum(tasks),
        longest_task_bytes=max(tasks, default=0),
        generate_characters=generated,
        longest_tokens=max(settings.generator.min_tokens, settings.generator.tokens_per_word * words),
    )


def frames(prompts: Prompts) -> Frames:
    """The lengths of the templates of one folder."""
    arms = (prompts.same_kind(NOTHING), prompts.rarer_kind(NOTHING))
    return Frames(size(prompts.teach(NOTHING)), size(prompts.compare(NOTHING, "", "")), max(map(size, arms)))


def characters(prompt: Prompt) -> int:
    """Characters of both messages."""
    return len(prompt.system) + len(prompt.user)


def size(prompt: Prompt) -> int:
    """UTF-8 bytes of both messages."""
    return len(prompt.system.encode("utf-8", "replace")) + len(prompt.user.encode("utf-8", "replace"))
