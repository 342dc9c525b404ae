"""LoRA and QLoRA: adapters learn, the base does not, and what is saved is a plain model."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from lion.errors import ModelError
from lion.params import Lora, Train
from lion.records import Instruction
from lion.student import adapters, checkpoint, methods
from lion.student.training import Example
from tests.student.conftest import greedy_answers
from tests.student.trainings import Folders, files, kill_on_the_way, run

HAS_QUANTISER = importlib.util.find_spec("bitsandbytes") is not None


@pytest.fixture(scope="session")
def lora(settings: Train) -> Train:
    return settings.model_copy(update={"method": "lora", "learning_rate": 1e-2, "epochs": 60})


def losses(folders: Folders) -> list[float]:
    return [float(row["loss"]) for row in csv.DictReader(folders["history"].read_text().splitlines())]


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    with safe_open(folder / "model.safetensors", "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@pytest.fixture(scope="session")
def others(examples: list[Example]) -> list[Example]:
    """The same tasks with one another's answers: a student that knows the examples knows none of these."""
    answers = [example.answer for example in examples[:5]]
    turned = [*answers[1:], answers[0], answers[2]]
    return [Example(e.id, e.instruction, e.input, answer) for e, answer in zip(examples, turned, strict=True)]


def asked(folder: Path, examples: list[Example]) -> list[str]:
    """The student's greedy answers."""
    records = [Instruction(e.id, e.instruction, e.input, "seed", 0) for e in examples]
    return greedy_answers(folder, records)


def test_lora_learns_by_heart_and_is_saved_as_a_plain_model(
    trained: Path, others: list[Example], lora: Train, folders: Folders
) -> None:
    run(trained, others, lora, folders)
    curve = losses(folders)
    assert curve[0] > 0.5
    assert curve[-1] < 0.1
    before, after = tensors(trained), tensors(folders["out"])
    assert {name: tensor.shape for name, tensor in after.items()} == {n: t.shape for n, t in before.items()}
    changed = {name.split(".")[-2] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert asked(folders["out"], others) == [example.answer for example in others]
    told = json.loads((folders["out"] / "lion.json").read_text())
    assert told["train"]["method"] == "lora"
    assert "peft" in told["versions"]


@pytest.mark.slow
def test_lora_killed_and_started_again_ends_with_the_same_bytes(
    trained: Path, others: list[Example], lora: Train, folders: Folders, tmp_path: Path
) -> None:
    whole = {name: tmp_path / "whole" / path.name for name, path in folders.items()}
    run(trained, others, lora, whole)
    kill_on_the_way(trained, others, lora, folders)
    run(trained, others, lora, folders)
    assert files(folders["out"]) == files(whole["out"])
    assert folders["history"].read_bytes() == whole["history"].read_bytes()


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("method", ["lora", "qlora"])
def test_gradients_reach_every_adapter_and_nothing_else_also_with_gradient_checkpointing(
    base: Path, lora: Train, method: str, reentrant: bool
) -> None:
    needs_quantiser(method)
    settings = lora.model_copy(update={"method": method})
    model = methods.prepare(methods.load(base, settings)[0], settings, random_seed=7)
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": reentrant})
    model.train()
    for name, tensor in model.named_parameters():  # else A, beside a B of 0, has a gradient of 0
        if "lora_B" in name:
            torch.nn.init.ones_(tensor)
    ids = torch.arange(8)[None]
    model(input_ids=ids, labels=ids).loss.backward()
    reached = {name for name, tensor in model.named_parameters() if tensor.grad is not None and tensor.grad.any()}
    assert reached == {name for name, _ in model.named_parameters() if adapters.MARK in name}
    assert len(reached) == 2 * 7 * 2  # layers, matrices of a layer, A and B


def needs_quantiser(method: str) -> None:
    if method == "qlora" and not HAS_QUANTISER:
        pytest.skip("needs bitsandbytes: pip install 'lion-distillation[qlora]'")


@pytest.mark.parametrize("rank", [4, 500])
def test_merged_weights_answer_as_base_and_adapters_together(base: Path, lora: Train, rank: int) -> None:
    given = Lora(rank=rank, alpha=2.0 * rank, dropout=0.0, targets=["q_proj", "down_proj"])
    adapted = adapters.attach(checkpoint.load(base, torch.float32)[0], given, random_seed=7).eval()
    torch.manual_seed(1)
    for name, tensor in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(tensor, std=0.1)
    found = adapters.learned(adapted.state_dict())
    assert len(found) == 2 * 2 * 2
    merged = adapters.merge(checkpoint.load(base, torch.float32)[0], given, found).eval()
    ids = torch.arange(20)[None]
    with torch.inference_mode():
        together, plain, before = (m(ids).logits for m in (adapted, merged, checkpoint.load(base)[0]))
    assert torch.allclose(together, plain, atol=1e-4)
    assert not torch.allclose(before, plain, atol=1e-2)


def test_frozen_weights_are_stored_as_they_were_in_bfloat16(
    trained: Path, others: list[Example], lora: Train, folders: Folders, tmp_path: Path
) -> None:
    half = lora.model_copy(update={"precision": "bfloat16", "epochs": 2})
    model, tokenizer = checkpoint.load(trained, torch.bfloat16)
    checkpoint.save(model, tokenizer, [1], {}, tmp_path / "half")
    run(tmp_path / "half", others, half, folders)
    before, after = tensors(tmp_path / "half"), tensors(folders["out"])
    assert {tensor.dtype for tensor in after.values()} == {torch.bfloat16}
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert same == {name for name in before if "_proj" not in name}


def test_targets_that_match_no_module_are_one_line(
    base: Path, examples: list[Example], lora: Train, folders: Folders
) -> None:
    given = lora.lora.model_copy(update={"targets": ["no_such_proj"]})
    with pytest.raises(ModelError, match=r"\['no_such_proj'\] matches no module .* wanted .*q_proj") as told:
        run(base, examples, lora.model_copy(update={"lora": given}), folders)
    assert "\n" not in str(told.value)
    assert not folders["out"].exists()


@pytest.mark.skipif(HAS_QUANTISER, reason="bitsandbytes is installed")
def test_qlora_without_bitsandbytes_is_one_line_and_never_lora(
    base: Path, examples: list[Example], lora: Train, folders: Folders
) -> None:
    with pytest.raises(ModelError, match=r"'qlora' needs bitsandbytes, .* Run: pip install") as told:
        run(base, examples, lora.model_copy(update={"method": "qlora"}), folders)
    assert "\n" not in str(told.value)
    assert not folders["out"].exists()


def test_qlora_refuses_a_launch_that_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_quantiser("qlora")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(ModelError, match=r"runtime\.launch shards it"):
        adapters.quantisation("qlora", torch.bfloat16)


def test_qlora_learns_and_is_saved_as_what_its_four_bits_stand_for(
    trained: Path, others: list[Example], lora: Train, folders: Folders
) -> None:
    needs_quantiser("qlora")
    run(trained, others, lora.model_copy(update={"method": "qlora"}), folders)
    assert losses(folders)[-1] < 0.1
    before, after = tensors(trained), tensors(folders["out"])
    assert {name: tensor.shape for name, tensor in after.items()} == {n: t.shape for n, t in before.items()}
    assert {tensor.dtype for tensor in after.values()} == {torch.float32}
    assert asked(folders["out"], others) == [example.answer for example in others]


def test_qlora_without_any_learning_is_the_quantised_base(trained: Path, lora: Train) -> None:
    needs_quantiser("qlora")
    settings = lora.model_copy(update={"method": "qlora"})
    adapted = methods.prepare(methods.load(trained, settings)[0], settings, random_seed=7).eval()
    whole = adapters.dequantised(adapted)
    assert len(whole) == 2 * 7
    plain = checkpoint.load(trained, torch.float32)[0].eval()
    ids = torch.arange(20)[None]
    with torch.inference_mode():
        before = plain(ids).logits
        plain.load_state_dict(whole, strict=False)
        assert torch.allclose(adapted(ids).logits, plain(ids).logits, atol=1e-3)
        assert not torch.allclose(before, plain(ids).logits, atol=1e-2)
