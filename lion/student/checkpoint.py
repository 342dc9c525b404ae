"""Checkpoints: plain Hugging Face folders, read with care and written whole or not at all.

Knows nothing of training or sampling. Safetensors only; code that comes with a model is never run. What is written here
can be served as it is by anything that reads such folders.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from lion.errors import ModelError
from lion.jsonl import PARTIAL, UNWRITABLE
from lion.student import lineage, source, template, vocabulary

SHARD_SIZE = "5GB"
"""A larger checkpoint is written as several files, none larger than this: whoever loads it needs no more at a time."""

logging.set_verbosity_error()  # type: ignore[no-untyped-call]
logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def prepare_base(source_name: str, revision: str | None, template_name: str, out: Path) -> None:
    """Write the base student `source_name` to `out`, ready to be trained, served and asked.

    It has a pad token, the chat template `template_name` and a generation config that stops. Raises ModelError, one
    line, for whatever keeps the model from being used; `out` then does not exist.
    """
    folder = source.locate(source_name, revision)
    tokenizer = load_tokenizer(folder, source_name)
    model = load_model(folder, source_name)
    vocabulary.check(model, tokenizer, source_name)
    vocabulary.add_pad_token(model, tokenizer)
    ends = vocabulary.eos_ids(model, tokenizer)
    tokenizer.chat_template = template.choose(template_name, tokenizer)
    template.check(tokenizer, ends)
    told = {
        "base": _plain_name(source_name),
        "revision": revision,
        "source_sha256": lineage.fingerprint(folder),
        "template": _plain_name(template_name),
        "template_sha256": template.digest(tokenizer.chat_template),
        "versions": lineage.versions(),
    }
    save(model, tokenizer, ends, told, out)


def _plain_name(name: str) -> str:
    """A path's last part where it is absolute: a lineage must not depend on where a disk is mounted."""
    return Path(name).name if Path(name).is_absolute() else name


def load_tokenizer(folder: Path, name: str) -> PreTrainedTokenizerBase:
    """The tokenizer in `folder`. Raises ModelError, which calls the checkpoint `name`."""
    with _told(name, "tokenizer"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return tokenizer


def load_model(
    folder: Path, name: str, dtype: torch.dtype | str = "auto", quantisation: BitsAndBytesConfig | None = None
) -> PreTrainedModel:
    """The causal language model in `folder`. Raises ModelError where weights are missing or of the wrong shape."""
    options: dict[str, Any] = {"quantization_config": quantisation} if quantisation else {}
    with _told(name, "model"):
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, trust_remote_code=False, use_safetensors=True, output_loading_info=True, **options
        )
    model: PreTrainedModel = loaded[0]
    # transformers would fill these with random numbers and go on.
    if missing := sorted(loaded[1]["missing_keys"]):
        raise ModelError(
            f"{name}: the weights lack {missing[0]!r} and {len(missing) - 1} more that config.json asks for. "
            "Restore the checkpoint, or choose another one"
        )
    return model


def load(
    folder: Path, dtype: torch.dtype | str = "auto", quantisation: BitsAndBytesConfig | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model and tokenizer of a checkpoint that `prepare_base` or `save` wrote. Raises ModelError where it is not whole.

    float32 is what training starts from, whatever the checkpoint holds, so that small steps are not rounded away.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such checkpoint. Restore it with: dvc checkout {folder}")
    source.check_files(folder, str(folder))
    tokenizer = load_tokenizer(folder, str(folder))
    model = load_model(folder, str(folder), dtype, quantisation)
    vocabulary.check(model, tokenizer, str(folder))
    if tokenizer.pad_token_id is None or not tokenizer.chat_template:
        lacking = "pad token" if tokenizer.pad_token_id is None else "chat template"
        raise ModelError(f"{folder}: no {lacking}, so it is not a prepared student. Make it with: dvc repro prepare")
    return model, tokenizer


@contextmanager
def _told(name: str, part: str) -> Iterator[None]:
    """One line of whatever transformers' parsers raise: OSError, ValueError, KeyError, safetensors' own."""
    try:
        yield
    except Exception as fault:
        reason = " ".join(str(fault).split())[:240] or type(fault).__name__
        raise ModelError(f"{name}: its {part} cannot be loaded ({reason}). Restore it or choose another") from fault


def save(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    ends: list[int],
    told: Mapping[str, Any],
    out: Path,
    weights: dict[str, torch.Tensor] | None = None,
) -> None:
    """Write a checkpoint that stops at the ids `ends`, with the lineage `told`. `weights` stand in for the model's own.

    Raises ModelError where the disk is full or cannot be written.
    """
    text = model.config.get_text_config()
    model.generation_config = vocabulary.generation_config(tokenizer, ends)
    text.eos_token_id = model.generation_config.eos_token_id
    text.use_cache = True  # Trainer switches it off in memory; a checkpoint without it generates at a crawl
    with writing(out) as partial:
        model.save_pretrained(partial, state_dict=weights, max_shard_size=SHARD_SIZE)
        if weights is not None:  # transformers notes the precision of the model, not of what stands in for it
            model.config.dtype = next(tensor.dtype for tensor in weights.values() if tensor.is_floating_point())
            model.config.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        lineage.write(partial, dict(told))
        _open_to_readers(partial)


def _open_to_readers(folder: Path) -> None:
    """safetensors closes its files to all but their owner, and so to a server under another name."""
    mode = (folder / lineage.NAME).stat().st_mode
    for path in folder.iterdir():
        path.chmod(mode)


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """A folder that takes its name `out` only when the block ends well; else nothing of it is left."""
    partial = out.with_name(out.name + PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with telling_what_cannot_be_written(out):
            partial.mkdir(parents=True)
            yield partial
            shutil.rmtree(out, ignore_errors=True)
            partial.replace(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def telling_what_cannot_be_written(path: Path) -> Iterator[None]:
    """Raise ModelError for a disk that is full or read-only, whoever meets it first."""
    try:
        yield
    except Exception as fault:
        if not _is_unwritable(fault):
            raise
        reason = " ".join(str(fault).split())[:160]
        raise ModelError(f"{path}: cannot be written ({reason}). Make room or mend it, then run again") from None


def _is_unwritable(fault: Exception) -> bool:
    """safetensors tells the error number in its text alone, and torch.save none at all."""
    if isinstance(fault, OSError):
        return fault.errno in UNWRITABLE
    told = str(fault)
    return "PytorchStreamWriter failed writing" in told or any(f"(os error {number})" in told for number in UNWRITABLE)
