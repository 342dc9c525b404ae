"""`lion evaluate`: any model measured as the students are, and all of them side by side. Knows how to be asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from lion import params
from lion.command import Command
from lion.errors import ParamsError
from lion.params import Params, Suite
from lion.records import Result
from lion.report import standings
from lion.report.standings import Row
from lion.rivals import subject
from lion.rivals.subject import Choice
from lion.student import launch, processes

DATA, PARAMS = Path("data"), Path("params.yaml")
RIVALS = DATA / "rivals"
FILE = click.Path(path_type=Path)


@click.command(cls=Command)
@click.option("--model", metavar="PATH|HF-ID|URL", help="A checkpoint's folder, a Hugging Face id, or an endpoint.")
@click.option("--answers", type=FILE, help="Instead of a model: its answers on file, JSON lines of id and text.")
@click.option("--served-name", metavar="NAME", help="The model's name at the endpoint.")
@click.option("--revision", help="Of a Hugging Face id: a commit, tag or branch.")
@click.option("--template", metavar="paper|chat|FILE", help="Else a student's own, or the model's chat template.")
@click.option(
    "--suite", "suites", multiple=True, metavar="NAME", help="May be given several times. Else evaluate.suites."
)
@click.option("--items", type=click.IntRange(min=1), help="At most so many of each suite. Else evaluate.items.")
@click.option("--name", help="What the row is called. Else the last part of the model's own name.")
@click.option("--out", type=FILE, help="The folder of the results. Else data/rivals/NAME.")
@click.option("--force", is_flag=True, help="Replace results of the same suites that are there.")
@click.option("--params", "path", type=FILE, default=PARAMS, show_default=True, help="All other settings.")
@click.option("--profile", help="Settings of a profile in place of those of --params.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Another value for one of the settings.")
@click.option("--all", "every_figure", is_flag=True, help="Every figure of a suite, not only the one it is known by.")
@click.option("--json", "as_json", is_flag=True, help="The results, for machines.")
@click.option("--scratch", type=FILE, default=Path(".lion/inference"), envvar="LION_SCRATCH", hidden=True)
def evaluate(
    model: str | None,
    answers: Path | None,
    served_name: str | None,
    revision: str | None,
    template: str | None,
    suites: tuple[str, ...],
    items: int | None,
    name: str | None,
    out: Path | None,
    force: bool,
    path: Path,
    profile: str | None,
    overrides: tuple[str, ...],
    every_figure: bool,
    as_json: bool,
    scratch: Path,
) -> None:
    """Measure any model on the suites that the students are measured on, and show all side by side.

    \b
    lion evaluate --model owner/name --suite bbh             a checkpoint, computed here
    lion evaluate --model https://… --served-name NAME       an endpoint: this may cost money
    lion evaluate --answers answers.jsonl --suite vicuna     answers on file
    lion evaluate                                            what was measured so far

    The results go to data/rivals/NAME, whole or not at all; suites that were measured before stay. An interrupted
    command goes on where it was.
    """
    _check_suites(suites)
    choice = Choice(model, answers, served_name, revision, template)
    if choice == Choice():
        _show(_found(suites), every_figure, as_json)
        return
    subject.check(choice)
    settings = _settings(path, profile, overrides, suites, items)
    _found(())  # a fault in what is to stand beside the new row is told before that is measured
    label = name or choice.name
    out = out or RIVALS / _plain(label)
    if (results := _measured(choice, settings, label, out, force, scratch)) is not None and processes.rank() == 0:
        mine = Row(label, results, out.resolve(), True)
        others = [row for row in _found([result.suite for result in results]) if row.folder != out.resolve()]
        _show([mine, *others], every_figure, as_json)


def _measured(
    choice: Choice, settings: Params, label: str, out: Path, force: bool, scratch: Path
) -> list[Result] | None:
    """The results; None where a group of processes was started that has told them."""
    from lion.rivals import folder, measurement

    folder.check_name(label)
    names = settings.evaluate.suites
    if processes.rank() == 0:
        folder.check(out, names, force)
        measurement.rehearse(choice, settings, names)
    if choice.is_checkpoint and launch.run("lion.cli", settings.runtime.launch):
        return None
    return measurement.measure(choice, settings, names, label, out, force=force, scratch=scratch)


def _settings(
    path: Path, profile: str | None, overrides: Sequence[str], suites: Sequence[str], items: int | None
) -> Params:
    """The settings in `path` or of `profile`, with `overrides` and what options of this command's own say."""
    if profile:
        from lion.conf import compose

        found = params.parse(compose(f"profile={profile}", *overrides), f"--profile {profile}", "Correct --set.")
    else:
        found = _overridden(params.read(path), path, overrides)
    if not (suites or found.evaluate.suites):
        raise ParamsError("--suite: found none, and none in evaluate.suites, wanted one at least. Name it")
    own = {"suites": list(dict.fromkeys(suites or found.evaluate.suites)), "items": items or found.evaluate.items}
    return found.model_copy(update={"evaluate": found.evaluate.model_copy(update=own)})


def _overridden(found: Params, path: Path, overrides: Sequence[str]) -> Params:
    if not overrides:
        return found
    told = " ".join(f"--set {override}" for override in overrides)
    try:
        tree = OmegaConf.merge(found.model_dump(mode="json"), OmegaConf.from_dotlist(list(overrides)))
    except (YAMLError, OmegaConfBaseException) as fault:
        raise ParamsError(f"{told}: {' '.join(str(fault).split())}, wanted KEY=VALUE. Correct it") from None
    return params.parse(OmegaConf.to_yaml(tree), f"{path} with {told}", "Correct it.")


def _check_suites(names: Sequence[str]) -> None:
    known = get_args(Suite)
    if unknown := [name for name in names if name not in known]:
        raise ParamsError(f"--suite: found {unknown[0]!r}, wanted one of {', '.join(known)}")


def _plain(label: str) -> str:
    """A name that a folder can have."""
    if not label or label.startswith(".") or Path(label).name != label:
        raise ParamsError(f"--name: found {label!r}, wanted a name for the row and its folder. Name one with --name")
    return label


def _found(suites: Sequence[str]) -> list[Row]:
    """The students and the rivals that were measured, on `suites` alone where any are given."""
    rows = [*standings.students(DATA, _last()), *standings.rivals(DATA)]
    return [row.only(suites) for row in rows] if suites else rows


def _last() -> int | None:
    """The number of the run's last student; a run that had more has left their folders. None where it is not known."""
    try:
        return params.read(PARAMS).iterations
    except ParamsError:
        return None


def _show(rows: Sequence[Row], every_figure: bool, as_json: bool) -> None:
    if as_json:
        told = [{"model": row.name, **asdict(result)} for row in rows for result in row.results]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif any(row.results for row in rows):
        click.echo(standings.table(rows, every_figure=every_figure))
    else:
        click.echo(
            "Nothing was measured yet. Measure a model with: lion evaluate --model …, the students with: dvc repro"
        )
