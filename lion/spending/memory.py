"""The part of `lion estimate` that tells what a training needs of a device's memory. Knows no formula and no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lion.params import Params, Train
from lion.spending.table import lay_out, size
from lion.student import launch, memory, source

HEADS = ["method", "launch", "weights", "gradients", "optimiser", "activations", "device", "checkpointed", "host"]
METHODS = ("full", "lora", "qlora")
LAYOUTS = (None, "ddp", "fsdp", "fsdp-offload", "fsdp-nodes", "zero3", "zero3-offload", "zero3-nodes")


def line(settings: Params) -> str:
    """What the training of these parameters needs, in one line."""
    found = _shape(settings)
    if isinstance(found, str):
        return found
    lay = _spread(settings.runtime.launch)
    whole, anew = (_need(found, settings.train, lay, settings, checkpointed) for checkpointed in (False, True))
    host = f", and {size(whole.host)} of the machine's for each device" if whole.host else ""
    return (
        f"train needs {size(whole.device)} of each device's memory, "
        f"{size(anew.device)} with gradient checkpointing{host} "
        f"({found.parameters:,} parameters, {_how(settings)}; all layouts: --memory)"
    )


def table(settings: Params) -> str:
    """What it would need by every method and every layout."""
    found = _shape(settings)
    if isinstance(found, str):
        return found
    rows = [_row(layout) for layout in _layouts(found, settings)]
    head = f"What train needs of each device ({found.parameters:,} parameters, {_tokens(settings):,} tokens a pass)\n\n"
    return head + lay_out(HEADS, rows, left=2)


def plain(settings: Params) -> dict[str, object]:
    """The same for machines, in bytes; `unknown` says why where nothing is known."""
    found = _shape(settings)
    if isinstance(found, str):
        return {"unknown": found}
    layouts = [
        {
            "method": layout.method,
            "launch": layout.launch,
            "devices": layout.devices,
            **{f"{name}_bytes": round(value) for name, value in layout.needs().items()},
        }
        for layout in _layouts(found, settings)
    ]
    return {"parameters": found.parameters, "tokens": _tokens(settings), "layouts": layouts}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a training needs by one method and launch: as it is, and with gradient checkpointing."""

    method: str
    launch: str | None
    devices: int
    whole: memory.Need
    checkpointed: memory.Need

    def needs(self) -> dict[str, float]:
        """Bytes by the names of `HEADS`."""
        whole = self.whole
        values = (whole.weights, whole.gradients, whole.optimiser, whole.activations, whole.device)
        return dict(zip(HEADS[2:], (*values, self.checkpointed.device, whole.host), strict=True))


def _layouts(found: memory.Shape, settings: Params) -> Iterator[Layout]:
    for method, name in _choices():
        train = settings.train.model_copy(update={"method": method})
        lay = _spread(name)
        whole, anew = (_need(found, train, lay, settings, checkpointed) for checkpointed in (False, True))
        yield Layout(method, name, lay.devices, whole, anew)


def _row(layout: Layout) -> list[str]:
    where = f"{layout.launch} ({layout.devices})" if layout.launch else "one process"
    return [layout.method, where, *map(size, layout.needs().values())]


def _choices() -> Iterator[tuple[str, str | None]]:
    for method in METHODS:
        for name in LAYOUTS:
            if not (method == "qlora" and _spread(name).is_sharded):
                yield method, name


def _need(found: memory.Shape, train: Train, lay: memory.Spread, settings: Params, checkpointed: bool) -> memory.Need:
    return memory.need(found, train, lay, _tokens(settings), checkpointed=checkpointed)


def _spread(name: str | None) -> memory.Spread:
    """How many devices share the work here: as the launch would have it, or as its file says where there is no GPU."""
    if name is None:
        return memory.Spread()
    found = launch.find(name)
    is_told = found.is_own or found.is_on_cpu or launch.number("LION_PROCESSES")
    return memory.spread(found.values, launch.processes(found, 0 if is_told else launch.devices()))


def _how(settings: Params) -> str:
    return f"{settings.train.method} in {settings.train.precision}, {_tokens(settings):,} tokens a pass"


def _tokens(settings: Params) -> int:
    """Of the largest pass: an example that is longer than the budget has one of its own."""
    return max(settings.runtime.micro_batch_tokens, settings.train.max_length)


def _shape(settings: Params) -> memory.Shape | str:
    """The sizes of the base student; a line that says why where they are not known."""
    base = settings.student.base
    path = source.config(base, settings.student.revision)
    told = f"train: memory unknown, {base}: "
    if path is None:
        return (
            told + "its config.json is not on this disk. Fetch it with: huggingface-cli download, or dvc repro prepare"
        )
    return _read(path) or told + f"its architecture is none of {', '.join(memory.FAMILIES)}"


def _read(path: Path) -> memory.Shape | None:
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return memory.shape(config) if isinstance(config, dict) else None
