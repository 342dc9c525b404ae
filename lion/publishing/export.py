"""`lion export`: the last student and the last pools, each with its card, in a folder. Knows no fact of a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lion import jsonl, params
from lion.command import Command
from lion.corridor import Corridor
from lion.errors import DataError
from lion.params import Card

if TYPE_CHECKING:
    from lion.publishing.facts import Sources

PARAMS = Path("params.yaml")
CARD, MODEL, DATA = "README.md", "model", "data"


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Copy the last student to FOLDER/model and the last pools to FOLDER/data, each with its card (README.md).

    The run must be finished. Nothing is uploaded. The licences that the cards state are params.yaml's card.license and
    card.data_license; a change of them reruns nothing.
    """
    from lion.publishing import cards, facts  # with pandas, which no other command needs

    settings = params.read(PARAMS)
    found = facts.sources(settings, Corridor(settings.model_dump()))
    with _writing(folder) as partial:
        told = facts.gather(settings, found)
        _copy(found, partial)
        _write(partial / MODEL / CARD, cards.model(told))
        _write(partial / DATA / CARD, cards.data(told))
    click.echo(_tell(folder, settings.card))


@contextmanager
def _writing(folder: Path) -> Iterator[Path]:
    """A folder that takes its name only when the block ends well. Raises DataError where something has that name."""
    if folder.exists():
        raise DataError(f"{folder}: is there already, wanted a new name. Remove it, or name another folder.")
    partial = folder.with_name(folder.name + jsonl.PARTIAL)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        partial.replace(folder)
    except OSError as fault:
        reason = " ".join(str(fault).split())[:200]
        raise DataError(f"{folder}: cannot be written ({reason}). Make room or mend it, then again.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy(found: Sources, folder: Path) -> None:
    """Copies, not links: a card may be edited and a folder removed without a thought for the run."""
    shutil.copytree(found.student, folder / MODEL, copy_function=shutil.copyfile)
    (folder / DATA).mkdir()
    for path in (found.cache_pool, found.train_pool, found.answers):
        shutil.copyfile(path, folder / DATA / path.name)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _tell(folder: Path, card: Card) -> str:
    unstated = [f"card.{name}" for name, stated in card if stated is None]
    lines = [f"{folder / MODEL}  the student and its card", f"{folder / DATA}  the pools and their card"]
    if unstated:
        lines.append(
            f"Not stated: {', '.join(unstated)}. What do the base's, the seeds' and the provider's terms allow?"
        )
    lines.append(f"Read both cards before: hf upload OWNER/NAME {folder / MODEL}")
    lines.append(f"                        hf upload OWNER/NAME {folder / DATA} --repo-type dataset")
    return "\n".join(lines)
