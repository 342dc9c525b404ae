"""The student answers: batches of prompts through `generate`, each record's answer independent of its batch.

Knows nothing of training or of files of records.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lion import progress
from lion.params import Infer
from lion.records import Answer, Instruction
from lion.student import checkpoint, prompts
from lion.student.decoding import Choose, decode, greedy
from lion.student.sampling import Draw

log = logging.getLogger(__name__)


def answers(
    model: Path, instructions: Sequence[Instruction], settings: Infer, *, random_seed: int, batch_size: int
) -> Iterator[Answer]:
    """The student's answer to each instruction, in the order given. Temperature 0 is greedy; a text may be empty.

    A prompt that leaves no room for the answer is cut (see `lion.student.prompts`) and counted on standard error.
    """
    device = best_device()
    network, tokenizer = checkpoint.load(model, _dtype(device))
    network.to(device).eval()  # type: ignore[arg-type]
    limit, new_tokens = prompts.room(network, settings.max_new_tokens)
    encoded, cut = prompts.encode(tokenizer, instructions, limit)
    if cut:
        log.warning("%s: %d of %d prompts cut to %s tokens", model, cut, len(encoded), limit)

    def generated() -> Iterator[tuple[int, str]]:
        for places in _batches(encoded, batch_size):
            choose = _choose(settings, random_seed, [instructions[place].id for place in places])
            rows = [encoded[place] for place in places]
            yield from zip(places, _texts(network, tokenizer, rows, new_tokens, choose), strict=True)

    texts = dict(progress.track(generated(), "infer", total=len(encoded)))
    for place, record in enumerate(instructions):
        yield Answer(record.id, texts[place])


def best_device() -> torch.device:
    """The accelerator where there is one, else the CPU."""
    return torch.accelerator.current_accelerator() or torch.device("cpu")


def _dtype(device: torch.device) -> torch.dtype | str:
    """The checkpoint's own on an accelerator; float32 on a CPU, where most have no quick half precision."""
    return torch.float32 if device.type == "cpu" else "auto"


def _batches(encoded: Sequence[Sequence[int]], batch_size: int) -> Iterator[list[int]]:
    """Places of rows of like length, the longest first, so that what does not fit the memory is met at once."""
    order = sorted(range(len(encoded)), key=lambda place: (-len(encoded[place]), place))
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _choose(settings: Infer, random_seed: int, ids: list[str]) -> Choose:
    return Draw(random_seed, ids, settings.temperature, settings.top_p) if settings.temperature > 0 else greedy


@torch.inference_mode()
def _texts(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Sequence[int]],
    new_tokens: int,
    choose: Choose,
) -> list[str]:
    """The text that the student puts after each row of prompt ids, padded on the left to the longest."""
    width = max(len(row) for row in rows)
    gaps = [width - len(row) for row in rows]
    pad = tokenizer.pad_token_id
    ids = torch.tensor([[pad] * gap + list(row) for row, gap in zip(rows, gaps, strict=True)])
    mask = torch.tensor([[0] * gap + [1] * len(row) for row, gap in zip(rows, gaps, strict=True)])
    found = network.generate(  # type: ignore[operator]
        ids.to(network.device),
        attention_mask=mask.to(network.device),
        custom_generate=decode,
        choose=choose,
        do_sample=False,
        max_new_tokens=new_tokens,
    )
    decoded = tokenizer.batch_decode(found, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return [text.strip() for text in decoded]
