"""Imitation: repeatable, resumable, and the same however a batch is divided."""

from __future__ import annotations

import csv
import errno
import json
import logging
import math
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig

from lion.errors import ModelError
from lion.params import Train
from lion.student import checkpoint, group, resume
from lion.student.checkpoint import prepare_base
from lion.student.training import SPEED, Example
from tests.student.trainings import Folders, files, kill_on_the_way, progress, run


def losses(history: Path) -> list[float]:
    return [float(row["loss"]) for row in table(history)]


def table(history: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(history.read_text("utf-8").splitlines()))


def test_same_training_twice_gives_the_same_bytes(
    trained: Path, base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    run(base, examples, settings, folders)
    assert files(folders["out"]) == files(trained)
    assert folders["history"].read_bytes() == (trained.parent / "history.csv").read_bytes()
    assert not any(str(folders["out"].parent).encode() in content for content in files(folders["out"]).values())
    assert progress(folders["scratch"]) == []


def test_history_has_a_row_for_each_step_and_a_cosine_schedule(trained: Path, settings: Train) -> None:
    rows = table(trained.parent / "history.csv")
    assert list(rows[0]) == ["step", "loss", "learning_rate", "tokens"]
    assert [int(row["step"]) for row in rows] == list(range(1, 121))
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates[:13] == pytest.approx([settings.learning_rate * step / 12 for step in range(13)])
    half = [(1 + math.cos(math.pi * step / 108)) / 2 * settings.learning_rate for step in range(108)]
    assert rates[12:] == pytest.approx(half)


@pytest.mark.parametrize(
    "machine",
    [
        {},
        pytest.param({"micro_batch_tokens": 40}, marks=pytest.mark.slow),
        pytest.param({"packing": False}, marks=pytest.mark.slow),
    ],
)
def test_training_killed_and_started_again_ends_with_the_same_weights(
    tmp_path: Path,
    trained: Path,
    base: Path,
    examples: list[Example],
    settings: Train,
    folders: Folders,
    machine: dict[str, int],
) -> None:
    if machine:  # the weights differ in their last digits from those of another machine
        home = tmp_path / "uninterrupted"
        places = {"out": home / "student", "history": home / "history.csv", "scratch": home / "scratch"}
        run(base, examples, settings, places, checkpoint_every_steps=1000, **machine)
        trained = home / "student"
    kill_on_the_way(base, examples, settings, folders, **machine)
    run(base, examples, settings, folders, **machine)
    assert files(folders["out"]) == files(trained)
    assert folders["history"].read_bytes() == (trained.parent / "history.csv").read_bytes()
    assert progress(folders["scratch"]) == []


def test_progress_that_was_cut_while_being_written_is_passed_over(tmp_path: Path) -> None:
    for step, state in [(5, '{"global_step": 5}'), (10, '{"global_step": 1'), (15, None)]:
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    assert resume.latest(tmp_path) == tmp_path / "checkpoint-5"
    assert resume.latest(tmp_path / "checkpoint-5") is None


COMPILES = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # torch.compile warns of much that is its own
MACHINES = [{"micro_batch_tokens": 40}, {"packing": False}, {"gradient_checkpointing": True},
            pytest.param({"compile": True}, marks=COMPILES)]  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
def test_machines_of_any_kind_find_the_same_loss_curve(
    base: Path, examples: list[Example], settings: Train, tmp_path: Path, machine: dict[str, int]
) -> None:
    few = settings.model_copy(update={"epochs": 4, "batch_size": 4})
    found = []
    for name, given in {"whole": {}, "other": machine}.items():
        home = tmp_path / name
        places = {"out": home / "out", "history": home / "history.csv", "scratch": home / "scratch"}
        run(base, examples, few, places, **given)
        found.append(losses(places["history"]))
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_student_goes_on_from_the_student_before(
    trained: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    run(trained, examples, settings.model_copy(update={"epochs": 1, "learning_rate": 1e-4}), folders)
    assert losses(folders["history"])[0] < 0.5
    lineage = json.loads((folders["out"] / "lion.json").read_text())
    assert lineage["parent_sha256"] != json.loads((trained / "lion.json").read_text())["parent_sha256"]
    assert lineage["template"] == "paper"
    assert lineage["train"]["epochs"] == 1


def test_bfloat16_student_is_stored_in_bfloat16(
    base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    run(base, examples, settings.model_copy(update={"epochs": 1, "precision": "bfloat16"}), folders)
    weights = load_file(folders["out"] / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.bfloat16"}
    assert str(AutoConfig.from_pretrained(folders["out"]).dtype) == "torch.bfloat16"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_tied_embeddings_stay_one_matrix(
    tmp_path: Path,
    publish: Callable[..., Path],
    examples: list[Example],
    settings: Train,
    folders: Folders,
    precision: str,
) -> None:
    prepare_base(str(publish(tmp_path / "raw", tied=True)), None, "paper", tmp_path / "base")
    run(tmp_path / "base", examples, settings.model_copy(update={"epochs": 1, "precision": precision}), folders)
    before, after = (set(load_file(path / "model.safetensors")) for path in (tmp_path / "base", folders["out"]))
    assert after == before
    assert "lm_head.weight" not in after


def test_checkpoint_still_uses_its_cache(trained: Path) -> None:
    assert AutoConfig.from_pretrained(trained).use_cache


def test_files_can_be_read_by_a_server_under_another_name(trained: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in trained.iterdir()} == {
        (trained / "lion.json").stat().st_mode & 0o777
    }


def test_no_examples_is_one_line(base: Path, settings: Train, folders: Folders) -> None:
    with pytest.raises(ModelError, match="no examples, wanted at least one"):
        run(base, [], settings, folders)


def test_examples_without_room_for_an_answer_are_counted(
    base: Path, examples: list[Example], settings: Train, folders: Folders, caplog: pytest.LogCaptureFixture
) -> None:
    few = settings.model_copy(update={"epochs": 1, "max_length": 64})
    more = [*examples, Example("long", "Name " * 99, "", "Blue"), Example("cut", "Name", "", "Blue " * 99)]
    with caplog.at_level(logging.WARNING):
        run(base, more, few, folders)
    assert "of 8 examples, 1 are cut to 64 tokens, 0 are left out because they are longer, and 1 " in caplog.text
    told = json.loads((folders["out"] / "lion.json").read_text())
    assert (told["examples"], told["examples_learned"], told["examples_cut"]) == (8, 7, 1)
    assert told["examples_dropped"] == {"too_long": 0, "prompt_too_long": 1}
    with pytest.raises(ModelError, match="every prompt fills all 8 tokens"):
        run(base, examples, few.model_copy(update={"max_length": 8}), folders)


def test_long_examples_are_dropped_and_counted_where_that_is_asked(
    base: Path, examples: list[Example], settings: Train, folders: Folders, caplog: pytest.LogCaptureFixture
) -> None:
    few = settings.model_copy(update={"epochs": 1, "max_length": 64, "on_long": "drop"})
    with caplog.at_level(logging.WARNING):
        run(base, [*examples, Example("long", "Name", "", "Blue " * 99)], few, folders)
    assert "of 7 examples, 0 are cut to 64 tokens, 1 are left out because they are longer, and 0 " in caplog.text
    told = json.loads((folders["out"] / "lion.json").read_text())
    assert told["train"]["on_long"] == "drop"
    assert (told["examples_learned"], told["examples_cut"]) == (6, 0)
    assert told["examples_dropped"] == {"too_long": 1, "prompt_too_long": 0}
    with pytest.raises(ModelError, match="every example is longer than 64 tokens"):
        run(base, [Example("long", "Name", "", "Blue " * 99)], few, folders)


def test_progress_of_abandoned_variants_is_bounded(
    base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    few = settings.model_copy(update={"epochs": 1})
    for number in range(4):
        left = folders["scratch"] / f"{number:016x}" / "checkpoint-5"
        left.mkdir(parents=True)
        os.utime(left.parent, (number, number))
    (folders["scratch"] / "0123456789abcdef.done").mkdir()
    (folders["scratch"] / "a user's own folder").mkdir()
    run(base, examples, few, folders)
    assert sorted(path.name for path in progress(folders["scratch"])) == [
        f"{2:016x}",
        f"{3:016x}",
        "a user's own folder",
    ]


def test_speed_is_measured_for_each_step_outside_the_out(
    base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    run(base, examples, settings.model_copy(update={"epochs": 2}), folders)
    speed = table(folders["scratch"] / SPEED / "student.csv")
    assert [row["step"] for row in speed] == ["1", "2", "3", "4"]
    assert all(float(row["tokens_per_s"]) > 0 for row in speed)
    tokens = [int(row["tokens"]) for row in table(folders["history"])]
    assert sum(tokens[:2]) == sum(tokens[2:]) > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
def test_fused_kernels_without_a_gpu_are_refused(
    base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    with pytest.raises(ModelError, match=r"runtime\.liger: true, but no GPU is found"):
        run(base, examples, settings, folders, liger=True)


def test_loss_that_is_not_a_number_stops_at_its_step(
    base: Path, examples: list[Example], settings: Train, folders: Folders
) -> None:
    with pytest.raises(ModelError, match=r"train: the .* is (nan|inf) at step \d+, wanted a finite number") as told:
        run(base, examples, settings.model_copy(update={"learning_rate": 1e30, "warmup_share": 0.0}), folders)
    assert "\n" not in str(told.value)
    named = str(told.value).split("answers of that step: ")[1].split(", ")
    assert len(named) == settings.batch_size and set(named) <= {example.id for example in examples}
    assert not folders["out"].exists() and not folders["history"].exists()


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Makes every file stop growing at `limit` bytes, as a full disk does. What pytest writes is spared."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("every", [1, 1000])
def test_full_disk_is_one_line_and_leaves_no_student(
    base: Path, examples: list[Example], settings: Train, folders: Folders, every: int
) -> None:
    with pytest.raises(ModelError, match=r"cannot be written \(.*\)\. Make room") as told, full_disk(100_000):
        run(base, examples, settings.model_copy(update={"epochs": 1}), folders, checkpoint_every_steps=every)
    assert "\n" not in str(told.value)
    assert not list(folders["out"].parent.glob("student*"))


def test_checkpoint_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be written"), checkpoint.writing(tmp_path / "student") as partial:
        (partial / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_training_is_quiet(
    base: Path, examples: list[Example], settings: Train, folders: Folders, capfd: pytest.CaptureFixture[str]
) -> None:
    run(base, examples, settings.model_copy(update={"epochs": 1}), folders)
    told = capfd.readouterr()
    assert told.out == ""
    assert {line.split(":")[0] for line in told.err.replace("\r", "\n").splitlines() if line} <= {"train"}


def test_progress_of_a_sharded_training_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert group.layout() == ""
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    assert group.layout() == "-fsdp"
    monkeypatch.setenv("ACCELERATE_USE_DEEPSPEED", "true")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert group.layout() == "-deepspeed4"
