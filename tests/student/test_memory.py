"""What a training needs: parameters exactly, bytes by the kind of training, and nothing guessed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from lion.params import Lora, Train
from lion.student import adapters, launch, memory

ROOT = Path(__file__).parent.parent.parent
SIZES: dict[str, Any] = {
    "vocab_size": 1000,
    "hidden_size": 96,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
}
CONFIGS: list[PreTrainedConfig] = [
    LlamaConfig(**SIZES),
    LlamaConfig(**SIZES, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
    MistralConfig(**SIZES, head_dim=24),
    Qwen2Config(**SIZES),
    Qwen2Config(**SIZES, tie_word_embeddings=True),
    Qwen3Config(**SIZES, head_dim=32),
    Gemma2Config(**SIZES, head_dim=32),
    Gemma3TextConfig(**SIZES, head_dim=32),
]


def sized(config: PreTrainedConfig) -> memory.Shape:
    found = memory.shape(json.loads(config.to_json_string()))
    assert found
    return found


def test_every_family_is_counted_below() -> None:
    assert {config.model_type for config in CONFIGS} == set(memory.FAMILIES)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.model_type)
def test_parameters_are_those_that_torch_counts(config: PreTrainedConfig) -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
        assert sized(config).parameters == sum(tensor.numel() for tensor in model.parameters())
        lora = Lora(rank=5, alpha=1, dropout=0, targets="all-linear")
        adapted = adapters.attach(model, lora, random_seed=0)
    learning = sum(tensor.numel() for tensor in adapted.parameters() if tensor.requires_grad)
    assert sized(config).adapters(5) == learning


@pytest.mark.parametrize(
    ("config", "billions"),
    [  # as their makers' config.json say; counts as published on the hub
        ({"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32,
          "num_hidden_layers": 32, "vocab_size": 32000, "tie_word_embeddings": False}, 6.738415616),
        ({"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14,
          "num_key_value_heads": 2, "num_hidden_layers": 24, "vocab_size": 151936, "tie_word_embeddings": True},
         0.494032768),
    ],
)  # fmt: skip
def test_published_models_have_the_parameters_that_are_published(config: dict[str, Any], billions: float) -> None:
    found = memory.shape(config)
    assert found
    assert found.parameters == round(billions * 1e9)


def test_a_family_that_is_not_known_is_not_guessed_at() -> None:
    assert memory.shape({"model_type": "mixtral", **SIZES}) is None
    assert memory.shape({"model_type": "llama"}) is None


@pytest.fixture
def llama() -> memory.Shape:
    return sized(LlamaConfig(**SIZES))


def test_full_training_takes_sixteen_bytes_a_parameter(llama: memory.Shape, settings: Train) -> None:
    found = memory.need(llama, settings, memory.Spread(), 2 * settings.max_length, checkpointed=False)
    assert found.weights + found.gradients + found.optimiser == 16 * llama.parameters


def test_adapters_take_less_and_four_bits_less_still(llama: memory.Shape, settings: Train) -> None:
    full, lora, qlora = (
        memory.need(
            llama,
            settings.model_copy(update={"method": method}),
            memory.Spread(),
            2 * settings.max_length,
            checkpointed=True,
        )
        for method in ("full", "lora", "qlora")
    )
    assert qlora.weights < lora.weights
    assert lora.optimiser == qlora.optimiser < full.optimiser
    assert qlora.device < lora.device < full.device


def test_checkpointing_saves_activations_and_shards_save_the_rest(llama: memory.Shape, settings: Train) -> None:
    kept, anew = (
        memory.need(llama, settings, memory.Spread(), 8 * settings.max_length, checkpointed=checkpointed)
        for checkpointed in (False, True)
    )
    assert anew.activations < kept.activations
    eight = memory.need(llama, settings, memory.Spread(8, is_sharded=True), 8 * settings.max_length, checkpointed=False)
    assert eight.optimiser == kept.optimiser / 8
    away = memory.need(
        llama,
        settings,
        memory.Spread(8, is_sharded=True, is_offloaded=True),
        8 * settings.max_length,
        checkpointed=False,
    )
    assert (away.optimiser, away.gradients) == (0, 0)
    assert away.host == 2 * llama.parameters


def test_what_the_shipped_configurations_mean_for_memory() -> None:
    found = {name: memory.spread(launch.find(name).values) for name in launch.names()}
    assert {name for name, lay in found.items() if lay.is_sharded} == {
        name for name in launch.names() if "fsdp" in name or "zero3" in name
    }
    assert {name for name, lay in found.items() if lay.is_offloaded} == {"fsdp-offload", "zero3-offload"}
    assert found["fsdp-nodes"].devices == 16
    assert found["single"].devices == 1
    assert memory.spread(None) == memory.Spread()


def test_reckoning_needs_no_torch() -> None:
    script = "import sys, lion.student.memory; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
