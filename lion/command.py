"""A click command that ends what a person can put right in one line. Knows no command by name."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import click

from lion.errors import LionError
from lion.running import announced

GROUP_NOTE = "TORCHELASTIC_ERROR_FILE"
"""Set by torch's launcher: the file in which a process of a group says why it ended."""


class Command(click.Command):
    """Ends a LionError as `Error: …` on standard error, without a traceback, and with its exit code.

    While a stage lasts, other terminals can see it.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with announced():
                return super().invoke(ctx)
        except LionError as fault:
            _tell(" ".join(str(fault).splitlines()))
            ctx.exit(fault.exit_code)


def _tell(line: str) -> None:
    """On standard error, or where this is one of a group of processes, once, through whoever started the group."""
    if note := os.environ.get(GROUP_NOTE):
        told = {"message": line, "extraInfo": {"timestamp": str(int(time.time()))}}
        Path(note).write_text(json.dumps({"message": told}), "utf-8")
    else:
        click.echo(f"Error: {line}", err=True)


class Group(click.Group):
    """A group whose commands are of this kind."""

    command_class = Command
    group_class = type
