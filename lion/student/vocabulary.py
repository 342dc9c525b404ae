"""Special tokens: the pad token a tokenizer may lack, the tokens that end an answer, and the generation config.

Knows nothing of files or templates. A model that never stops is the commonest fault of fine-tuned students: pad and
EOS are therefore kept apart here, wherever the tokenizer itself keeps them apart.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from lion.errors import ModelError

PAD = "<pad>"


def check(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Raise ModelError for a tokenizer without EOS, or with more tokens than the model has embedding rows."""
    if tokenizer.eos_token_id is None:
        raise ModelError(f"{name}: the tokenizer has no EOS token, so answers could not end. Set its eos_token")
    rows = _rows(model)
    highest = max(tokenizer.get_vocab().values(), default=-1)
    if highest >= rows:
        raise ModelError(
            f"{name}: the tokenizer's ids reach {highest}, the weights have {rows} embedding rows. "
            "Use the tokenizer that belongs to the weights"
        )


def add_pad_token(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Give the tokenizer a pad token where it has none; new embedding rows are the mean of the old ones.

    Stanford Alpaca's remedy for LLaMA, whose tokenizer has no pad token: a mean row disturbs no logit.
    """
    if tokenizer.pad_token_id is None:
        known = len(tokenizer)
        tokenizer.add_special_tokens({"pad_token": PAD})
        if len(tokenizer) > known:
            _add_mean_rows(model, known, len(tokenizer))
    model.config.get_text_config().pad_token_id = tokenizer.pad_token_id


def _add_mean_rows(model: PreTrainedModel, known: int, wanted: int) -> None:
    """Rows `known` to `wanted` of the embeddings become the mean of those before; the matrix grows where it must."""
    if wanted > _rows(model):
        model.resize_token_embeddings(wanted, mean_resizing=False)
    with torch.no_grad():
        for weight in _matrices(model):
            weight[known:wanted] = weight[:known].float().mean(0).to(weight.dtype)


def _matrices(model: PreTrainedModel) -> list[torch.Tensor]:
    """The embeddings, each matrix once where input and output share one; (tokens, width)."""
    layers: list[Any] = [model.get_input_embeddings(), model.get_output_embeddings()]  # type: ignore[no-untyped-call]
    return list({id(layer.weight): layer.weight for layer in layers if layer is not None}.values())


def _rows(model: PreTrainedModel) -> int:
    return _matrices(model)[0].shape[0]


def eos_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The ids that end an answer: the tokenizer's EOS and the model's own, without the pad id.

    The pad id is among them only where the tokenizer itself pads with EOS.
    """
    own = model.generation_config.eos_token_id if model.generation_config else None
    named = [own] if isinstance(own, int) else list(own or [])
    found = dict.fromkeys([tokenizer.eos_token_id, *named])
    if tokenizer.pad_token_id != tokenizer.eos_token_id:
        found.pop(tokenizer.pad_token_id, None)
    return list(found)


def generation_config(tokenizer: PreTrainedTokenizerBase, ends: list[int]) -> GenerationConfig:
    """A generation config that stops and decodes greedily unless the caller says otherwise."""
    return GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends[0] if len(ends) == 1 else ends,
        pad_token_id=tokenizer.pad_token_id,
    )
