"""Decoding batch by batch, for models that remember in a way of their own: a row leaves its batch soon after its EOS.

Knows nothing of prompts or tokenizers. All goes through the steps of transformers' own loop, so that whatever
transformers can generate with can be decoded; `lion.student.refilling` is the quicker way where it can be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel
from transformers.cache_utils import LinearAttentionCacheLayerMixin

from lion.student.sampling import Choose

SHRINK_AT = 0.8
"""The batch is cut down to the unfinished rows once they are at most this share of it: a cut copies the cache."""
BY_ROW = ("attention_mask", "position_ids", "token_type_ids")


class Block:
    """Prompts (token ids, the longest first) on their way to answers; `found` as `lion.student.refilling.Block`."""

    def __init__(
        self, model: PreTrainedModel, prompts: Sequence[Sequence[int]], new_tokens: int, pad: int, choose: Choose
    ) -> None:
        self._model: Any = model
        self._prompts, self._new_tokens, self._pad, self._choose = prompts, new_tokens, pad, choose
        self.found = torch.full((len(prompts), new_tokens), pad, device=model.device)
        self._done = 0

    def run(self, slots: int) -> None:
        """Answer every prompt that has no answer yet, `slots` at a time."""
        while self._done < len(self._prompts):
            first, end = self._done, min(self._done + slots, len(self._prompts))
            self.found[first:end] = self._batch(first, end)
            self._done = end

    def _batch(self, first: int, end: int) -> torch.Tensor:
        rows = self._prompts[first:end]
        width = max(map(len, rows))
        ids = torch.tensor([[self._pad] * (width - len(row)) + list(row) for row in rows])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])

        def choose(logits: torch.Tensor, rows: Sequence[int], steps: Sequence[int]) -> torch.Tensor:
            return self._choose(logits, [first + row for row in rows], steps)

        found: torch.Tensor = self._model.generate(
            ids.to(self._model.device),
            attention_mask=mask.to(self._model.device),
            custom_generate=decode,
            choose=choose,
            do_sample=False,
            max_new_tokens=self._new_tokens,
        )
        return found


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
        tokens = choose(logits, rows.tolist(), [step] * len(rows))
        found[rows[is_open], step] = tokens[is_open]
        is_open &= ~torch.isin(tokens, ends)
        left = int(is_open.sum())
        if not left:
            break
        input_ids = torch.cat([input_ids, tokens[:, None]], dim=1)
        if left <= SHRINK_AT * len(rows) and _can_shrink(state.get("past_key_values")):
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


def _can_shrink(cache: Any) -> bool:
    """Whether every layer can give up rows, which those of linear attention cannot."""
    layers = getattr(cache, "layers", [None])
    is_linear = any(isinstance(layer, LinearAttentionCacheLayerMixin) for layer in layers)
    return not is_linear and all(hasattr(layer, "batch_select_indices") for layer in layers)


def _keep(state: dict[str, Any], kept: torch.Tensor) -> dict[str, Any]:
    """What the model remembers of the rows `kept` alone."""
    state["past_key_values"].batch_select_indices(kept)
    for name in BY_ROW:
        if state.get(name) is not None:
            state[name] = state[name].index_select(-2, kept)
    return state
