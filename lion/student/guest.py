"""A checkpoint that was not made here, as it is asked: a folder of links to its weights, with a template. No copies.

Knows nothing of who asks. What `lion.student.checkpoint.prepare_base` makes ready for training has weights of its own;
a guest is only asked, so that where its tokenizer has no pad token, EOS, which is never read there, can stand in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import TemplateError
from transformers import GenerationConfig, PreTrainedTokenizerBase

from lion.errors import ModelError
from lion.student import checkpoint, lineage, source, template, vocabulary

OWN = "chat"
LINKED = (source.CONFIG, "*.safetensors", source.WEIGHTS[1])
ENDS = ("generation_config.json", source.CONFIG)


@contextmanager
def ready(folder: Path, name: str, template_name: str = OWN) -> Iterator[Path]:
    """The checkpoint in `folder`, called `name` in errors, as a student's: while the block lasts.

    `template_name` is as `student.template`. Raises ModelError, one line, where tokenizer or template cannot be used.
    """
    with TemporaryDirectory(prefix="lion-") as scratch:
        view = Path(scratch) / (folder.name or "model")
        view.mkdir()
        for path in sorted(path for pattern in LINKED for path in folder.glob(pattern)):
            (view / path.name).symlink_to(path.resolve())
        _dress(view, folder, name, template_name)
        try:
            yield view
        except ModelError as fault:
            raise ModelError(str(fault).replace(str(view), name)) from None


def _dress(view: Path, folder: Path, name: str, template_name: str) -> None:
    """Tokenizer, template, generation config and lineage of a guest."""
    tokenizer = checkpoint.load_tokenizer(folder, name)
    if template_name == OWN and not tokenizer.chat_template:
        raise ModelError(f"{name}: has no chat template of its own. Choose one with: --template paper, or a Jinja file")
    text = tokenizer.chat_template = template.choose(template_name, tokenizer)
    _check(tokenizer, name)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(view)
    config: GenerationConfig = vocabulary.generation_config(tokenizer, _ends(folder, tokenizer))
    config.save_pretrained(view)
    lineage.write(view, {"template_sha256": template.digest(text)})


def _check(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Raise ModelError where the template does not show the model what it is asked."""
    try:
        asked = template.prompt(tokenizer, template.conversation(template.PROBE, ""))
    except (TemplateError, TypeError, ValueError) as fault:
        reason = " ".join(str(fault).split())[:200]
        raise ModelError(f"{name}: its chat template does not render ({reason}). Choose another: --template") from None
    if template.PROBE not in asked:
        raise ModelError(f"{name}: its chat template makes {asked[:80]!r}, without what is asked. Choose another")


def _ends(folder: Path, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The ids that end an answer: the tokenizer's EOS and those that the model's own configuration names."""
    path = next((folder / name for name in ENDS if (folder / name).is_file()), None)
    try:
        told = json.loads(path.read_text("utf-8")) if path else {}
    except ValueError:
        told = {}  # whoever loads it tells
    own = told.get("eos_token_id", told.get("text_config", {}).get("eos_token_id"))
    named = [own] if isinstance(own, int) else list(own or [])
    return list(dict.fromkeys(id for id in (tokenizer.eos_token_id, *named) if id is not None))
