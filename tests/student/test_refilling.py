"""Rows that come and go are decoded as transformers decodes each by itself, in every family of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedModel

from lion.student import decoding, refilling
from lion.student.columns import ROOM, depth
from lion.student.sampling import Choose, Draw, greedy

VOCABULARY, PAD, NEW = 60, 0, 12
ENDS = [1, *range(50, 60)]
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 256,
    "initializer_range": 0.5,
    "tie_word_embeddings": False,
    "pad_token_id": PAD,
    "bos_token_id": 2,
    "eos_token_id": ENDS,
}
PLAIN: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {"use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1},
    "qwen3": {},
    "mistral": {"sliding_window": 6},
    "gemma": {},
    "gemma2": {"sliding_window": 6},
    "gemma3_text": {"sliding_window": 6},
}
OWN: dict[str, dict[str, Any]] = {
    "qwen3_next": {
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"],
        "num_experts": 2,
        "num_experts_per_tok": 1,
        "decoder_sparse_step": 10,
    },
}


def build(family: str, **own: Any) -> PreTrainedModel:
    """A model of `family` with random weights, large enough that its greedy answers wander and end at any length."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **(SIZES | own))
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config).eval()
    model.generation_config = GenerationConfig(eos_token_id=ENDS, pad_token_id=PAD)
    return model


def prompts(count: int) -> list[list[int]]:
    """Prompts of 1 to 20 tokens, the longest first."""
    draw = torch.Generator().manual_seed(1)
    rows = [torch.randint(2, 50, (1 + place * 7 % 20,), generator=draw).tolist() for place in range(count)]
    return sorted(rows, key=len, reverse=True)


def alone(model: PreTrainedModel, rows: Sequence[Sequence[int]], new: int = NEW) -> list[list[int]]:
    """What transformers' own loop puts after each row, with pad after the end."""
    found = [model.generate(torch.tensor([row]), max_new_tokens=new)[0, len(row) :].tolist() for row in rows]
    return [row + [PAD] * (new - len(row)) for row in found]


@torch.inference_mode()
def refilled(model: PreTrainedModel, rows: Sequence[Sequence[int]], slots: int, choose: Choose = greedy) -> Any:
    layers = depth(model)
    assert layers is not None
    work = refilling.Block(model, layers, rows, NEW, ENDS, PAD, choose)
    work.run(slots)
    return work.found[:, :NEW].tolist()


@pytest.mark.parametrize("family", PLAIN)
def test_rows_that_come_and_go_are_answered_as_each_would_be_alone(family: str) -> None:
    model, rows = build(family, **PLAIN[family]), prompts(40)
    expected = alone(model, rows)
    lengths = {row.index(PAD) if PAD in row else NEW for row in expected}
    assert len(lengths) > 4, "answers of many lengths"
    assert refilled(model, rows, 7) == expected


@pytest.mark.parametrize("family", OWN)
def test_a_model_that_remembers_in_its_own_way_is_decoded_batch_by_batch(family: str) -> None:
    model, rows = build(family, **OWN[family]), prompts(20)
    assert depth(model) is None
    work = decoding.Block(model, rows, NEW, PAD, greedy)
    with torch.inference_mode():
        work.run(6)
    assert work.found.tolist() == alone(model, rows)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 50), st.integers(1, 60), st.booleans())
def test_the_number_of_places_changes_no_answer(count: int, slots: int, is_drawn: bool) -> None:
    model, rows = build("llama"), prompts(count)
    choose = Draw(3, [str(place) for place in range(count)], 0.8, 0.9) if is_drawn else greedy
    assert refilled(model, rows, slots, choose) == refilled(model, rows, count, choose)


def test_answers_longer_than_the_room_made_ahead_are_whole() -> None:
    model, rows, new, never = build("llama"), prompts(6), 2 * ROOM + 5, VOCABULARY
    model.generation_config.eos_token_id = never
    layers = depth(model)
    assert layers is not None
    work = refilling.Block(model, layers, rows, new, [never], PAD, greedy)
    with torch.inference_mode():
        work.run(3)
    assert work.found[:, :new].tolist() == alone(model, rows, new)


def test_an_answer_that_is_begun_anew_keeps_nothing_of_the_first_try() -> None:
    model, rows = build("llama"), prompts(3)
    tries = {"step": 0, "ends": False}

    def choose(logits: torch.Tensor, places: Sequence[int], ages: Sequence[int]) -> torch.Tensor:
        """Tokens that end nothing until the memory is short, then, as rounding may have it, an end after two."""
        tries["step"] += 1
        if tries["step"] == 6 and not tries["ends"]:
            raise MemoryError
        return torch.tensor([ENDS[0] if tries["ends"] and age == 2 else 7 for age in ages])

    block = refilling.Block(model, depth(model) or 0, rows, NEW, ENDS, PAD, choose)
    with pytest.raises(MemoryError), torch.inference_mode():
        block.run(3)
    tries["ends"] = True
    with torch.inference_mode():
        block.run(1)
    assert block.found[:, :NEW].tolist() == [[7, 7, ENDS[0]] + [PAD] * (NEW - 3)] * 3
