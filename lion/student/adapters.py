"""LoRA and QLoRA: a frozen base, small matrices beside it that learn, and their way back into plain weights.

Knows nothing of examples or files. Hu et al., 2021 (https://arxiv.org/abs/2106.09685): W + alpha / rank · B A, where
only A and B learn; Dettmers et al., 2023 (https://arxiv.org/abs/2305.14314): the same beside a W of four bits (NF4,
its scales quantised too), which is turned back into numbers for every product.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import BitsAndBytesConfig, PreTrainedModel

from lion.errors import ModelError
from lion.params import Lora
from lion.student import processes

QUANTISER = "bitsandbytes"
MARK = ".lora_"
"""What tells an adapter's weights from the base's."""


def versions(method: str) -> dict[str, str]:
    """The versions of the libraries that a method adds to those of all training."""
    added = {"full": (), "lora": ("peft",), "qlora": ("peft", QUANTISER)}[method]
    return {name: version(name) for name in added}


def quantisation(method: str, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    """How the base is quantised while it is loaded; None where it is not. Raises ModelError where it cannot be."""
    if method != "qlora":
        return None
    if find_spec(QUANTISER) is None:
        raise ModelError(
            "train.method: 'qlora' needs bitsandbytes, which is not installed. "
            "Run: pip install 'lion-distillation[qlora]', or choose 'lora'"
        )
    if processes.shards():
        raise ModelError(
            "train.method: 'qlora' keeps its four-bit base whole on every device, but runtime.launch shards it. "
            "Choose 'lora', or a launch configuration that does not shard, such as 'ddp'"
        )
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )


def attach(model: PreTrainedModel, lora: Lora, random_seed: int) -> PeftModel:
    """`model`, frozen, with adapters that learn. They begin as nothing: B is 0, A is drawn from `random_seed`.

    Raises ModelError where the targets match no module.
    """
    torch.manual_seed(random_seed)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]
        lora_dropout=lora.dropout,
        target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
    )
    # Gradient checkpointing recomputes from a layer's input: without this no gradient would reach an adapter.
    model.enable_input_require_grads()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            # peft still reads a name that transformers is about to drop: nothing that a user could put right.
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
            adapted = get_peft_model(model, config)
    except ValueError as fault:
        linear = sorted({name.split(".")[-1] for name, part in model.named_modules() if _is_linear(part)})
        raise ModelError(
            f"train.lora.targets: {lora.targets!r} matches no module ({' '.join(str(fault).split())[:80]}), "
            f"wanted 'all-linear' or some of {', '.join(linear)}"
        ) from None
    assert isinstance(adapted, PeftModel)
    return adapted


def _is_linear(part: torch.nn.Module) -> bool:
    return isinstance(part, torch.nn.Linear)


def learned(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The adapters' own among the weights of an adapted model, by the names they have where nothing is compiled."""
    return {name.replace("_orig_mod.", ""): tensor for name, tensor in weights.items() if MARK in name}


def dequantised(model: Any) -> dict[str, torch.Tensor]:
    """The four-bit matrices of an adapted model as float32 on the CPU, by the names they have in its base."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    found = {}
    for name, part in model.get_base_model().named_modules():
        if isinstance(part, Linear4bit):
            whole = dequantize_4bit(part.weight.data, part.weight.quant_state)
            found[name.removesuffix(".base_layer") + ".weight"] = whole.to("cpu", torch.float32)
    return found


def merge(base: PreTrainedModel, lora: Lora, adapters: Mapping[str, torch.Tensor]) -> PreTrainedModel:
    """`base` (float32, whole, on the CPU) with what the `adapters` add to it: a plain model again.

    The sum is made in float32 and rounded once, when it is stored; added to bfloat16 weights it would be rounded twice.
    """
    adapted = attach(base, lora, random_seed=0)
    lacking = set(learned(adapted.state_dict())) - set(adapters)
    assert not lacking, f"adapters that were not trained: {sorted(lacking)[:3]}"
    adapted.load_state_dict({name: tensor.to("cpu", torch.float32) for name, tensor in adapters.items()}, strict=False)
    merged = adapted.merge_and_unload(safe_merge=True)
    merged.disable_input_require_grads()
    assert isinstance(merged, PreTrainedModel)
    return merged
