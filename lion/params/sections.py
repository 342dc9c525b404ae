"""The sections of params.yaml that say what the loop does. Knows the permitted keys and values, not what they do."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


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
