"""The student answers in this process, or in several that share the work: the backend `transformers`.

Knows nothing of training or of files of records. The instructions are sorted by length and cut into blocks, by their
lengths and the token budget alone; processes take blocks in turn. So whatever the number of processes, and wherever a
run was killed, a row is computed in the same company: the same to the last bit, on the same kind of device.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from lion import progress
from lion.errors import ModelError
from lion.params import Answering
from lion.records import Answer, Instruction
from lion.student import checkpoint, decoding, lineage, processes, prompts, refilling
from lion.student.columns import depth
from lion.student.kept import Kept, Texts
from lion.student.sampling import Choose, Draw, greedy

log = logging.getLogger(__name__)
KEY_LENGTH = 16
"""Hexadecimal digits in the name of a folder of kept answers."""
BLOCKS, WAVES = 16, 16
"""A block has places for so many waves of rows at most, fewer where there would be fewer blocks than that to share."""
OUT_OF_MEMORY = ("not enough memory", "can't allocate memory")
"""How torch tells it of a CPU, where it has no class of errors for it."""


@dataclass(frozen=True, slots=True)
class Share:
    """Rows that are computed together: their places, the longest first, at most `slots` at a time."""

    places: list[int]
    slots: int


class Local:
    """The student in the folder `model`, as `lion.student.backend` wants it.

    A forward pass holds at most `batch_tokens` tokens, of prompts and answers, unless a single row has more.
    """

    def __init__(self, model: Path, settings: Answering, random_seed: int, batch_tokens: int, scratch: Path) -> None:
        self._folder, self._settings, self._random_seed = model, settings, random_seed
        self._batch_tokens, self._scratch = batch_tokens, scratch
        self._kept: list[Kept] = []
        self._loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            processes.union({})  # none forgets before the first has written
            for kept in self._kept if processes.is_first_of_its_machine() else ():
                kept.forget()

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """The student's answer to each instruction, in the order given, in every process. A text may be empty.

        Temperature 0 is greedy. A prompt that leaves no room for the answer is cut (see `lion.student.prompts`) and
        counted on standard error.
        """
        processes.meet()
        model, tokenizer = self._loaded = self._loaded or self._load()
        limit, new_tokens = prompts.room(model, self._settings.max_new_tokens)
        encoded, cut = prompts.encode(tokenizer, instructions, limit)
        if cut and processes.rank() == 0:
            log.warning("%s: %d of %d prompts cut to %s tokens", self._folder, cut, len(encoded), limit)
        kept = Kept(self._scratch / self._key(instructions, model), processes.rank())
        self._kept.append(kept)
        writer = Writer(model, tokenizer, encoded, new_tokens, self._choices(instructions))
        texts = self._texts(writer, kept, shares([len(row) for row in encoded], new_tokens, self._batch_tokens))
        for place, record in enumerate(instructions):
            yield Answer(record.id, texts[place])

    def _load(self) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
        device = best_device()
        model, tokenizer = checkpoint.load(self._folder, precision(device))
        return model.to(device).eval(), tokenizer  # type: ignore[arg-type]

    def _texts(self, writer: Writer, kept: Kept, all_shares: Sequence[Share]) -> Texts:
        """The answers that are kept, and those that this process and its like now make."""
        known = processes.union(kept.read())
        left = [Share([p for p in share.places if p not in known], share.slots) for share in all_shares]
        mine = [share for share in left if share.places][processes.rank() :: processes.count()]

        def made() -> Iterator[tuple[int, str]]:
            for share in mine:
                texts = writer.texts(share)
                kept.add(texts)
                yield from texts.items()

        todo = sum(len(share.places) for share in mine)
        found = dict(progress.track(made(), "infer", total=todo) if processes.rank() == 0 else made())
        return known | processes.union(found)

    def _choices(self, instructions: Sequence[Instruction]) -> Callable[[Sequence[int]], Choose]:
        """How the tokens of some rows are chosen, by their places."""
        settings = self._settings
        if settings.temperature == 0:
            return lambda places: greedy
        return lambda places: Draw(
            self._random_seed, [instructions[place].id for place in places], settings.temperature, settings.top_p
        )

    def _key(self, instructions: Sequence[Instruction], model: PreTrainedModel) -> str:
        """A name for all that determines the answers: the checkpoint with its template, the params and the rows."""
        told: dict[str, Any] = {
            "checkpoint_sha256": lineage.fingerprint(self._folder),
            "settings": self._settings.model_dump(include={"temperature", "top_p", "max_new_tokens"}),
            "random_seed": self._random_seed,
            "computed": [model.device.type, str(model.dtype)],
            "versions": lineage.versions(),
        }
        rows = (part for record in instructions for part in (record.id, record.instruction, record.input))
        return lineage.digest([json.dumps(told, sort_keys=True), lineage.code(), *rows])[:KEY_LENGTH]


def shares(lengths: Sequence[int], new_tokens: int, batch_tokens: int) -> list[Share]:
    """All rows, the longest first, in blocks that hang on nothing but the arguments.

    The longest come first so that what does not fit the memory is met at once.
    """
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    found: list[Share] = []
    start = 0
    while start < len(order):
        slots = max(1, batch_tokens // (lengths[order[start]] + new_tokens))
        waves = min(WAVES, max(1, len(order) // (BLOCKS * slots)))
        found.append(Share(order[start : start + waves * slots], slots))
        start += waves * slots
    return found


class Writer:
    """Makes the texts of shares. Where the memory does not suffice, it goes on with half as many rows at a time."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        encoded: Sequence[Sequence[int]],
        new_tokens: int,
        choices: Callable[[Sequence[int]], Choose],
    ) -> None:
        self._model, self._tokenizer, self._encoded, self._new_tokens = model, tokenizer, encoded, new_tokens
        self._choices, self._depth = choices, depth(model)
        ends = model.generation_config.eos_token_id if model.generation_config else None
        self._ends: list[int] = [ends] if isinstance(ends, int) else list(ends or [])
        self._most: int | None = None

    @torch.inference_mode()
    def texts(self, share: Share) -> Texts:
        """The student's text for each place of `share`. Raises ModelError where even a single row does not fit."""
        rows = [self._encoded[place] for place in share.places]
        slots = min(share.slots, len(rows), self._most or share.slots)
        work = self._begin(rows, self._choices(share.places))
        while not _fits(work, slots):
            if slots == 1:
                raise ModelError(
                    f"infer: not enough memory for one row of {len(rows[0])} + {self._new_tokens} tokens. "
                    "Lower infer.max_new_tokens, or use a larger machine"
                )
            slots = self._most = slots // 2
            log.warning("infer: not enough memory; going on with %d rows at a time", slots)
        texts = self._tokenizer.batch_decode(
            work.found[:, : self._new_tokens], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return {place: text.strip() for place, text in zip(share.places, texts, strict=True)}

    def _begin(self, rows: Sequence[Sequence[int]], choose: Choose) -> refilling.Block | decoding.Block:
        """The rows, ready to be run: refilled where the model's memory is a plain one, else batch by batch."""
        pad = self._tokenizer.pad_token_id
        if self._depth is None:
            return decoding.Block(self._model, rows, self._new_tokens, pad, choose)
        return refilling.Block(self._model, self._depth, rows, self._new_tokens, self._ends, pad, choose)


def _fits(work: refilling.Block | decoding.Block, slots: int) -> bool:
    """Run `work`; whether there was memory for it."""
    try:
        work.run(slots)
        return True
    except (RuntimeError, MemoryError) as fault:
        if not _is_out_of_memory(fault):
            raise
    # Here the fault, and with it what the loop had allocated, is gone.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return False


def _is_out_of_memory(fault: Exception) -> bool:
    if isinstance(fault, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(fault) for words in OUT_OF_MEMORY)


def best_device() -> torch.device:
    """The accelerator where there is one, each process its own; else the CPU."""
    device = torch.accelerator.current_accelerator()
    if device is None:
        return torch.device("cpu")
    return torch.device(device.type, torch.accelerator.current_device_index())


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 on an accelerator; float32 on a CPU, where most have no quick half precision."""
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16
