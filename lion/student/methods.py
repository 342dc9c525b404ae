"""The ways to learn: all weights, or adapters beside frozen ones. How a model is loaded for each, and what comes of it.

Knows nothing of examples, steps or folders' lineage. Whatever the method and however the weights were sharded, what
comes of a training is one plain model, in the precision that was asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from transformers.integrations.deepspeed import unset_hf_deepspeed_config

from lion.params import Train
from lion.student import adapters, checkpoint

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import Trainer

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load(base: Path, settings: Train) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The student to be trained, and its tokenizer. Weights that learn are float32; frozen ones as they are stored."""
    if settings.method == "full":
        return checkpoint.load(base, torch.float32)
    dtype = DTYPES[settings.precision]
    return checkpoint.load(base, dtype, adapters.quantisation(settings.method, dtype))


def prepare(model: PreTrainedModel, settings: Train, random_seed: int) -> PreTrainedModel | PeftModel:
    """`model` as its method trains it."""
    return model if settings.method == "full" else adapters.attach(model, settings.lora, random_seed)


def result(run: Trainer, base: Path, settings: Train) -> tuple[PreTrainedModel, dict[str, torch.Tensor]] | None:
    """The trained student and its weights on the CPU; None in every process but the main one. All must call it.

    Adapters are added to the base loaded anew, so that neither sharding nor the precision of the training touches the
    sum; where the base was quantised they are added to what the quantised matrices stand for, as they learned beside
    those.
    """
    assert run.accelerator is not None
    gathered = run.accelerator.get_state_dict(run.model_wrapped)
    if not run.is_world_process_zero():
        return None
    if settings.method == "full":
        model = run.accelerator.unwrap_model(run.model)
        return model, _stored(model, gathered, DTYPES[settings.precision])
    merged = _merged(run, base, settings, adapters.learned(gathered))
    return merged, _stored(merged, merged.state_dict(), DTYPES[settings.precision])


def _merged(run: Trainer, base: Path, settings: Train, learned: dict[str, torch.Tensor]) -> PreTrainedModel:
    assert run.accelerator is not None
    # Else the base would be loaded in parts by all processes together, and this is one of them.
    unset_hf_deepspeed_config()  # type: ignore[no-untyped-call]
    anew, _ = checkpoint.load(base, torch.float32)
    if settings.method == "qlora":
        anew.load_state_dict(adapters.dequantised(run.accelerator.unwrap_model(run.model)), strict=False)
    return adapters.merge(anew, settings.lora, learned)


def _stored(model: PreTrainedModel, gathered: dict[str, torch.Tensor], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The weights as they are saved, on the CPU: a copy beside the training's own would not fit a full device.

    Tied matrices must share their memory, or they would be saved twice; gathered from shards they no longer do.
    """
    tied: dict[str, str] = getattr(model, "all_tied_weights_keys", None) or {}
    converted: dict[str, torch.Tensor] = {}
    for name in gathered:
        source = tied.get(name, name)
        if source not in converted:
            converted[source] = gathered[source].to("cpu", dtype)
    return {name: converted[tied.get(name, name)] for name in gathered}
