"""The one way from an instruction to a prompt, shared by training, inference, evaluation and any server.

Knows tokenizers only by their interface, and nothing of models or files of records. The chat template is saved with
the checkpoint, so that whoever loads it renders the same prompt. Paper, section 4.1: an instruction block, an input
block where there is an input, a response block, and EOS after the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from lion.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Message = dict[str, str]
INPUT_BLOCK = "\n\n### Input:\n"
PROBE = "Name a colour."
PROBE_ANSWER = "Blue"


def conversation(instruction: str, input: str) -> list[Message]:
    """The chat messages that ask for an answer to `instruction`; `input` follows it in a block of its own."""
    return [{"role": "user", "content": _encodable(instruction + (INPUT_BLOCK + input if input else ""))}]


def _encodable(text: str) -> str:
    """`text` with `?` for lone surrogates, which JSON can hold and tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")


def prompt(tokenizer: PreTrainedTokenizerBase, messages: list[Message]) -> str:
    """What stands before the answer."""
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return str(text)


def response(tokenizer: PreTrainedTokenizerBase, messages: list[Message], answer: str) -> str:
    """What follows the prompt when the student answers `answer`, the end of the turn included.

    Raises ModelError where the template changes the prompt once the answer is known: it could not be learned.
    """
    before = prompt(tokenizer, messages)
    turn = [*messages, {"role": "assistant", "content": _encodable(answer)}]
    whole = str(tokenizer.apply_chat_template(turn, tokenize=False))
    if not whole.startswith(before):
        raise ModelError(
            f"chat template: an answered conversation begins {whole[:80]!r}, wanted the prompt {before[:80]!r}. "
            "Set student.template to 'paper' or to a template whose prompt stays as it is."
        )
    return whole[len(before) :]


def choose(name: str, tokenizer: PreTrainedTokenizerBase) -> str:
    """The Jinja text behind `student.template`: `paper`, `chat` (the model's own) or the path of a file."""
    if name == "paper":
        text = resources.files("lion.student").joinpath("templates/paper.jinja").read_text("utf-8")
        return "{{- bos_token -}}\n" + text if _begins_with_bos(tokenizer) else text
    if name == "chat":
        return _own(tokenizer)
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "not UTF-8"
        raise ModelError(
            f"student.template: {name!r} cannot be read ({reason}), wanted 'paper', 'chat' or a Jinja file"
        ) from None


def _begins_with_bos(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the tokenizer itself puts BOS first, as LLaMA's does and GPT-2's does not."""
    bos = tokenizer.bos_token_id
    return bos is not None and tokenizer(PROBE)["input_ids"][:1] == [bos]


def _own(tokenizer: PreTrainedTokenizerBase) -> str:
    if isinstance(tokenizer.chat_template, dict):
        text = tokenizer.chat_template.get("default")
    else:
        text = tokenizer.chat_template
    if not text:
        raise ModelError("student.template: 'chat', but the model has no chat template. Set it to 'paper' or to a file")
    return str(text)


def check(tokenizer: PreTrainedTokenizerBase, eos_ids: Sequence[int]) -> None:
    """Raise ModelError unless the tokenizer's chat template holds the instruction and ends an answer with EOS."""
    messages = conversation(PROBE, "")
    try:
        asked, answered = prompt(tokenizer, messages), response(tokenizer, messages, PROBE_ANSWER)
    except (TemplateError, TypeError, ValueError) as fault:
        raise ModelError(f"chat template: does not render ({_one_line(fault)}). Mend it or choose 'paper'") from None
    if PROBE not in asked:
        raise ModelError(f"chat template: the prompt {asked[:80]!r} lacks the user's text. Mend it or choose 'paper'")
    start = answered.find(PROBE_ANSWER)
    ids = tokenizer(answered[start + len(PROBE_ANSWER) :], add_special_tokens=False)["input_ids"]
    if start < 0 or not set(ids) & set(eos_ids):
        ends = tokenizer.convert_ids_to_tokens(list(eos_ids))
        raise ModelError(
            f"chat template: an answer is rendered as {answered[:80]!r}, wanted its text and then one of {ends}: "
            "a student trained on it would never stop. Mend the template or choose 'paper'"
        )


def _one_line(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]


def digest(text: str) -> str:
    """SHA-256 of a template's text, for the lineage of a checkpoint."""
    return hashlib.sha256(text.encode()).hexdigest()
