"""`python -m lion.student.launcher`: `accelerate launch`, except that a group that fails is told in one line.

Knows nothing of stages. It ends when its standard input ends, and ends its workers first, within seconds.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from argparse import Namespace
from importlib.util import find_spec

from accelerate.commands.launch import launch_command, launch_command_parser
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from lion.student import extensions, launch

NOTHING_SAID = "To enable traceback"
"""How torch's message begins where a worker left none."""


def main(arguments: list[str]) -> int:
    """The exit status; a line on standard error where it is not 0."""
    logging.disable()  # torch tells at length what is told below in a line
    warnings.simplefilter("ignore")
    os.environ[launch.MARK] = "1"
    given = launch_command_parser().parse_args(arguments)
    if (fault := _arrange(given)) is None:
        threading.Thread(target=_end_with_input, daemon=True).start()
        fault = _run(given)
    if fault:  # "": told already
        print(f"Error: {' '.join(fault.split())}", file=sys.stderr)
    return 1 if fault is not None else 0


def _arrange(given: Namespace) -> str | None:
    """Fit the configuration to this machine; what is wrong where that cannot be."""
    configuration = launch.find(given.config_file)
    kind = str(configuration.values["distributed_type"])
    if kind == "DEEPSPEED" and find_spec("deepspeed") is None:
        return (
            f"runtime.launch: {configuration.path.stem!r} needs DeepSpeed, which is not installed. "
            "Run: pip install 'lion-distillation[deepspeed]', or choose one of the fsdp configurations"
        )
    if kind == "DEEPSPEED":
        extensions.guard()
    if configuration.is_on_cpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        if kind == "DEEPSPEED":  # accelerate forgets DeepSpeed where it is told of the CPU
            os.environ["DS_ACCELERATOR"] = "cpu"
        else:
            os.environ["ACCELERATE_USE_CPU"] = "true"
        return _count(given, configuration, launch.processes(configuration, 0))
    found = launch.devices()
    if not found:
        return (
            f"runtime.launch: {configuration.path.stem!r} needs a GPU, and there is none. "
            "Choose 'cpu', or null for one process"
        )
    if kind == "NO":
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        return None
    return _count(given, configuration, launch.processes(configuration, found))


def _count(given: Namespace, configuration: launch.Configuration, wanted: int) -> str | None:
    if wanted % configuration.machines:
        return (
            f"LION_PROCESSES: {wanted} processes cannot be shared by {configuration.machines} nodes, wanted a multiple"
        )
    given.num_processes = wanted
    return None


def _run(given: Namespace) -> str | None:
    """What went wrong with the group, in one line, "" where it was told already; None where nothing did."""
    try:
        launch_command(given)
    except ChildFailedError as fault:
        return _tell(*fault.get_first_failure(), given.num_processes)
    except subprocess.CalledProcessError:  # the one process of `single` speaks for itself
        return ""
    except SignalException:
        return ""  # whoever sent it knows
    except Exception as fault:
        return f"runtime.launch: {given.config_file}: {str(fault)[:300] or type(fault).__name__}"
    return None


def _tell(rank: int, failure: ProcessFailure, processes: int) -> str:
    """The fault of the process that failed first: its own words where it left some."""
    said = str(failure.message["message"] if isinstance(failure.message, dict) else failure.message)
    if failure.exitcode < 0:
        name = signal.Signals(-failure.exitcode).name
        return f"process {rank} of {processes} was killed ({name}); is the memory full? The others were ended with it"
    if said.startswith(NOTHING_SAID):
        return f"process {rank} of {processes} ended with {failure.exitcode}; what it said stands above"
    return said


def _end_with_input() -> None:
    """Whoever started this holds the other end: when it is gone, however it went, so is the reason to go on."""
    while os.read(0, 4096):  # sys.stdin's lock would be held when the process ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
