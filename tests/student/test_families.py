"""Every profile's student, as a tiny random model of each family: prepared, trained a step, saved, loaded, asked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from lion import params
from lion.conf import compose
from lion.params import Params
from lion.records import Instruction
from lion.student import checkpoint
from lion.student.training import Example, train
from tests.student.conftest import greedy_answers, spell

ROOT = Path(__file__).parent.parent.parent
PROFILES = sorted(path.stem for path in (ROOT / "lion/conf/profile").glob("*.yaml"))
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": None,
}
FAMILIES: dict[str, type[PreTrainedConfig]] = {
    "llama": LlamaConfig,
    "mistral": MistralConfig,
    "qwen2": Qwen2Config,
    "qwen3": Qwen3Config,
    "gemma2": Gemma2Config,
    "gemma3": Gemma3TextConfig,
}
STUDENTS = {
    "models/cub": "llama",
    "huggyllama/llama-7b": "llama",
    "huggyllama/llama-13b": "llama",
    "Qwen/Qwen2.5-0.5B-Instruct": "qwen2",
}
CHAT = (
    "{% for m in messages %}<s>{{ m.role }}\n{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)


def publish(folder: Path, family: str, chat: str | None = CHAT, shard: str = "5GB") -> Path:
    """A base student of a family as its makers would publish it, with random weights."""
    tokenizer = spell(None, "</s>")
    tokenizer.chat_template = chat
    more = {"head_dim": 8} if family in ("qwen3", "gemma2", "gemma3") else {}
    torch.manual_seed(0)
    rows = len(tokenizer) + (10 if family.startswith("qwen") else 0)  # Qwen's makers leave rows to spare
    config = FAMILIES[family](**SIZES, **more, vocab_size=rows)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder, max_shard_size=shard)
    tokenizer.save_pretrained(folder)
    return folder


def settings_of(profile: str, tmp_path: Path, *overrides: str) -> Params:
    """A profile's parameters, cut down to a step or two."""
    given = compose(f"profile={profile}", "train.epochs=1", "train.batch_size=6", "train.max_length=128", *overrides)
    (tmp_path / "params.yaml").write_text(given)
    return params.read(tmp_path / "params.yaml")


def live(base: Path, template: str, settings: Params, examples: list[Example], home: Path) -> Path:
    """The whole life of a student; asserts what must be true of each."""
    checkpoint.prepare_base(str(base), None, template, home / "base")
    out, history = home / "student", home / "history.csv"
    train(
        home / "base",
        examples,
        settings.train,
        settings.runtime,
        random_seed=settings.random_seed,
        out=out,
        history=history,
        scratch=home / "scratch",
    )
    [row] = csv.DictReader(history.read_text().splitlines())
    assert 0 < float(row["loss"]) < 20
    before, after = (AutoModelForCausalLM.from_pretrained(path) for path in (home / "base", out))
    assert before.config.model_type == after.config.model_type
    assert {n: t.shape for n, t in before.state_dict().items()} == {n: t.shape for n, t in after.state_dict().items()}
    wanted = {"float32": torch.float32, "bfloat16": torch.bfloat16}[settings.train.precision]
    assert {tensor.dtype for tensor in after.state_dict().values()} == {wanted}
    asked = [Instruction(e.id, e.instruction, e.input, "seed", 0) for e in examples]
    assert len(greedy_answers(out, asked, max_new_tokens=5)) == len(examples)
    return out


def test_every_profiles_student_is_of_a_family_that_is_tried(tmp_path: Path) -> None:
    bases = {profile: settings_of(profile, tmp_path).student.base for profile in PROFILES}
    assert set(bases.values()) == set(STUDENTS)
    assert AutoConfig.from_pretrained(ROOT / "models/cub").model_type == STUDENTS["models/cub"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_student_of_the_profiles_family_lives(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: list[Example]
) -> None:
    settings = settings_of(profile, tmp_path)
    base = publish(tmp_path / "raw", STUDENTS[settings.student.base])
    out = live(base, settings.student.template, settings, examples, tmp_path)
    told = yaml.safe_load((out / "lion.json").read_text())
    assert told["template"] == settings.student.template
    assert told["train"]["method"] == ("lora" if profile == "modern" else "full")


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_student_of_every_family_lives(family: str, method: str, tmp_path: Path, examples: list[Example]) -> None:
    settings = settings_of("classroom", tmp_path, f"train.method={method}")
    live(publish(tmp_path / "raw", family), "paper", settings, examples, tmp_path)


@pytest.mark.parametrize("template", ["chat", "FILE"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_student_of_every_family_lives_with_another_template(
    family: str, template: str, tmp_path: Path, examples: list[Example]
) -> None:
    settings = settings_of("classroom", tmp_path)
    if template == "FILE":
        template = str(tmp_path / "mine.jinja")
        Path(template).write_text(CHAT.replace("\n", ": "))
        base = publish(tmp_path / "raw", family, chat=None)
    else:
        base = publish(tmp_path / "raw", family)
    live(base, template, settings, examples, tmp_path)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_base_in_several_files_lives(method: str, tmp_path: Path, examples: list[Example]) -> None:
    base = publish(tmp_path / "raw", "llama", shard="20KB")
    assert len(list(base.glob("model-*.safetensors"))) > 2
    live(base, "paper", settings_of("classroom", tmp_path, f"train.method={method}"), examples, tmp_path)
