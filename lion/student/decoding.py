"""The decoding loop that `generate` is given: a row leaves the batch soon after its EOS.

Knows nothing of prompts or tokenizers. transformers' own loop computes every row until the last one has ended; where
most answers are short and a few long, most of that work is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel

Choose = Callable[[torch.Tensor, Sequence[int], int], torch.Tensor]
"""(logits (rows, vocabulary), which rows of the batch these are, how many tokens they have) -> a token for each row."""

SHRINK_AT = 0.8
"""The batch is cut down to the unfinished rows once they are at most this share of it: a cut copies the cache."""
BY_ROW = ("attention_mask", "position_ids", "token_type_ids")


def greedy(logits: torch.Tensor, rows: Sequence[int], step: int) -> torch.Tensor:
    """The likeliest token of each row."""
    return logits.argmax(-1)


def decode(
    model: PreTrainedModel,
    input_ids: torch.Tensor,
    *,
    choose: Choose,
    generation_config: GenerationConfig,
    logits_processor: object = None,
    stopping_criteria: object = None,
    **state: Any,
) -> torch.Tensor:
    """The new tokens alone, (rows, `max_new_tokens`), with pad after a row's EOS. For `generate(custom_generate=…)`."""
    ends = torch.tensor(_as_list(generation_config.eos_token_id), device=input_ids.device)
    found = input_ids.new_full((len(input_ids), generation_config.max_new_tokens), generation_config.pad_token_id)
    rows = torch.arange(len(input_ids), device=input_ids.device)
    is_open = torch.ones_like(rows, dtype=torch.bool)
    for step in range(found.shape[1]):
        logits, state = _forward(model, input_ids, state, is_first=step == 0)
        tokens = choose(logits, rows.tolist(), step)
        found[rows[is_open], step] = tokens[is_open]
        is_open &= ~torch.isin(tokens, ends)
        left = int(is_open.sum())
        if not left:
            break
        input_ids = torch.cat([input_ids, tokens[:, None]], dim=1)
        if left <= SHRINK_AT * len(rows) and hasattr(state.get("past_key_values"), "batch_select_indices"):
            kept = is_open.nonzero().flatten()
            state = _keep(state, kept)
            input_ids, rows, is_open = input_ids[kept], rows[kept], is_open[kept]
    return found


def _as_list(ids: int | Sequence[int]) -> list[int]:
    return [ids] if isinstance(ids, int) else list(ids)


def _forward(
    model: Any, input_ids: torch.Tensor, state: dict[str, Any], *, is_first: bool
) -> tuple[torch.Tensor, dict[str, Any]]:
    """The logits of each row's next token and what the model remembers, by the very steps of transformers' own loop."""
    inputs = model.prepare_inputs_for_generation(
        input_ids, next_sequence_length=None if is_first else 1, is_first_iteration=is_first, **state
    )
    output = model(**inputs, return_dict=True)
    return output.logits[:, -1].float(), model._update_model_kwargs_for_generation(output, state)


def _keep(state: dict[str, Any], kept: torch.Tensor) -> dict[str, Any]:
    """What the model remembers of the rows `kept` alone."""
    state["past_key_values"].batch_select_indices(kept)
    for name in BY_ROW:
        if state.get(name) is not None:
            state[name] = state[name].index_select(-2, kept)
    return state
