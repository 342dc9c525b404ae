"""Whom `lion evaluate` measures: a checkpoint, an endpoint, or answers on file. Knows no suite, and imports no torch.

Each is asked by `lion.student.backend`'s one question; what differs, the results tell by prompt, decoding and notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from lion.chat.endpoint import CLASSROOM, holds_secret
from lion.errors import ModelError, ParamsError, ProviderError
from lion.evaluation import suite
from lion.evaluation.recorded import Recorded
from lion.params import Evaluate, Params
from lion.rivals.remote import Remote
from lion.student import lineage, source
from lion.student.backend import Backend

ENDPOINT_PROMPT = "a user message in the endpoint's own chat template"
RECORDED_PROMPT = "not known: answers on file"
OPTIONS = {
    "student.base": "--model",
    "student.template": "--template",
    "evaluate.endpoint": "--model",
    "evaluate.model": "--served-name",
}
"""The keys of params.yaml that other rooms name in their faults, and the options that stand in their place here."""

LOADED = (
    *(source.CONFIG, "generation_config.json", "*.safetensors", *source.WEIGHTS, *source.TOKENIZERS, "merges.txt"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
)
"""What of a checkpoint's files its answers hang on; its template the results tell by their prompt."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of the command that say whom to measure. One of `model` and `answers` is given."""

    model: str | None = None
    answers: Path | None = None
    served_name: str | None = None
    revision: str | None = None
    template: str | None = None

    @property
    def is_endpoint(self) -> bool:
        """Whether `model` is asked over HTTP; `classroom` is, with the name that it serves."""
        return self.model is not None and ("://" in self.model or (self.model == CLASSROOM and bool(self.served_name)))

    @property
    def is_checkpoint(self) -> bool:
        """Whether it is computed here."""
        return self.model is not None and not self.is_endpoint

    @property
    def name(self) -> str:
        """What the subject is called where nothing else is said: the last part of its own name."""
        if self.answers:
            return self.answers.stem
        return Path((self.served_name if self.is_endpoint else self.model) or "").name


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that can be asked, and how its results tell of it. `lost` grows: items that have no reply, and why."""

    backend: Backend
    settings: Evaluate
    prompt: str
    decoding: Mapping[str, str | float | int | None]
    notes: tuple[str, ...]
    lost: Sequence[str] = ()


def check(choice: Choice) -> None:
    """Raise a LionError, one line, where the options contradict each other or name nothing that is there."""
    if (choice.model is None) == (choice.answers is None):
        found = "neither" if choice.model is None else "both"
        raise ParamsError(f"lion evaluate: found {found} of --model and --answers, wanted one of them")
    if choice.is_endpoint and not choice.served_name:
        raise ParamsError(f"--model {_shown(choice)}: a URL, wanted --served-name too: the model's name there")
    if choice.is_endpoint and holds_secret(choice.model or ""):
        raise ProviderError(
            f"--model {_shown(choice)}: found a key or password in the URL, wanted none. "
            "Put it into the environment variable that runtime.api_key_env.evaluate names"
        )
    if choice.served_name and not choice.is_endpoint:
        raise ParamsError("--served-name: is for an endpoint, and --model names none. Leave it out")
    for option, value in (("--template", choice.template), ("--revision", choice.revision)):
        if value and not choice.is_checkpoint:
            raise ParamsError(f"{option}: is for a checkpoint, and this is none. Leave it out")
    if choice.revision and Path(choice.model or "").is_dir():
        raise ParamsError(f"--revision: is for a Hugging Face id, and {choice.model!r} is a folder. Leave it out")


def _shown(choice: Choice) -> str:
    """An endpoint without what may be secret in it."""
    url = urlsplit(choice.model or "")
    return f"{url.scheme}://{url.hostname}"


@contextmanager
def opened(choice: Choice, settings: Params, scratch: Path) -> Iterator[Subject]:
    """The subject, to be asked as `evaluate` says, for as long as the block lasts. See `check`."""
    with _told():
        if choice.answers:
            yield _recorded(choice.answers, settings.evaluate)
        elif choice.is_endpoint:
            yield from _remote(choice, settings)
        else:
            yield from _local(choice, settings, scratch)


@contextmanager
def _told() -> Iterator[None]:
    """The faults of other rooms, in the words of this command."""
    try:
        yield
    except (ModelError, ProviderError) as fault:
        text = str(fault)
        for key, option in OPTIONS.items():
            text = text.replace(key, option)
        raise type(fault)(text) from None


def _recorded(path: Path, settings: Evaluate) -> Subject:
    backend = Recorded(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    decoding = {"backend": "recorded"}
    return Subject(backend, settings, RECORDED_PROMPT, decoding, (f"answers on file: {path.name}, sha256:{digest}",))


def _remote(choice: Choice, settings: Params) -> Iterator[Subject]:
    update = {"backend": "openai", "endpoint": choice.model, "model": choice.served_name}
    asked = settings.evaluate.model_copy(update=update)
    with Remote(asked, settings.random_seed, settings.runtime) as backend:
        notes = (f"model: {choice.served_name} at {choice.model}",)
        yield Subject(backend, asked, ENDPOINT_PROMPT, suite.decoding(asked), notes, backend.lost)


def _local(choice: Choice, settings: Params, scratch: Path) -> Iterator[Subject]:
    """A student as it is; any other checkpoint, or one that is to have another template, as a guest."""
    from lion.student.guest import ready
    from lion.student.inference import Local

    name = choice.model or ""
    asked = settings.evaluate.model_copy(update={"backend": "transformers", "endpoint": None, "model": None})
    folder = source.locate(name, choice.revision)
    with ExitStack() as stack:
        student = folder
        if choice.template or not (folder / lineage.NAME).is_file():
            student = stack.enter_context(ready(folder, name, choice.template or "chat"))
        tokens = settings.runtime.inference_batch_tokens
        backend = stack.enter_context(Local(student, asked, settings.random_seed, tokens, scratch))
        notes = (f"model: {version(folder, name)}",)
        yield Subject(backend, asked, suite.template(student), suite.decoding(asked), notes)


def version(folder: Path, name: str) -> str:
    """Which model it is: a Hugging Face id with the commit that was fetched; a folder by its name and what is loaded.

    What else lies beside the weights, such as a README, is not the model, and not every cache has it.
    """
    if folder.parent.name == "snapshots" and not Path(name).is_dir():
        return f"{name} at {folder.name}"
    with TemporaryDirectory(prefix="lion-") as view:
        for path in {path for pattern in LOADED for path in folder.glob(pattern)}:
            (Path(view) / path.name).symlink_to(path.resolve())
        return f"{Path(name).resolve().name}, sha256:{lineage.fingerprint(Path(view))}"
