"""A student as a difference from its base: back bit by bit, or refused."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from lion.cli import main
from lion.errors import ModelError
from lion.student import delta, weights
from tests.student.trainings import files


def there_and_back(base: Path, student: Path, folder: Path) -> Path:
    delta.make(base, student, folder / "delta")
    delta.recover(base, folder / "delta", folder / "back")
    assert files(folder / "back") == files(student)
    return folder / "delta"


def test_a_student_comes_back_bit_by_bit(base: Path, trained: Path, tmp_path: Path) -> None:
    made = there_and_back(base, trained, tmp_path)
    before, kept, after = (
        load_file(path)
        for path in (base / "model.safetensors", made / "delta-model.safetensors", trained / "model.safetensors")
    )
    assert before.keys() == kept.keys() == after.keys()
    assert not any(torch.equal(kept[name], after[name]) for name in after)


def test_nothing_takes_a_delta_for_a_model(base: Path, trained: Path, tmp_path: Path) -> None:
    made = there_and_back(base, trained, tmp_path)
    assert not (made / "model.safetensors").exists()
    with pytest.raises(OSError, match=r"model\.safetensors"):
        AutoModelForCausalLM.from_pretrained(made)


def test_rows_that_the_base_lacks_are_stored_whole(raw: Path, base: Path, tmp_path: Path) -> None:
    made = there_and_back(raw, base, tmp_path)  # the base has one embedding row more than what its makers published
    kept = load_file(made / "delta-model.safetensors")["model.embed_tokens.weight"]
    after = load_file(base / "model.safetensors")["model.embed_tokens.weight"]
    assert torch.equal(kept[-1], after[-1])
    assert not kept[:-1].view(torch.int32).any()


@pytest.mark.parametrize("old", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("new", ["float32", "float16", "bfloat16"])
def test_precisions_may_differ_and_every_bit_comes_back(tmp_path: Path, old: str, new: str) -> None:
    torch.manual_seed(0)
    odd = torch.tensor([float("nan"), float("inf"), -0.0, 1e-42, 65504.0, 3.4e38])
    for name, dtype, more in (("base", old, 0), ("student", new, 7)):
        (tmp_path / name).mkdir()
        numbers = torch.cat([torch.randn(1000 + more), odd]).to(getattr(torch, dtype))
        save_file({"w": numbers[:, None]}, tmp_path / name / "model.safetensors")
    there_and_back(tmp_path / "base", tmp_path / "student", tmp_path)


def test_files_may_be_divided_otherwise(base: Path, trained: Path, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(trained)
    model.save_pretrained(tmp_path / "shards", max_shard_size="100KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 2
    there_and_back(base, tmp_path / "shards", tmp_path)
    assert weights.fingerprint(weights.of(tmp_path / "shards")) == weights.fingerprint(weights.of(trained))


def test_no_whole_tensor_is_ever_in_memory(tmp_path: Path) -> None:
    for name, dtype in (("base", torch.float32), ("student", torch.bfloat16)):
        (tmp_path / name).mkdir()
        save_file({"w": torch.ones(2**25, 2, dtype=dtype)}, tmp_path / name / "model.safetensors")
    tensor = (tmp_path / "base/model.safetensors").stat().st_size
    tracemalloc.start()
    there = tmp_path / "delta"
    delta.make(tmp_path / "base", tmp_path / "student", there)
    delta.recover(tmp_path / "base", there, tmp_path / "back")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tensor > 250_000_000
    assert peak < 12 * weights.PIECE_BYTES < tensor / 4


def test_another_base_is_refused_before_anything_is_written(base: Path, trained: Path, tmp_path: Path) -> None:
    delta.make(base, trained, tmp_path / "delta")
    with pytest.raises(ModelError, match=r"not the base that .* was made from") as told:
        delta.recover(trained, tmp_path / "delta", tmp_path / "back")
    assert "\n" not in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["delta"]


def test_a_damaged_delta_is_refused_and_nothing_is_left(base: Path, trained: Path, tmp_path: Path) -> None:
    delta.make(base, trained, tmp_path / "delta")
    path = tmp_path / "delta/delta-model.safetensors"
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with pytest.raises(ModelError, match="the delta is damaged"):
        delta.recover(base, tmp_path / "delta", tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["delta"]


@pytest.mark.parametrize("cut", [0, 5, 300, 20_000])
def test_weights_cut_short_are_one_line(base: Path, trained: Path, tmp_path: Path, cut: int) -> None:
    (tmp_path / "student").mkdir()
    for path in trained.iterdir():
        (tmp_path / "student" / path.name).write_bytes(path.read_bytes())
    whole = (trained / "model.safetensors").read_bytes()
    (tmp_path / "student/model.safetensors").write_bytes(whole[:cut])
    with pytest.raises(ModelError, match=r"Restore") as told:
        delta.make(base, tmp_path / "student", tmp_path / "delta")
    assert "\n" not in str(told.value)
    assert not list(tmp_path.glob("delta*"))


def test_a_model_of_another_shape_is_refused(base: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    save_file({"model.norm.weight": torch.ones(8, 8)}, tmp_path / "other/model.safetensors")
    with pytest.raises(ModelError, match=r"'model.norm.weight' is F32 \[8, 8\], in .* F32 \[64\]"):
        delta.make(base, tmp_path / "other", tmp_path / "delta")
    save_file({"nothing": torch.ones(8)}, tmp_path / "other/model.safetensors")
    with pytest.raises(ModelError, match="no weight of it is in"):
        delta.make(base, tmp_path / "other", tmp_path / "delta")


def test_the_commands_make_and_recover(base: Path, trained: Path, tmp_path: Path) -> None:
    for words in (
        ["make", base, trained, tmp_path / "delta"],
        ["recover", base, tmp_path / "delta", tmp_path / "back"],
    ):
        done = CliRunner().invoke(main, ["delta", *map(str, words)])
        assert (done.exit_code, done.output) == (0, "")
    assert files(tmp_path / "back") == files(trained)
    done = CliRunner().invoke(main, ["delta", "recover", str(base), str(trained), str(tmp_path / "none")])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert json.loads((tmp_path / "delta/delta.json").read_text())["format"] == "lion-delta-1"
