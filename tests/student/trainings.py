"""Trainings as the tests start them: in this process, in several that share them, and in one that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lion.params import Runtime, Train
from lion.student import resume
from lion.student.training import SPEED, Example, train
from tests.bench.composed import composed

Folders = dict[str, Path]
SCRIPT = """
import json, os, sys, torch
from pathlib import Path
from lion.params import Runtime, Train
from lion.student.training import Example, train
torch.set_num_threads(1)
given = json.loads(sys.argv[1])
train(Path(given["base"]), [Example(*fields) for fields in given["examples"]], Train(**given["settings"]),
      Runtime(**given["runtime"]), random_seed=7, **{name: Path(path) for name, path in given["folders"].items()})
is_shared = torch.distributed.is_initialized()
assert (torch.distributed.get_world_size() if is_shared else 1) == int(os.environ.get("WORLD_SIZE", 1))
if is_shared:
    torch.distributed.destroy_process_group()
"""


def machine(**changed: object) -> Runtime:
    """The default profile's, with progress every five steps."""
    return composed().runtime.model_copy(update={"checkpoint_every_steps": 5, **changed})


def run(base: Path, examples: list[Example], settings: Train, folders: Folders, **changed: object) -> None:
    """Train in this process."""
    train(base, examples, settings, machine(**changed), random_seed=7, **folders)


def start(
    base: Path,
    examples: list[Example],
    settings: Train,
    folders: Folders,
    runtime: Runtime,
    **environment: str,
) -> subprocess.Popen[str]:
    """Train as `run` does, in a process of its own."""
    given = {
        "base": str(base),
        "examples": [[e.id, e.instruction, e.input, e.answer] for e in examples],
        "settings": settings.model_dump(),
        "runtime": runtime.model_dump(mode="json"),
        "folders": {name: str(path) for name, path in folders.items()},
    }
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", SCRIPT, json.dumps(given)]
    return subprocess.Popen(command, env=os.environ | path | environment, stderr=subprocess.PIPE, text=True)


def kill_on_the_way(base: Path, examples: list[Example], settings: Train, folders: Folders, **changed: object) -> None:
    """Train as `run` does, killed once there is progress to go on from."""
    victim = start(base, examples, settings, folders, machine(**changed))
    while victim.poll() is None and not list(folders["scratch"].glob(f"*/checkpoint-*/{resume.STATE}")):
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    told = victim.communicate()[1]
    assert victim.returncode == -signal.SIGKILL, told
    [kept] = progress(folders["scratch"])
    assert resume.latest(kept)
    assert not folders["out"].exists()


def progress(scratch: Path) -> list[Path]:
    """What is kept of trainings that have not ended."""
    return [path for path in scratch.iterdir() if path.name != SPEED]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
