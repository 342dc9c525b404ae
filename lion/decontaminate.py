"""`lion decontaminate`: what of a file of instructions overlaps the benchmarks. Knows how to tell it, not the rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from lion import jsonl, seeds
from lion.command import Command
from lion.contamination import Contamination, check
from lion.errors import DataError
from lion.evaluation import benchmarks
from lion.params import Seed
from lion.progress import track
from lion.records import Instruction, Item, Overlap, Rule
from lion.spending.table import count, lay_out
from lion.terminal import brief

RULES: tuple[Rule, ...] = get_args(Rule)
EXAMPLES = 3
WIDTH = 100


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only this one; may be given several times.")
@click.option("--ngram", type=click.IntRange(min=2), default=13, show_default=True, help="A run of so many words.")
@click.option(
    "--max-rouge",
    type=click.FloatRange(0, 1),
    default=0.7,
    show_default=True,
    help="Texts shorter than the run may have this ROUGE-L F1, not more.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write every overlap to this file, as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="For machines, with every overlap.")
def decontaminate(
    file: Path, suites: tuple[str, ...], ngram: int, max_rouge: float, out: Path | None, as_json: bool
) -> None:
    """Tell which instructions in FILE (.json, .jsonl, .csv) overlap an item of a benchmark under $LION_DATA_HOME.

    \b
    exact: the same words and numbers; ngram: a run of --ngram of them in common;
    rouge: one of the two is shorter than that, and their ROUGE-L F1 is over --max-rouge.

    An instruction counts with its input, and at most once for each suite. FILE stays as it is.
    """
    items = _items(suites)
    pool = _pool(file)
    found = list(check(track(pool, "decontaminate", len(pool)), Contamination(items, ngram, max_rouge)))
    if out:
        jsonl.write(out, found)
    if as_json:
        overlaps = [asdict(overlap) for overlap in found]
        told = {"file": str(file), "instructions": len(pool), "suites": _by_suite(items, found), "overlaps": overlaps}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(_table(items, found))
    click.echo(
        f"\n{file}: {count(len(pool))} instructions, {count(len({o.id for o in found}))} of them overlap an item"
    )
    click.echo("".join(_examples(pool, found)), nl=False)


def _items(wanted: Sequence[str]) -> list[Item]:
    """The items of the suites that are wanted, or of all that are there. Raises DataError where none is."""
    home, names = benchmarks.home(), ", ".join(benchmarks.SUITES)
    unknown = [name for name in wanted if name not in benchmarks.SUITES]
    if unknown:
        raise DataError(f"--suite: found {unknown[0]!r}, wanted one of {names}.")
    suites = wanted or benchmarks.present(home)
    if not suites:
        raise DataError(
            f"{home}: no benchmark there, wanted {names}. Point {benchmarks.VARIABLE} to their folder, or, without it, "
            "name with --suite what is to be fetched from the Hugging Face hub."
        )
    return list(benchmarks.load(home, suites))


def _pool(file: Path) -> list[Instruction]:
    """The instructions in `file`, each once."""
    if file.suffix not in seeds.FILES:
        raise DataError(f"{file}: wanted a file whose name ends in {', '.join(seeds.FILES)}. Rename or convert it.")
    return seeds.load(Seed(source=str(file), revision=None, size=None, max_characters=10**9), 0)[0]


def _by_suite(items: Sequence[Item], found: Sequence[Overlap]) -> dict[str, dict[str, int]]:
    """How many items each suite has, and how many texts overlap one by each rule."""
    sizes = Counter(item.suite for item in items)
    hits = Counter((overlap.suite, overlap.rule) for overlap in found)
    return {suite: {"items": size, **{rule: hits[suite, rule] for rule in RULES}} for suite, size in sizes.items()}


def _table(items: Sequence[Item], found: Sequence[Overlap]) -> str:
    counts = _by_suite(items, found)
    rows = [
        [suite, *map(count, row.values()), count(sum(row[rule] for rule in RULES))] for suite, row in counts.items()
    ]
    return lay_out(["suite", "items", *RULES, "overlaps"], rows, left=1)


def _examples(pool: Sequence[Instruction], found: Sequence[Overlap]) -> list[str]:
    """The first overlaps of every suite: which item, by which rule, the text and what is shared."""
    texts = {instruction.id: f"{instruction.instruction} {instruction.input}" for instruction in pool}
    told: Counter[str] = Counter()
    lines = []
    for overlap in sorted(found, key=lambda overlap: overlap.suite):
        told[overlap.suite] += 1
        if told[overlap.suite] <= EXAMPLES:
            by = overlap.detail or ("the same words" if overlap.f1 is None else f"F1 {overlap.f1:.2f}")
            text = brief(texts[overlap.id], WIDTH)
            lines.append(f"\n{overlap.item} ({overlap.rule}) {overlap.id}\n  {text}\n  {brief(by, WIDTH)}\n")
    return lines
