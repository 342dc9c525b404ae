"""Two processes that share each optimiser step, over gloo, learn what one process learns."""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lion.params import Runtime, Train
from lion.student.training import Example, train

SCRIPT = """
import json, sys, torch
from pathlib import Path
from lion.params import Runtime, Train
from lion.student.training import Example, train
torch.set_num_threads(1)
given = json.loads(sys.argv[1])
train(Path(given["base"]), [Example(*fields) for fields in given["examples"]], Train(**given["settings"]),
      Runtime(**given["runtime"]), random_seed=7, **{name: Path(path) for name, path in given["folders"].items()})
assert torch.distributed.get_world_size() == 2
torch.distributed.destroy_process_group()
"""


def together(processes: int, given: dict[str, object]) -> None:
    """Run SCRIPT in so many processes, as a launcher would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ACCELERATE_USE_CPU": "true",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, json.dumps(given)],
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    told = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * processes, "\n".join(told)


SLOW = [pytest.param(4, {"micro_batch_tokens": 40}, marks=pytest.mark.slow),
        pytest.param(5, {"packing": False}, marks=pytest.mark.slow)]  # fmt: skip


@pytest.mark.parametrize(("batch_size", "machine"), [(5, {}), *SLOW])
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
    given = {
        "base": str(base),
        "examples": [[e.id, e.instruction, e.input, e.answer] for e in examples],
        "settings": few.model_dump(),
        "runtime": same.model_dump(mode="json"),
        "folders": {name: str(path) for name, path in places[1].items()},
    }
    together(2, given)
    one, two = (list(csv.DictReader((home / "history.csv").read_text("utf-8").splitlines())) for home in homes)
    assert [row["tokens"] for row in one] == [row["tokens"] for row in two]
    assert [float(row["loss"]) for row in two] == pytest.approx([float(row["loss"]) for row in one], abs=1e-4)
    weights = [load_file(home / "student" / "model.safetensors") for home in homes]
    torch.testing.assert_close(weights[1], weights[0], atol=1e-4, rtol=0)
