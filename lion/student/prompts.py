"""Prompts as token ids that fit a model's positions. Knows nothing of sampling, and tokenizers by their interface.

Where a prompt is too long, the beginning of the record's input goes first, so that the frame, the instruction and the
end of the input stay; where the instruction alone is too long, its own beginning goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lion.records import Instruction
from lion.student import template
from lion.student.labels import token_ids

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def room(there: int | None, max_new_tokens: int) -> tuple[int | None, int]:
    """How many tokens a prompt may have (None: any number) and how many an answer, so that both fit `there` positions.

    An answer takes at most half of them, the same for every record, so that no answer hangs on its neighbours.
    """
    if there is None:
        return None, max_new_tokens
    new = min(max_new_tokens, there // 2)
    return there - new, new


def positions(model: PreTrainedModel) -> int | None:
    """How many tokens the model can tell the places of; None where it has no such bound."""
    return getattr(model.config.get_text_config(), "max_position_embeddings", None) or None


def encode(
    tokenizer: PreTrainedTokenizerBase, instructions: Sequence[Instruction], limit: int | None
) -> tuple[list[list[int]], int]:
    """The token ids of each prompt, at most `limit` of them, and how many prompts were cut for that."""
    texts = [
        template.prompt(tokenizer, template.conversation(record.instruction, record.input)) for record in instructions
    ]
    ids = token_ids(tokenizer, texts)
    cut = 0
    for place, record in enumerate(instructions):
        if limit is not None and len(ids[place]) > limit:
            ids[place] = _cut(tokenizer, texts[place], record, limit)
            cut += 1
    return ids, cut


def shortened(tokenizer: PreTrainedTokenizerBase, record: Instruction, limit: int) -> tuple[str, str]:
    """Instruction and input of `record`, cut so that their prompt has at most `limit` tokens, to within a few.

    For whoever renders the prompt from its text: what is lost is what `encode` would take away.
    """
    for part in ("input", "instruction") if record.input else ("instruction",):
        texts = {"instruction": record.instruction, "input": record.input}
        while texts[part] and (excess := _length(tokenizer, **texts) - limit) > 0:
            texts[part] = texts[part][max(1, excess // 4) :]  # a character is hardly ever more than four tokens
        if texts[part]:
            break
    return texts["instruction"], texts["input"]


def _length(tokenizer: PreTrainedTokenizerBase, instruction: str, input: str) -> int:
    """How many tokens a prompt has."""
    return len(token_ids(tokenizer, [template.prompt(tokenizer, template.conversation(instruction, input))])[0])


def _cut(tokenizer: PreTrainedTokenizerBase, text: str, record: Instruction, limit: int) -> list[int]:
    """`text` in at most `limit` tokens: what is lost is the beginning of the input, or else of the instruction."""
    content = template.conversation(record.instruction, record.input)[0]["content"]
    begin = text.rfind(content)
    end = begin + len(content)
    starts = (end - len(record.input), begin) if record.input else (begin,)
    if begin >= 0:  # else the template rewrites the content
        for start in starts:
            head, tail, frame = token_ids(tokenizer, [text[:start], text[start:], text[end:]])
            if len(head) + len(frame) < limit:
                return head + tail[len(head) - limit :]
    return token_ids(tokenizer, [text])[0][-limit:]
