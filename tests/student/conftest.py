"""A tiny Llama with its own tokenizer, made from a config: no download, no trained weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lion import params
from lion.conf import compose
from lion.params import Infer, Lora, Runtime, Train
from lion.records import Instruction
from lion.student.checkpoint import prepare_base
from lion.student.inference import Local
from lion.student.training import Example
from tests.one_thread import one_thread as one_thread

THINGS = {"the sky": "Blue", "grass": "Green", "blood": "Red", "snow": "White", "coal": "Black"}
CORPUS = "Name the colour of " + " ".join([*THINGS, *THINGS.values()])
VOCABULARY = 320
BOS, EOS = "<s>", "</s>"

Publish = Callable[..., Path]


def spell(pad: str | None, eos: str | None) -> PreTrainedTokenizerFast:
    """A byte-level BPE that can spell anything."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[token for token in dict.fromkeys((BOS, EOS, pad)) if token],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([CORPUS] * 20, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token=BOS, eos_token=eos, pad_token=pad)


@pytest.fixture(scope="session")
def publish() -> Publish:
    """Writes a base student as its makers would publish it, mostly without pad token and chat template."""

    def write(
        folder: Path,
        *,
        pad: str | None = None,
        eos: str | None = EOS,
        positions: int = 256,
        tied: bool = False,
        rows: int | None = None,
    ) -> Path:
        tokenizer = spell(pad, eos)
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=len(tokenizer) if rows is None else rows,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=positions,
            tie_word_embeddings=tied,
            bos_token_id=0,
            eos_token_id=1,
        )
        tokenizer.save_pretrained(folder)
        LlamaForCausalLM(config).save_pretrained(folder)
        return folder

    return write


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory, publish: Publish) -> Path:
    """A base student without a pad token."""
    return publish(tmp_path_factory.mktemp("raw") / "tiny")


@pytest.fixture(scope="session")
def base(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, prepared with the paper's template."""
    out = tmp_path_factory.mktemp("base") / "base"
    prepare_base(str(raw), None, "paper", out)
    return out


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """Six tasks, the last of them with an input."""
    tasks = [
        Example(f"{place:016x}", f"Name the colour of {thing}", "", answer)
        for place, (thing, answer) in enumerate(THINGS.items())
    ]
    return [*tasks, Example("f" * 16, "Name the colour of", "grass", "Green")]


@pytest.fixture(scope="session")
def settings() -> Train:
    return Train(
        method="full",
        lora=Lora(rank=8, alpha=16.0, dropout=0.1, targets="all-linear"),
        epochs=60,
        batch_size=3,
        learning_rate=5e-3,
        warmup_share=0.1,
        weight_decay=0.0,
        max_length=128,
        on_long="cut",
        precision="float32",
    )


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """The default profile's, without progress checkpoints."""
    found = params.parse(compose(), "the default profile", "").runtime
    return found.model_copy(update={"checkpoint_every_steps": 1000})


@pytest.fixture(scope="session")
def greedy() -> Infer:
    return Infer(backend="transformers", endpoint=None, model=None, temperature=0.0, top_p=1.0, max_new_tokens=12)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Where a training writes."""
    return {"out": tmp_path / "student", "history": tmp_path / "history.csv", "scratch": tmp_path / "scratch"}


@pytest.fixture(scope="session")
def trained(
    base: Path,
    examples: list[Example],
    settings: Train,
    runtime: Runtime,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A student that has learned the six tasks by heart; its loss curve lies beside it."""
    from lion.student.training import train

    home = tmp_path_factory.mktemp("trained")
    train(
        base,
        examples,
        settings,
        runtime,
        random_seed=7,
        out=home / "student",
        history=home / "history.csv",
        scratch=home / "scratch",
    )
    return home / "student"


def greedy_answers(student: Path, instructions: list[Instruction], max_new_tokens: int = 12) -> list[str]:
    """What the student in a folder answers, likeliest token by token."""
    settings = Infer(
        backend="transformers", endpoint=None, model=None, temperature=0.0, top_p=1.0, max_new_tokens=max_new_tokens
    )
    with TemporaryDirectory() as scratch, Local(student, settings, 0, 300, Path(scratch)) as local:
        return [answer.text for answer in local.answers(instructions)]
