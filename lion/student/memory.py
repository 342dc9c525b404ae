"""How much memory a training needs on each device, reckoned from a model's config.json. Knows no torch and no machine.

Parameters are counted exactly for Llama, Mistral, Qwen2, Qwen3, Gemma 2 and Gemma 3 (text); other families are not
guessed at. Bytes for each parameter follow from the precisions that Lion trains in: weights that learn, their gradients
and AdamW's two moments are float32 (16 bytes together: Rajbhandari et al., 2020, https://arxiv.org/abs/1910.02054,
section 3.1, whose 16-bit copies are autocast's here); frozen weights are as they are stored; those of qlora take 4.127
bits (Dettmers et al., 2023, https://arxiv.org/abs/2305.14314, section 3). Activations are counted tensor by tensor, in
the manner of Korthikanti et al., 2022 (https://arxiv.org/abs/2205.05198, section 4), for a gated MLP, RMSNorm and
attention that keeps no matrix of scores. What the allocator loses to fragmentation, and the device's own context
(about 0.5 GB of CUDA), comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lion.params import Train

FLOAT = 4
BYTES = {"float32": 4, "bfloat16": 2}
NF4_BYTES = 4.127 / 8
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
GATHERED_LAYERS = 2
"""A sharded training holds the layer at work whole, and the one that is fetched meanwhile."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model: all that its parameters and activations follow from."""

    family: str
    width: int
    layers: int
    heads: int
    key_heads: int
    head_width: int
    inner: int
    vocabulary: int
    is_tied: bool
    attention_bias: bool
    mlp_bias: bool

    @property
    def attention(self) -> int:
        """Parameters of a layer's four projections, without their biases."""
        return 2 * self.width * self.head_width * (self.heads + self.key_heads)

    @property
    def mlp(self) -> int:
        return 3 * self.width * self.inner

    @property
    def biases(self) -> int:
        """Of a layer."""
        outs = self.head_width * (self.heads + 2 * self.key_heads)
        output = 0 if self.family == "qwen2" else self.width
        attention = outs + output if self.attention_bias else 0
        return attention + (2 * self.inner + self.width if self.mlp_bias else 0)

    @property
    def norms(self) -> int:
        """Of a layer."""
        around = 4 if self.family in ("gemma2", "gemma3_text") else 2
        inside = 2 * self.head_width if self.family in ("qwen3", "gemma3_text") else 0
        return around * self.width + inside

    @property
    def layer(self) -> int:
        return self.attention + self.mlp + self.biases + self.norms

    @property
    def embeddings(self) -> int:
        return self.vocabulary * self.width * (1 if self.is_tied else 2)

    @property
    def linear(self) -> int:
        """Parameters of all layers' matrices: what 4-bit weights hold, and what adapters stand beside."""
        return self.layers * (self.attention + self.mlp)

    @property
    def parameters(self) -> int:
        return self.layers * self.layer + self.embeddings + self.width

    def adapters(self, rank: int) -> int:
        """Parameters of LoRA adapters of every linear module of the layers: rank · (inputs + outputs) of each."""
        queries, keys = self.heads * self.head_width, self.key_heads * self.head_width
        attention = 2 * (self.width + queries) + 2 * (self.width + keys)
        return self.layers * rank * (attention + 3 * (self.width + self.inner))


def shape(config: Mapping[str, Any]) -> Shape | None:
    """The sizes that a config.json tells; None for a family that is not known, or where it lacks one of them."""
    text = config.get("text_config") or config
    family = {"gemma3": "gemma3_text"}.get(str(text.get("model_type")), str(text.get("model_type")))
    if family not in FAMILIES:
        return None
    try:
        heads, width = int(text["num_attention_heads"]), int(text["hidden_size"])
        return Shape(
            family=family,
            width=width,
            layers=int(text["num_hidden_layers"]),
            heads=heads,
            key_heads=int(text.get("num_key_value_heads") or heads),
            head_width=int(text.get("head_dim") or width // heads),
            inner=int(text["intermediate_size"]),
            vocabulary=int(text["vocab_size"]),
            is_tied=bool(text.get("tie_word_embeddings", family.startswith("gemma"))),
            attention_bias=bool(text.get("attention_bias", False)) or family == "qwen2",
            mlp_bias=bool(text.get("mlp_bias", False)),
        )
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Spread:
    """How a launch lays a training out: one copy on each device, or one among all of them, or that on the CPU."""

    devices: int = 1
    is_sharded: bool = False
    is_offloaded: bool = False


def spread(configuration: Mapping[str, Any] | None, processes: int | None = None) -> Spread:
    """What a configuration for `accelerate launch` means for memory; None: one process.

    `processes` are those that train together, over all nodes; without it, as many as the configuration says.
    """
    if configuration is None:
        return Spread()
    fsdp, deepspeed = (configuration.get(f"{name}_config") or {} for name in ("fsdp", "deepspeed"))
    kind = str(configuration.get("distributed_type"))
    offload = bool(fsdp.get("fsdp_offload_params")) or "cpu" in (
        deepspeed.get("offload_param_device"),
        deepspeed.get("offload_optimizer_device"),
    )
    sharded = kind == "FSDP" or (kind == "DEEPSPEED" and deepspeed.get("zero_stage") == 3)
    return Spread(processes or int(configuration.get("num_processes") or 1), sharded, offload)


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes on each device; `host` is what an offload keeps in the machine's memory instead, for each device."""

    weights: float
    gradients: float
    optimiser: float
    activations: float
    host: float = 0

    @property
    def device(self) -> float:
        return self.weights + self.gradients + self.optimiser + self.activations


def need(size: Shape, settings: Train, lay: Spread, tokens: int, *, checkpointed: bool) -> Need:
    """What a device needs with `tokens` tokens in a pass, all of them learned."""
    low = BYTES[settings.precision]
    moving = activations(size, tokens, settings, checkpointed=checkpointed)
    learning = size.parameters if settings.method == "full" else size.adapters(settings.lora.rank)
    frozen = _frozen(size, settings)
    weights, gradients, moments = FLOAT * learning + frozen, FLOAT * learning, 2 * FLOAT * learning
    if settings.method == "full" and low < FLOAT:
        moving += low * size.parameters / (size.layers if lay.is_sharded else 1)  # autocast's copies
    if not lay.is_sharded:
        buckets = FLOAT * learning if lay.devices > 1 else 0  # what DDP sums gradients in
        return Need(weights, gradients + buckets, moments, moving)
    share = (weights + gradients + moments) / lay.devices
    whole = GATHERED_LAYERS * FLOAT * size.layer + FLOAT * size.vocabulary * size.width
    if lay.is_offloaded:
        return Need(whole, 0, 0, moving, host=share)
    return Need(weights / lay.devices + whole, gradients / lay.devices, moments / lay.devices, moving)


def _frozen(size: Shape, settings: Train) -> float:
    """Bytes of the weights that do not learn."""
    low = BYTES[settings.precision]
    if settings.method == "full":
        return 0
    if settings.method == "lora":
        return low * size.parameters
    return NF4_BYTES * size.linear + low * (size.parameters - size.linear)


def activations(size: Shape, tokens: int, settings: Train, *, checkpointed: bool) -> float:
    """Bytes that a forward pass over `tokens` keeps for the backward pass, and the loss needs at its peak.

    Of a layer, each token keeps: two norms' float32 inputs and what they divide to (4 · width each), their outputs;
    queries, keys and values before and after turning, and what attention makes of them; gate, up, the activated gate
    and their product. Checkpointed, a layer keeps its input alone, and one layer at a time is computed anew. The logits
    stand there in the precision of the training, in float32, as shares, and as their gradient.
    """
    low = BYTES[settings.precision]
    stream = FLOAT if settings.method == "full" else low
    norms = 2 * (2 * FLOAT + low) * size.width
    attention = low * size.head_width * (3 * size.heads + 3 * size.key_heads)
    mlp = 4 * low * size.inner
    layer = norms + attention + mlp + _dropped(size, settings)
    logits = (low + 3 * FLOAT) * size.vocabulary
    if checkpointed:  # the logits are gone before the first layer is computed anew
        return tokens * (size.layers * stream * size.width + max(layer, logits))
    return tokens * (size.layers * layer + logits)


def _dropped(size: Shape, settings: Train) -> float:
    """Bytes that a token keeps in a layer for adapters: what dropout leaves of each module's input, and its mask."""
    if settings.method == "full" or not settings.lora.dropout:
        return 0
    inputs = 5 * size.width + size.heads * size.head_width + size.inner  # of seven modules
    return (BYTES[settings.precision] + 1) * inputs
