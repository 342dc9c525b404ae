"""From an example to token ids and labels: the loss falls on the answer and its EOS, never on the prompt.

Knows nothing of models or of training. Paper, section 3.1: causal language-model loss on the response tokens only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lion.errors import ModelError
from lion.student import template

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label that torch's cross-entropy leaves out."""


@dataclass(frozen=True, slots=True)
class Example:
    """What is imitated: an instruction and the teacher's answer."""

    id: str
    instruction: str
    input: str
    answer: str


@dataclass(frozen=True, slots=True)
class Row:
    """An example as token ids: the first `prompt` are given, the others are learned. `is_cut`: its end did not fit."""

    id: str
    ids: list[int]
    prompt: int
    is_cut: bool

    @property
    def labels(self) -> list[int]:
        """What is to be learned at each place."""
        return [IGNORED] * self.prompt + self.ids[self.prompt :]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows of at most `max_length` tokens, and how many examples have none: `prompts` leave no room for an answer, and
    `dropped` are too long where that is what becomes of those."""

    rows: list[Row]
    max_length: int
    prompts: int
    dropped: int

    @property
    def cut(self) -> int:
        """How many rows lack their end."""
        return sum(row.is_cut for row in self.rows)


def encode(
    tokenizer: PreTrainedTokenizerBase,
    examples: Sequence[Example],
    ends: Sequence[int],
    max_length: int,
    on_long: Literal["cut", "drop"] = "cut",
) -> Encoded:
    """A Row for each example, but for those that cannot be learned within `max_length` tokens."""
    asked = [template.conversation(example.instruction, example.input) for example in examples]
    prompts = [template.prompt(tokenizer, messages) for messages in asked]
    turns = [
        template.response(tokenizer, messages, example.answer)
        for messages, example in zip(asked, examples, strict=True)
    ]
    wholes = [prompt + turn for prompt, turn in zip(prompts, turns, strict=True)]
    given = token_ids(tokenizer, prompts)
    found = token_ids(tokenizer, wholes)
    rows = []
    for example, turn, before, ids in zip(examples, turns, given, found, strict=True):
        if ids[: len(before)] != before:
            # The answer's first characters merge with the prompt's last ones: at inference they never will.
            ids = before + token_ids(tokenizer, [turn])[0]
        rows.append(_row(example.id, ids, len(before), ends, max_length))
    with_room = [row for row in rows if row.prompt < max_length]
    kept = [row for row in with_room if on_long == "cut" or not row.is_cut]
    return Encoded(kept, max_length, prompts=len(rows) - len(with_room), dropped=len(with_room) - len(kept))


def token_ids(tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> list[list[int]]:
    """The ids of each text; special tokens come from the chat template alone."""
    ids: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    return ids


def _row(id: str, ids: list[int], prompt: int, ends: Sequence[int], max_length: int) -> Row:
    """What a chat template puts after the EOS (a line feed, mostly) is dropped: nothing is ever read after it."""
    stop = max((place for place in range(prompt, len(ids)) if ids[place] in ends), default=len(ids) - 1) + 1
    return Row(id, ids[: min(stop, max_length)], prompt, is_cut=stop > max_length)


def check(rows: Sequence[Row], ends: Sequence[int]) -> None:
    """Raise ModelError unless each row learns something, nothing of its prompt, and its EOS where it is whole."""
    for row in rows:
        labels = row.labels
        if row.prompt < 1:
            raise ModelError(f"example {row.id}: its prompt is empty, wanted a token after which the answer comes")
        if len(labels) != len(row.ids) or any(label != IGNORED for label in labels[: row.prompt]):
            raise ModelError(f"example {row.id}: something of its prompt is learned, wanted the answer alone")
        if not any(label != IGNORED for label in labels):
            raise ModelError(f"example {row.id}: nothing is learned, wanted at least one token of the answer")
        if not row.is_cut and labels[-1] not in ends:
            raise ModelError(f"example {row.id}: its end is not learned, wanted one of the EOS ids {sorted(ends)}")
