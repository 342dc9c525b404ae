"""`lion join`: another node takes its part in a stage that the main node runs. Knows no stage's work.

It needs what the stage reads, under the same names, and the same params.yaml: a shared disk. It writes none of the
stage's outs.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from lion import params
from lion.command import Command
from lion.corridor import Corridor
from lion.errors import ParamsError
from lion.params import Answering, Params
from lion.student import launch

PARAMS = Path("params.yaml")
LAUNCHED = ("train", "infer", "evaluate")
"""The kinds of stages that start themselves on several processes."""


@click.command(cls=Command)
@click.argument("stage")
@click.option("--rank", type=click.IntRange(min=1), required=True, help="1 for the second node, 2 for the third, …")
def join(stage: str, rank: int) -> None:
    """Take part in STAGE, such as train@1, which the main node runs.

    \b
    On the main node (rank 0):   LION_MAIN_ADDRESS=node0 dvc repro
    On every other node, in Lion's folder, for each stage in turn:
                                 LION_MAIN_ADDRESS=node0 lion join train@0 --rank 1
    """
    settings = params.read(PARAMS)
    stages = Corridor(settings.model_dump()).stages
    known = [name for name, found in stages.items() if found.kind in LAUNCHED]
    if stage not in known:
        raise ParamsError(f"lion join: found {stage!r}, wanted one of {', '.join(known)}")
    if stages[stage].kind == "evaluate" and not settings.evaluate.suites:
        raise ParamsError(f"lion join: {stage} measures nothing, because evaluate.suites is empty. Nothing to join")
    if settings.runtime.launch is None:
        raise ParamsError("runtime.launch: found null, wanted what the main node has. Share its params.yaml")
    if stages[stage].kind != "train" and _section(settings, stage).backend == "openai":
        raise ParamsError(f"lion join: {stage} asks an engine, which shares the work itself. There is nothing to join")
    configuration = launch.find(settings.runtime.launch)
    if rank >= configuration.machines:
        raise ParamsError(
            f"--rank: found {rank}, but {settings.runtime.launch!r} runs on {configuration.machines} node(s). "
            "Choose one of the -nodes configurations, or set LION_NODES on every node"
        )
    os.environ["LION_NODE_RANK"] = str(rank)
    _, _, module, *arguments = shlex.split(stages[stage].command)
    raise SystemExit(launch.start(launch.command(configuration, module, arguments)))


def _section(settings: Params, stage: str) -> Answering:
    return settings.infer if stage.startswith("infer") else settings.evaluate
