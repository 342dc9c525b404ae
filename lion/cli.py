"""`lion …`: what a user asks outside the pipeline. Knows the rooms, and holds no logic of its own."""

from __future__ import annotations

import click

from lion import __version__
from lion.classroom.server import serve
from lion.command import Group
from lion.decontaminate import decontaminate
from lion.join import join
from lion.publishing.export import export
from lion.rivals.command import evaluate
from lion.rivals.livecodebench import livecodebench
from lion.spending.estimate import estimate
from lion.spending.journal import journal
from lion.spending.spend import spend
from lion.status import status
from lion.student.delta_command import delta
from lion.trace import trace


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lion")
def main() -> None:
    """Adversarial distillation of a proprietary language model into a small open one."""


@main.command()
@click.argument("overrides", nargs=-1)
def params(overrides: tuple[str, ...]) -> None:
    """Print the parameters that OVERRIDES compose, such as profile=smoke or discriminate.threshold=1.5."""
    from lion.conf import compose

    click.echo(compose(*overrides), nl=False)


@main.group()
def classroom() -> None:
    """The embedded proprietary model."""


classroom.add_command(serve)
main.add_command(journal)
main.add_command(spend)
main.add_command(estimate)
main.add_command(decontaminate)
main.add_command(evaluate)
main.add_command(join)
main.add_command(delta)
main.add_command(livecodebench)
main.add_command(trace)
main.add_command(status)
main.add_command(export)


if __name__ == "__main__":
    main()
