"""Two processes that share each optimiser step, over gloo, learn what one process learns."""

from __future__ import annotations

import csv
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from lion.params import Runtime, Train
from lion.student.training import Example, train
from tests.student.trainings import start


def together(count: int, *given: Any) -> None:
    """Train in so many processes, as a launcher would start them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = {
        "ACCELERATE_USE_CPU": "true",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
    }
    running = [start(*given, **shared, RANK=str(rank), LOCAL_RANK=str(rank)) for rank in range(count)]
    told = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * count, "\n".join(told)


@pytest.mark.slow
@pytest.mark.parametrize(("batch_size", "machine"), [(5, {}), (4, {"micro_batch_tokens": 40}), (5, {"packing": False})])
def test_two_processes_find_the_loss_and_the_weights_of_one(
    tmp_path: Path,
    base: Path,
    examples: list[Example],
    settings: Train,
    runtime: Runtime,
    batch_size: int,
    machine: dict[str, int],
) -> None:
    """Six examples: the last step of an epoch has one of them, or two; one process may have none."""
    few = settings.model_copy(update={"epochs": 5, "batch_size": batch_size})
    homes = [tmp_path / "one", tmp_path / "two"]
    places = [{"out": home / "student", "history": home / "history.csv", "scratch": home / "scratch"} for home in homes]
    same = runtime.model_copy(update=machine)
    train(base, examples, few, same, random_seed=7, **places[0])
    together(2, base, examples, few, places[1], same)
    one, two = (list(csv.DictReader((home / "history.csv").read_text("utf-8").splitlines())) for home in homes)
    assert [row["tokens"] for row in one] == [row["tokens"] for row in two]
    assert [float(row["loss"]) for row in two] == pytest.approx([float(row["loss"]) for row in one], abs=1e-4)
    weights = [load_file(home / "student" / "model.safetensors") for home in homes]
    torch.testing.assert_close(weights[1], weights[0], atol=1e-4, rtol=0)
