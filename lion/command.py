"""A click command that ends what a person can put right in one line. Knows no command by name."""

from __future__ import annotations

from typing import Any

import click

from lion.errors import LionError


class Command(click.Command):
    """Ends a LionError as `Error: …` on standard error, without a traceback, and with its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LionError as fault:
            click.echo(f"Error: {' '.join(str(fault).splitlines())}", err=True)
            ctx.exit(fault.exit_code)


class Group(click.Group):
    """A group whose commands are of this kind."""

    command_class = Command
    group_class = type
