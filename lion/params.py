"""params.yaml as typed, frozen sections. Knows the permitted keys and values, and nothing of what they do.

Every section forbids unknown keys; all faults of a file are reported together.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from yaml import YAMLError

from lion import conf
from lion.errors import ParamsError


class Section(BaseModel):
    """A mapping in params.yaml whose keys are all known and all given."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Seed(Section):
    """Where the first pools come from: `classroom`, a JSON, JSONL or CSV file, or a Hugging Face data set's id."""

    source: str
    revision: str | None
    """Of a Hugging Face data set: a commit, tag or branch."""
    size: int | None = Field(ge=1)
    """How many instructions to take, drawn at random; null: all. The classroom, which has no end, needs a number."""
    max_characters: int = Field(ge=1)

    @model_validator(mode="after")
    def _the_classroom_has_no_end(self) -> Seed:
        if self.source == "classroom" and self.size is None:
            raise ValueError("a number in seed.size, because the classroom has no end of seeds")
        return self


class Student(Section):
    """The base student: a local folder, or a Hugging Face id with a revision."""

    base: str
    revision: str | None
    template: str
    """`paper`, `chat` (the model's own) or the path of a Jinja chat template."""


class Role(Section):
    """Whom to ask and how: `endpoint` is `classroom` or the base URL of an OpenAI-compatible API."""

    endpoint: str
    model: str
    temperature: float = Field(ge=0, le=2)
    top_p: float = Field(gt=0, le=1)


class Teacher(Role):
    max_tokens: int = Field(ge=1)
    attempts: int = Field(ge=1)
    """How often an instruction is asked while its reply is one to be asked again."""
    on_length: Literal["ask_again", "drop", "keep"]
    """What becomes of a reply that max_tokens cut off. `ask_again`: until `attempts` are used up, then dropped; `drop`:
    the instruction has no answer, for the reason `length`; `keep`: what there is of it is the answer."""
    on_refused: Literal["ask_again", "drop", "keep"]
    """The same for a reply that the provider's filter, or the model, held back."""
    on_empty: Literal["ask_again", "drop"]
    """The same for a reply without text, which is never an answer."""


class Referee(Role):
    max_tokens: int = Field(ge=1)
    attempts: int = Field(ge=1)
    """How often a comparison is asked while its reply has no readable scores."""


class Generator(Role):
    tokens_per_word: int = Field(ge=1)
    """A new instruction may take this many tokens for each word of its parent."""
    min_tokens: int = Field(ge=1)
    """But at least so many: scripts without spaces have few words."""


class Lora(Section):
    """The adapters of `lora` and `qlora` (Hu et al., 2021, https://arxiv.org/abs/2106.09685). Unused by `full`."""

    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    """What an adapter adds is multiplied by alpha / rank."""
    dropout: float = Field(ge=0, lt=1)
    targets: Literal["all-linear"] | Annotated[list[str], Field(min_length=1)]
    """Which modules get an adapter: every linear one but the output layer, or those of these names."""


class Train(Section):
    method: Literal["full", "lora", "qlora"]
    """`full`: all weights learn; `lora`: small adapters beside frozen weights; `qlora`: the same beside weights of four
    bits (Dettmers et al., 2023, https://arxiv.org/abs/2305.14314). The student that is written has plain weights."""
    lora: Lora
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    """Instructions in an optimiser step, over all devices together."""
    learning_rate: float = Field(gt=0)
    warmup_share: float = Field(ge=0, le=1)
    weight_decay: float = Field(ge=0)
    max_length: int = Field(ge=8)
    """Tokens of prompt and answer together."""
    on_long: Literal["cut", "drop"]
    """What becomes of an example that is longer: its answer is cut, or it is left out. Without room for any answer it
    is left out in any case. Both are counted."""
    precision: Literal["float32", "bfloat16"]


class Answering(Section):
    """How a student is asked."""

    backend: Literal["transformers", "openai"]
    """`transformers`: by Lion itself; `openai`: by an engine that serves the checkpoint, such as vLLM."""
    endpoint: str | None
    """The engine's base URL; null with `transformers`."""
    model: str | None
    """The name by which the engine serves the checkpoint; null: its folder, such as models/iteration-0."""
    temperature: float = Field(ge=0)
    """0 means greedy."""
    top_p: float = Field(gt=0, le=1)
    max_new_tokens: int = Field(ge=1)

    @model_validator(mode="after")
    def _an_engine_has_an_address(self) -> Self:
        if (self.backend == "openai") != (self.endpoint is not None):
            raise ValueError("an endpoint where backend is 'openai', and null where it is 'transformers'")
        if self.backend == "transformers" and self.model is not None:
            raise ValueError("null for model where backend is 'transformers', which reads the checkpoint itself")
        return self


class Infer(Answering):
    """The student's answers to the cache pool."""


class Discriminate(Section):
    threshold: float
    """τ: an instruction is hard where teacher − student ≥ τ."""


Benchmark = Literal["vicuna", "user_oriented", "bbh", "agieval", "gsm8k", "humaneval", "mbpp", "math500"]


class Decontaminate(Section):
    suites: list[Benchmark]
    """No new instruction may overlap an item of these benchmarks, and the seeds are checked: lion/contamination.py."""
    ngram: int = Field(ge=2)
    """A run of so many tokens is an overlap; shorter texts are compared by ROUGE-L, with generate.max_rouge."""


class Generate(Section):
    count: int = Field(ge=1)
    """N: the new instructions of an iteration."""
    hard_share: float = Field(ge=0, le=1)
    max_rouge: float = Field(ge=0, le=1)
    """A candidate is valid where its ROUGE-L F1 with every known instruction is at most this."""
    compare_input: bool
    """Whether a known instruction is compared together with its input; the paper compares the instruction alone."""
    ascii_start: bool
    """Drop a candidate that begins with a non-ASCII character, as the paper does; false for other languages."""
    max_requests_per_new: float = Field(ge=1)
    """Stop when more requests than this, for each new instruction wanted, have been made."""
    decontaminate: Decontaminate


class Evaluate(Answering):
    """The student's answers to the suites."""

    suites: list[Literal["exam"]]
    items: int | None = Field(ge=1)
    """At most so many items of each suite, spread evenly over it; null: all."""


class KeyNames(Section):
    """The environment variables that hold the keys: the names, never the keys themselves."""

    teacher: str
    referee: str
    generator: str
    infer: str
    """Of the engine that serves the student, where infer.backend is `openai`."""
    evaluate: str
    """The same for evaluate.backend."""


class Price(Section):
    """What a model costs, in US dollars for a million tokens, as its provider published it on `date`."""

    prompt_usd: float = Field(ge=0)
    completion_usd: float = Field(ge=0)
    batch_discount: float = Field(ge=0, le=1)
    """The share by which batch mode is cheaper."""
    date: date


class Runtime(Section):
    """What changes only speed or spending. No stage lists these: changing one reruns nothing."""

    mode: Literal["online", "batch"]
    """`batch`: buy through the provider's batch API, cheaper and within a day; `online`: at once."""
    concurrency: int = Field(ge=1, le=4096)
    """At most so many requests in flight; fewer where the endpoint refuses or slows down."""
    requests_per_minute: int | None = Field(ge=1)
    """Null: as the endpoint's own headers allow."""
    tokens_per_minute: int | None = Field(ge=1)
    """Prompt and completion tokens together; null: as the endpoint's own headers allow."""
    budget_usd: float | None = Field(ge=0)
    """All that the journal was ever bought may cost so much; nothing is sent that might pass it. Null: no cap."""
    budget_tokens: int | None = Field(ge=0)
    """The same, in prompt and completion tokens."""
    prices: dict[str, Price]
    """By model. A model without a price is never given one; `budget_usd` then refuses to start."""
    timeout_s: float = Field(gt=0)
    max_retries: int = Field(ge=0, le=100)
    """Further tries after a time-out, a lost connection, a 429 or a 5xx."""
    max_failed_share: float = Field(ge=0, le=1)
    """A paid stage ends with an error where a larger share of its requests came to nothing."""
    inference_batch_tokens: int = Field(ge=1)
    """Tokens, of prompts and answers together, that one device holds at a time when the student answers."""
    micro_batch_tokens: int = Field(ge=1)
    """Tokens in one forward pass of one device in training; how many passes make an optimiser step follows from it.
    An example that is longer has a pass of its own."""
    packing: bool
    """Examples end to end without pad tokens, where the model is known to allow it; else beside each other, padded."""
    gradient_checkpointing: bool
    """Compute activations twice instead of keeping them: about a third more time, much less memory."""
    compile: bool
    """Training through torch.compile: minutes once, then quicker on most GPUs."""
    liger: bool
    """Liger's fused kernels, on a GPU: `pip install 'lion-distillation[gpu]'`."""
    checkpoint_every_steps: int = Field(ge=1)
    launch: str | None
    """Train, infer and evaluate on several processes: the name of a configuration in lion/conf/accelerate, or the path
    of one's own file for `accelerate launch`. Null: one process."""
    api_key_env: KeyNames


class Watched(Section):
    """What DVC hashes for a source that lies on disk; composed from `seed` and `student`."""

    seed: str
    student: str
    template: str


class Params(Section):
    """The whole of params.yaml."""

    profile: str
    iterations: int = Field(ge=0)
    random_seed: int = Field(ge=0)
    prompts: str
    seed: Seed
    student: Student
    teacher: Teacher
    referee: Referee
    generator: Generator
    train: Train
    infer: Infer
    discriminate: Discriminate
    generate: Generate
    evaluate: Evaluate
    runtime: Runtime
    watched: Watched
    students: dict[str, dict[str, str]]
    rounds: dict[str, dict[str, str]]
    curves: dict[str, dict[str, str]]

    @model_validator(mode="after")
    def _derived_values_fit(self) -> Params:
        """What follows from other values must not be left behind where those are edited by hand."""
        derived = {
            "students": (self.students, conf.students(self.iterations)),
            "rounds": (self.rounds, conf.rounds(self.iterations)),
            "curves": (self.curves, conf.curves(self.iterations)),
            "watched.seed": (self.watched.seed, conf.watched_seed(self.seed.source)),
            "watched.student": (self.watched.student, conf.watched_student(self.student.base)),
            "watched.template": (self.watched.template, conf.watched_template(self.student.template)),
        }
        stale = [name for name, (found, wanted) in derived.items() if found != wanted]
        if stale:
            raise ValueError(
                f"values that fit the others, but {', '.join(stale)} were not composed anew; "
                "change values with `dvc exp run -S key=value` or `lion params key=value > params.yaml`"
            )
        return self


def read(path: Path) -> Params:
    """The parameters in `path`. Raises ParamsError, one line that names every fault."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found. Restore it with: git checkout {path}") from None
    except (OSError, UnicodeDecodeError) as fault:
        reason = " ".join(str(fault).split())
        raise ParamsError(f"{path}: not readable as YAML ({reason}). Mend it or: git checkout {path}") from None
    return parse(text, str(path), f"Mend it or: git checkout {path}")


def parse(text: str, where: str, remedy: str) -> Params:
    """The parameters in `text`. Raises ParamsError, one line that begins with `where` and names every fault."""
    try:
        tree = OmegaConf.to_container(OmegaConf.create(text), resolve=True)
    except (YAMLError, OmegaConfBaseException) as fault:
        raise ParamsError(f"{where}: not readable as YAML ({' '.join(str(fault).split())}). {remedy}") from None
    try:
        return Params.model_validate(tree)
    except ValidationError as faults:
        told = "; ".join(_tell(dict(fault)) for fault in faults.errors())
        raise ParamsError(f"{where}: {told}. The keys stand in lion/conf.") from None


def _tell(fault: dict[str, Any]) -> str:
    """One pydantic fault in our words."""
    place = ".".join(str(part) for part in fault["loc"]) or "the whole"
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    if fault["type"] == "missing":
        return f"{place}: missing"
    if fault["type"] == "value_error":
        return f"{place}: wanted {fault['ctx']['error']}"
    return f"{place}: found {fault['input']!r}, wanted: {fault['msg']}"
