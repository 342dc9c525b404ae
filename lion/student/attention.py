"""Attention over documents that lie end to end in one row, each seeing itself alone. Knows nothing of training.

No pad token is computed, and no mask of tokens × tokens is made, which is what transformers' `sdpa` does with such a
row. On a GPU that has it, PyTorch's own kernel for rows of uneven length takes all documents at once.
"""

from __future__ import annotations

from typing import Any

import torch
from peft import PeftModel
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "lion_documents"
"""Under this name transformers knows it."""
LAYERS = {"full_attention", "sliding_attention"}
"""The kinds of layer that look at other tokens through attention alone. Others would carry a state across documents."""
KERNEL_DTYPES = (torch.float16, torch.bfloat16)
KERNEL_HEAD = 256
KERNEL_CAPABILITY = (8, 0)
"""What PyTorch's flash attention takes: half precision, heads of at most 256, Ampere or later."""


def use(model: PreTrainedModel | PeftModel) -> bool:
    """Let `model` attend by documents; False, and nothing is changed, where it is not known to be able to."""
    base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    config = base.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    can = base._supports_sdpa and base._supports_attention_backend and not base._is_stateful
    if not can or not kinds <= LAYERS or getattr(config, "attn_logit_softcapping", None):
        return False
    base.set_attn_implementation(NAME)
    return True


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    cu_seq_lens_q: torch.Tensor,
    max_length_q: int,
    document_lengths: list[int],
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """(1, tokens, heads, width) of `query`, `key`, `value` (1, heads, tokens, width): causal within each document.

    `cu_seq_lens_q` holds where documents begin, and the end; `document_lengths` the same on the host.
    """
    if attention_mask is not None or others.get("position_bias") is not None:
        raise ValueError("attention by documents takes no mask and no bias: set runtime.packing to false")
    window = sliding_window if sliding_window is not None and sliding_window < max_length_q else None
    dtype = torch.get_autocast_dtype("cuda") if torch.is_autocast_enabled("cuda") else query.dtype
    if not dropout and _has_kernel(query, value, dtype):
        return _at_once(query.to(dtype), key.to(dtype), value.to(dtype), cu_seq_lens_q, max_length_q, scaling, window)
    found = _in_turn(module, query, key, value, document_lengths, dropout, scaling, window)
    return found, None


def _has_kernel(query: torch.Tensor, value: torch.Tensor, dtype: torch.dtype) -> bool:
    return (
        query.is_cuda
        and torch.version.cuda is not None
        and dtype in KERNEL_DTYPES
        and query.shape[-1] == value.shape[-1] <= KERNEL_HEAD
        and torch.cuda.get_device_capability(query.device) >= KERNEL_CAPABILITY
        and hasattr(torch.nn.attention, "varlen")
    )


def _at_once(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    begins: torch.Tensor,
    longest: int,
    scaling: float | None,
    window: int | None,
) -> tuple[torch.Tensor, None]:
    from torch.nn.attention.varlen import varlen_attn

    tokens_first = [tensor.transpose(1, 2).squeeze(0) for tensor in (query, key, value)]
    found = varlen_attn(
        tokens_first[0],
        tokens_first[1],
        tokens_first[2],
        begins,
        begins,
        longest,
        longest,
        scale=scaling,
        window_size=(-1 if window is None else window - 1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(found, torch.Tensor)  # a pair where more is asked for
    return found.unsqueeze(0), None


@torch.compiler.disable  # type: ignore[untyped-decorator]  # else it would be compiled anew for every set of lengths
def _in_turn(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    lengths: list[int],
    dropout: float,
    scaling: float | None,
    window: int | None,
) -> torch.Tensor:
    queries, keys, values = (torch.split(tensor, lengths, dim=2) for tensor in (query, key, value))
    masks = [_mask(length, window, query.device) for length in lengths]
    found = [
        sdpa_attention_forward(module, *document, dropout=dropout, scaling=scaling, is_causal=True)[0]
        for document in zip(queries, keys, values, masks, strict=True)
    ]
    return torch.cat(found, dim=1)


def _mask(length: int, window: int | None, device: torch.device) -> torch.Tensor | None:
    """Which tokens each token sees, itself and the `window` − 1 before it; None: all before it."""
    if window is None or length <= window:
        return None
    back = torch.arange(length, device=device)
    behind = back[:, None] - back[None, :]
    return ((behind >= 0) & (behind < window))[None, None]


AttentionInterface.register(NAME, attend)
