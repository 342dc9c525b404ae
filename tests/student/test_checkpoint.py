"""A base student is prepared, or refused in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from lion.errors import ModelError
from lion.student import checkpoint, vocabulary
from lion.student.checkpoint import prepare_base


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("tied", [False, True])
def test_new_embedding_row_is_the_mean_of_the_old_ones(
    tmp_path: Path, publish: Callable[..., Path], tied: bool
) -> None:
    raw = publish(tmp_path / "raw", tied=tied)
    prepare_base(str(raw), None, "paper", tmp_path / "base")
    before, after = (AutoModelForCausalLM.from_pretrained(path) for path in (raw, tmp_path / "base"))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "base")
    known = before.config.vocab_size
    assert tokenizer.pad_token_id == known == after.config.vocab_size - 1
    for old, new in zip(matrices(before), matrices(after), strict=True):
        assert torch.equal(new[:known], old)
        assert torch.allclose(new[known], old.mean(0))


def matrices(model: torch.nn.Module) -> list[torch.Tensor]:
    return [model.get_input_embeddings().weight, model.get_output_embeddings().weight]


def test_pad_token_that_is_there_stays(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw", pad="<filler>")
    prepare_base(str(raw), None, "paper", tmp_path / "base")
    assert AutoTokenizer.from_pretrained(tmp_path / "base").pad_token == "<filler>"
    assert (raw / "model.safetensors").read_bytes() == (tmp_path / "base" / "model.safetensors").read_bytes()


def test_pad_token_takes_a_spare_row(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw", rows=384)
    prepare_base(str(raw), None, "paper", tmp_path / "base")
    model, tokenizer = checkpoint.load(tmp_path / "base")
    assert model.config.vocab_size == 384
    row = model.get_input_embeddings().weight[tokenizer.pad_token_id]
    assert torch.allclose(
        row, AutoModelForCausalLM.from_pretrained(raw).model.embed_tokens.weight[: row_count(raw)].mean(0)
    )


def row_count(raw: Path) -> int:
    return len(AutoTokenizer.from_pretrained(raw))


def test_generation_config_stops_and_samples_nothing(base: Path) -> None:
    config = GenerationConfig.from_pretrained(base)
    assert (config.eos_token_id, config.pad_token_id) == (1, AutoTokenizer.from_pretrained(base).pad_token_id)
    assert set(json.loads((base / "generation_config.json").read_text())) == {
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "transformers_version",
    }


def test_pad_id_is_never_among_the_eos_ids_unless_the_tokenizer_shares_them(
    tmp_path: Path, publish: Callable[..., Path]
) -> None:
    model, tokenizer = checkpoint.load_model(publish(tmp_path / "raw"), "raw"), None
    tokenizer = checkpoint.load_tokenizer(publish(tmp_path / "apart", pad="<filler>"), "apart")
    model.generation_config.eos_token_id = [1, tokenizer.pad_token_id, 5]
    assert vocabulary.eos_ids(model, tokenizer) == [1, 5]
    tokenizer.pad_token = tokenizer.eos_token
    model.generation_config.eos_token_id = [1, 5]
    assert vocabulary.eos_ids(model, tokenizer) == [1, 5]


def test_same_base_twice_gives_the_same_bytes(raw: Path, base: Path, tmp_path: Path) -> None:
    prepare_base(str(raw), None, "paper", tmp_path / "again")
    assert files(tmp_path / "again") == files(base)
    assert not any(str(raw.parent).encode() in content for content in files(base).values())


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_missing_file_is_named(tmp_path: Path, publish: Callable[..., Path], name: str) -> None:
    raw = publish(tmp_path / "raw")
    (raw / name).unlink()
    refused(raw, tmp_path / "base", f"no {name}")


def test_pickled_weights_are_never_loaded(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw")
    (raw / "model.safetensors").rename(raw / "pytorch_model.bin")
    refused(raw, tmp_path / "base", "pytorch_model.bin, a pickle, which is never loaded")


def test_missing_shard_is_named(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model.safetensors"}}
    (raw / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(raw, tmp_path / "base", "no model-00001-of-00002.safetensors")


def test_cut_weights_are_one_line(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw")
    whole = (raw / "model.safetensors").read_bytes()
    (raw / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    refused(raw, tmp_path / "base", "its model cannot be loaded")


def test_weights_that_lack_a_layer_are_refused(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw")
    config = json.loads((raw / "config.json").read_text())
    (raw / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    refused(raw, tmp_path / "base", "the weights lack 'model.layers.2")


def test_vocabulary_that_does_not_fit_the_weights_is_refused(tmp_path: Path, publish: Callable[..., Path]) -> None:
    refused(publish(tmp_path / "raw", rows=100), tmp_path / "base", "the weights have 100 embedding rows")


def test_config_that_does_not_fit_the_weights_is_refused(tmp_path: Path, publish: Callable[..., Path]) -> None:
    raw = publish(tmp_path / "raw")
    config = json.loads((raw / "config.json").read_text())
    (raw / "config.json").write_text(json.dumps(config | {"vocab_size": 999}))
    refused(raw, tmp_path / "base", "its model cannot be loaded")


def test_tokenizer_without_eos_is_refused(tmp_path: Path, publish: Callable[..., Path]) -> None:
    refused(publish(tmp_path / "raw", eos=None), tmp_path / "base", "has no EOS token")


def refused(raw: Path, out: Path, fault: str) -> None:
    with pytest.raises(ModelError) as told:
        prepare_base(str(raw), None, "paper", out)
    assert fault in str(told.value)
    assert "\n" not in str(told.value)
    assert not list(out.parent.glob(f"{out.name}*"))


@pytest.mark.parametrize("name", ["models/nowhere", "./nowhere", "a/b/c"])
def test_folder_that_is_not_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="no folder"):
        prepare_base(name, None, "paper", tmp_path / "base")


@pytest.mark.slow
def test_unknown_model_offline_is_one_line(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from lion.student.checkpoint import prepare_base\n"
        "from lion.errors import ModelError\n"
        "try: prepare_base('nobody/nothing', 'main', 'paper', Path(sys.argv[1]))\n"
        "except ModelError as fault: print(fault)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "base")],
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.count("\n") == 1
    assert "'nobody/nothing' at 'main' is neither a local folder nor in the cache" in ran.stdout
    assert ran.stderr == ""
