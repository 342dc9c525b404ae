"""A stage on several processes or nodes: it starts itself again under `accelerate launch`.

Knows nothing of what the stage does, and loads no torch: the process that waits for the group needs no model. The
command of a stage never changes with the launch, so no result hangs on it; the global batch is a parameter, and
micro-batches follow from the number of devices.

On several nodes DVC runs on the main one, and on each other node `lion join STAGE` starts the same command. What tells
the nodes apart comes from the environment, since it differs from machine to machine:

    LION_MAIN_ADDRESS   the main node, as the others reach it; needed on several nodes
    LION_MAIN_PORT      29500 where it is not set
    LION_NODE_RANK      0 on the main node, where it need not be set; `lion join --rank` sets it
    LION_NODES          how many nodes, where not as many as the configuration says
    LION_PROCESSES      how many processes in all; else one for each GPU, or the configuration's number on a CPU
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from lion.errors import ParamsError

MARK = "LION_LAUNCHED"
GRACE_S = 45.0
"""How long a group may take to end after an interrupt; its workers are killed after 30 s by the launcher itself."""
PORT = "29500"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file for `accelerate launch`; `is_own`: the user's, whose number of processes is taken as it stands."""

    path: Path
    is_own: bool
    values: dict[str, Any]

    @property
    def machines(self) -> int:
        return number("LION_NODES") or int(self.values.get("num_machines") or 1)

    @property
    def processes(self) -> int:
        """Over all nodes, as the file says."""
        return int(self.values.get("num_processes") or 1)

    @property
    def is_on_cpu(self) -> bool:
        return bool(self.values.get("use_cpu"))


def devices() -> int:
    """How many accelerators this machine has. Loads torch, which the process that waits for a group never does."""
    import torch

    if torch.accelerator.current_accelerator() is None:
        return torch.cuda.device_count()
    return torch.accelerator.device_count()


def processes(configuration: Configuration, found: int) -> int:
    """How many processes train together, over all nodes, where each has `found` accelerators.

    Without any, as many as the configuration says for its nodes: `lion estimate` may run on another machine.
    """
    if configuration.values["distributed_type"] == "NO":
        return 1
    if wanted := number("LION_PROCESSES"):
        return wanted
    if configuration.is_own or configuration.is_on_cpu:
        return configuration.processes
    each = configuration.processes // int(configuration.values.get("num_machines") or 1)
    return (found or each) * configuration.machines


def number(name: str) -> int | None:
    """The positive number in the environment variable `name`; None where it is not set. Raises ParamsError."""
    found = os.environ.get(name)
    if not found:
        return None
    if not found.isdecimal() or not int(found):
        raise ParamsError(f"{name}: found {found!r}, wanted a positive number. Set it anew")
    return int(found)


def folder() -> Path:
    """Where the configurations that come with Lion lie."""
    return Path(str(resources.files("lion.conf").joinpath("accelerate")))


def names() -> list[str]:
    """The configurations that come with Lion."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def find(name: str) -> Configuration:
    """The configuration `name`, or in the file of that name. Raises ParamsError where there is none."""
    path = folder() / f"{name}.yaml" if name in names() else Path(name)
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ParamsError(
            f"runtime.launch: found {name!r}, wanted null, a file for `accelerate launch`, or one of "
            f"{', '.join(names())}. Set it with: -S runtime.launch=…"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise ParamsError(f"runtime.launch: {name!r} is not readable as YAML ({_one_line(fault)}). Mend it") from None
    if not isinstance(values, dict) or "distributed_type" not in values:
        raise ParamsError(f"runtime.launch: {name!r} has no distributed_type. Make it with: accelerate config")
    return Configuration(path, path.resolve().parent != folder().resolve(), values)


def _one_line(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]


def is_launched() -> bool:
    """Whether this process is one of a group already, whoever started it."""
    return MARK in os.environ or "WORLD_SIZE" in os.environ


def run(module: str, launch: str | None) -> bool:
    """Run `module` with this process's own arguments as `launch` says, and whether that was done: if so, stop here.

    Raises ParamsError for a configuration that cannot be used; ends the process where the group fails.
    """
    if is_launched():
        _settle()
        return False
    if launch is None:
        return False
    if status := start(command(find(launch), module, sys.argv[1:])):
        sys.exit(status)
    return True


def command(configuration: Configuration, module: str, arguments: Sequence[str]) -> list[str]:
    """The command that starts the group. Raises ParamsError where the environment lacks what several nodes need."""
    number("LION_PROCESSES")  # told here, before anything starts
    flags = ["--config_file", str(configuration.path), "--mixed_precision", "no"]  # train.precision decides
    if configuration.machines > 1:
        address = os.environ.get("LION_MAIN_ADDRESS") or configuration.values.get("main_process_ip")
        if not address:
            raise ParamsError(
                f"runtime.launch: {configuration.path.stem!r} runs on {configuration.machines} nodes, but where is the "
                "main one? Set LION_MAIN_ADDRESS on every node, and run `lion join STAGE --rank N` on the others"
            )
        port = os.environ.get("LION_MAIN_PORT") or configuration.values.get("main_process_port") or PORT
        rank = os.environ.get("LION_NODE_RANK") or "0"
        flags += ["--num_machines", str(configuration.machines), "--machine_rank", rank]
        flags += ["--main_process_ip", str(address), "--main_process_port", str(port), "--same_network"]
    else:
        flags += ["--num_machines", "1", "--main_process_port", "0"]  # any free one
    return [sys.executable, "-m", "lion.student.launcher", *flags, "--module", module, *arguments]


def start(words: Sequence[str]) -> int:
    """The exit status of the group that `words` start.

    It ends with its standard input, so that it cannot outlive this process, however that ends; a session of its own
    keeps Ctrl-C from reaching it past this process, which would tell of it twice.
    """
    group = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
    try:
        return group.wait()
    except BaseException:
        assert group.stdin
        group.stdin.close()
        try:
            group.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            group.kill()
        raise


def _settle() -> None:
    """What a process of a group does first: only the main one speaks, and none outlives the launcher."""
    if os.environ.get("RANK", "0") != "0":
        logging.getLogger("lion").setLevel(logging.ERROR)
    if MARK in os.environ:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(1)
    os._exit(1)
