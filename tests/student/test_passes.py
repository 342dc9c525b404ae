"""Packed, padded and plain: one loss and one gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from lion.student import attention, passes
from lion.student.batches import Share
from lion.student.labels import IGNORED, Row

SMALL = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
}
WINDOW = {"sliding_window": 7}
FAMILIES: dict[str, Callable[[], PreTrainedModel]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL)),
    "llama, tied": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, tie_word_embeddings=True)),
    "mistral, window": lambda: MistralForCausalLM(MistralConfig(**SMALL, **WINDOW)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SMALL)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**SMALL, head_dim=8)),
    "gemma3, window": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(**SMALL, **WINDOW, head_dim=8, layer_types=["sliding_attention", "full_attention"])
    ),
}
ROWS = [Row(f"{n}", [1 + (n * 7 + k * k) % 90 for k in range(length)], prompt, False)
        for n, (length, prompt) in enumerate([(30, 12), (21, 1), (9, 8), (9, 3), (2, 1)])]  # fmt: skip


def made(family: str) -> PreTrainedModel:
    torch.manual_seed(0)
    return FAMILIES[family]().train()


def found(model: PreTrainedModel, inputs: dict[str, Any]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    model.zero_grad()
    learned = sum(len(row.ids) - row.prompt for row in ROWS)
    loss = model(**inputs, use_cache=False, num_items_in_batch=torch.tensor(learned)).loss
    loss.backward()
    return loss.detach(), [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]


def plain(rows: list[Row]) -> dict[str, torch.Tensor]:
    """As transformers' own collators do it: every token fed, every place a label."""
    width = max(len(row.ids) for row in rows)
    gaps = [width - len(row.ids) for row in rows]
    pairs = list(zip(rows, gaps, strict=True))
    return {
        "input_ids": torch.tensor([row.ids + [0] * gap for row, gap in pairs]),
        "attention_mask": torch.tensor([[1] * len(row.ids) + [0] * gap for row, gap in pairs]),
        "labels": torch.tensor([row.labels + [IGNORED] * gap for row, gap in pairs]),
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_and_padded_loss_and_gradient_are_those_of_plain_transformers(family: str) -> None:
    model = made(family)
    loss, gradients = found(model, plain(ROWS))
    padded = found(model, passes.padded(ROWS, 0))
    assert attention.use(model)
    packed = found(model, passes.packed(ROWS, 0))
    for other_loss, other_gradients in (padded, packed):
        torch.testing.assert_close(other_loss, loss, atol=1e-5, rtol=0)
        torch.testing.assert_close(other_gradients, gradients, atol=1e-5, rtol=1e-4)


def test_logits_are_computed_only_where_something_is_learned() -> None:
    model = made("llama")
    attention.use(model)
    logits = model(**passes.packed(ROWS, 0), use_cache=False).logits
    assert logits.shape == (1, sum(len(row.ids) - row.prompt for row in ROWS), SMALL["vocab_size"])


def test_documents_do_not_see_each_other() -> None:
    model = made("llama").eval()
    attention.use(model)
    with torch.no_grad():
        together = model(**passes.packed(ROWS, 0), use_cache=False).logits[0].split([18, 20, 1, 6, 1])
        for row, logits in zip(ROWS, together, strict=True):
            alone = model(**passes.packed([row], 0), use_cache=False).logits[0]
            torch.testing.assert_close(logits, alone, atol=1e-5, rtol=0)


def test_padding_is_not_learned_even_where_pad_is_eos() -> None:
    batch = passes.padded([Row("a", [5, 6, 1], 1, False), Row("b", [5, 1], 1, False)], pad_id=1)
    assert batch["input_ids"].tolist() == [[5, 6], [5, 1]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert batch["logits_to_keep"].tolist() == [0, 1]
    assert batch["shift_labels"].tolist() == [[6, 1], [1, IGNORED]]


@pytest.mark.parametrize("collate", [passes.packed, passes.padded])
def test_device_without_rows_adds_nothing_to_the_loss(collate: passes.Collate) -> None:
    model = made("llama")
    if collate is passes.packed:
        attention.use(model)
    [nothing] = passes.Passes(ROWS, collate, pad_id=0)[Share([[]], learned=7)]["passes"]
    loss, gradients = found(model, nothing)
    assert loss == 0
    assert len(gradients) == len(list(model.parameters()))
    assert not any(gradient.any() for gradient in gradients)


@pytest.mark.parametrize(
    "change", [{"layer_types": ["full_attention", "linear_attention"]}, {"attn_logit_softcapping": 50.0}]
)
def test_model_that_is_not_known_to_attend_by_documents_is_left_alone(change: dict[str, Any]) -> None:
    model = made("llama")
    before = model.config._attn_implementation
    for name, value in change.items():
        setattr(model.config, name, value)
    assert not attention.use(model)
    assert model.config._attn_implementation == before


def test_attention_by_documents_refuses_a_mask() -> None:
    tensor = torch.zeros(1, 1, 2, 4)
    with pytest.raises(ValueError, match=r"set runtime\.packing to false"):
        attention.attend(
            torch.nn.Module(),
            tensor,
            tensor,
            tensor,
            torch.zeros(1, 1, 2, 2),
            cu_seq_lens_q=torch.tensor([0, 2]),
            max_length_q=2,
            document_lengths=[2],
        )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("family", FAMILIES)
def test_kernel_for_uneven_rows_gives_the_loss_of_one_document_after_the_other(family: str) -> None:
    config: PretrainedConfig = made(family).config
    rows = [Row(row.id, row.ids, row.prompt, False) for row in ROWS]
    losses = []
    for is_packed in (False, True):
        model = made(family).to("cuda")
        if is_packed:
            attention.use(model)
        inputs = (passes.packed if is_packed else passes.padded)(rows, config.pad_token_id)
        on_device = {name: value.to("cuda") if torch.is_tensor(value) else value for name, value in inputs.items()}
        with torch.autocast("cuda", torch.bfloat16):
            losses.append(model(**on_device, use_cache=False, num_items_in_batch=torch.tensor(46)).loss.item())
    assert losses[0] == pytest.approx(losses[1], abs=2e-2)
