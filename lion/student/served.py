"""The student asked through an engine that serves its checkpoint: the backend `openai`.

vLLM, SGLang, `transformers serve`, or anything else that speaks chat completions and applies the checkpoint's own chat
template. Knows nothing of the engine beyond that, nor of torch. Requests are paced, tried again and journalled by
`lion.chat`; the fingerprint of the checkpoint is part of their keys, so that no student is answered for by another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from lion import progress
from lion.chat import Chat, Request
from lion.errors import ParamsError, ProviderError
from lion.params import Answering, Runtime
from lion.records import Answer, Instruction
from lion.student import lineage, processes, prompts, source, template

FRAME_TOKENS = 512
"""More than any chat template puts around an instruction."""
SEED_BITS = 31
"""What every engine takes for a seed."""


class Served:
    """The student in the folder `model`, as `lion.student.backend` wants it; `section` names the params in errors."""

    def __init__(self, section: str, model: Path, settings: Answering, random_seed: int, runtime: Runtime) -> None:
        self._section, self._folder, self._settings, self._random_seed = section, model, settings, random_seed
        self._name = settings.model or model.as_posix()
        self._endpoint = settings.endpoint or ""
        _refuse_company(section)
        source.check_files(model, str(model))
        # Whoever serves a student of his own is sent no bill.
        free = {"mode": "online", "budget_usd": None, "budget_tokens": None, "max_failed_share": 1.0}
        self._chat = Chat(section, self._endpoint, runtime.model_copy(update=free))

    def __enter__(self) -> Self:
        self._chat.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._chat.__exit__(kind, fault, at)

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        """The student's answer to each instruction, in the order given. A text may be empty.

        Temperature 0 is greedy; else each request has a seed of its own, from the random seed and the record. Raises
        ProviderError where the engine does not serve the student, or has no answer to a row.
        """
        exchanges = self._chat.ask(self._requests(instructions))
        tracked = progress.track(exchanges, "infer", len(instructions), self._chat.told)
        for record, exchange in zip(instructions, tracked, strict=True):
            if exchange.reply is None:
                raise ProviderError(
                    f"{self._section}.endpoint {self._endpoint}: no answer to {record.id} "
                    f"({exchange.failure and exchange.failure.detail}), wanted one to every instruction. "
                    "Mend the engine and run again: what it has answered is in the journal"
                )
            yield Answer(record.id, exchange.reply.text.strip())

    def _requests(self, instructions: Iterable[Instruction]) -> Iterator[Request]:
        settings, checkpoint = self._settings, lineage.fingerprint(self._folder)
        limit, new_tokens = prompts.room(positions(self._folder), settings.max_new_tokens)
        for record in instructions:
            [message] = template.conversation(*self._fitting(record, limit))
            yield Request(
                endpoint=self._endpoint,
                model=self._name,
                system="",
                user=message["content"],
                temperature=settings.temperature,
                top_p=settings.top_p,
                max_tokens=new_tokens,
                seed=seed(self._random_seed, record.id) if settings.temperature else None,
                checkpoint=checkpoint,
            )

    def _fitting(self, record: Instruction, limit: int | None) -> tuple[str, str]:
        """Instruction and input, cut as `lion.student.prompts` cuts where they leave no room for the answer."""
        if limit is None or len((record.instruction + record.input).encode("utf-8", "replace")) + FRAME_TOKENS <= limit:
            return record.instruction, record.input  # a token is a byte at least
        from lion.student import checkpoint

        return prompts.shortened(checkpoint.load_tokenizer(self._folder, str(self._folder)), record, limit)


def positions(folder: Path) -> int | None:
    """As `lion.student.prompts.positions`, from the checkpoint's config alone."""
    config = json.loads((folder / source.CONFIG).read_text("utf-8"))
    return config.get("text_config", config).get("max_position_embeddings") or None


def seed(random_seed: int, id: str) -> int:
    """A seed that depends on the random seed and the record alone."""
    digest = hashlib.blake2b(f"{random_seed}\x1f{id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> (64 - SEED_BITS)


def _refuse_company(section: str) -> None:
    if processes.count() > 1:
        raise ParamsError(
            f"{section}.backend: found 'openai' in {processes.count()} processes, wanted one: the engine itself shares "
            "the work. Start the stage without a launcher"
        )
