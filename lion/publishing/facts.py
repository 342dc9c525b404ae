"""What the cards tell, read off a finished run. Knows the files of a run, and no Markdown.

Nothing here is guessed, holds a time, or is text that a model wrote.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion import __version__, jsonl
from lion.corridor import Corridor
from lion.errors import DataError
from lion.params import Params, Role
from lion.records import Rejected, Result
from lion.report import origin, summary
from lion.student import lineage

CLASSROOM = "classroom"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is published: the last checkpoint, the last pools and the teacher's answers."""

    student: Path
    base: Path
    cache_pool: Path
    train_pool: Path
    answers: Path
    seeds_rejected: Path
    data: Path
    evaluations: list[Path]


def sources(settings: Params, corridor: Corridor) -> Sources:
    """Where the outcome of a finished run lies. Raises DataError where it is not finished, stale or not there."""
    _check(corridor, settings.iterations)
    trained = corridor.stages[f"train@{settings.iterations}"].paths
    prepared = corridor.stages["prepare"].paths
    measured = [stage.paths["evaluation"] for stage in corridor.of("evaluate")]
    return Sources(
        student=trained["student"],
        base=prepared["student"],
        cache_pool=corridor.stages[f"answer@{settings.iterations}"].paths["cache-pool"],
        train_pool=trained["train-pool"],
        answers=trained["answers"],
        seeds_rejected=prepared["rejected"],
        data=corridor.stages["report"].paths["data"],
        evaluations=[measured[0], measured[-1]],
    )


def _check(corridor: Corridor, last: int) -> None:
    """A card tells of one run: its figures, weights and pools must be of the values at hand."""
    stages = [stage for stage in corridor.stages.values() if stage.kind != "report"]
    stale = [stage for stage in stages if not corridor.is_settled(stage)]
    if stale:
        cause = min(stale, key=lambda stage: corridor.changes(stage)[0].startswith("after "))
        raise DataError(
            f"params.yaml: {len(stale)} stages have not run with what is here now, because of {cause.name} "
            f"({corridor.changes(cause)[0]}); wanted a finished run. Finish it with: dvc repro"
        )
    needed = [stage for stage in stages if stage.kind != "train" or stage.name == f"train@{last}"]
    lost = [path for stage in needed for path in corridor.misfits(stage)]
    if lost:
        raise DataError(f"{lost[0]}: not as its stage left it, and {len(lost) - 1} more. Restore with: dvc checkout")


def gather(settings: Params, found: Sources) -> dict[str, Any]:
    """The facts of both cards."""
    first, last = (_results(folder) for folder in found.evaluations)
    figures = summary.summarise(found.data, settings.iterations)
    return {
        "lion": __version__,
        "commit": _commit(),
        "settings": origin.told(settings.model_dump(mode="json")),
        "card": settings.card,
        "roles": _roles(settings, figures["calls"]),
        "last": settings.iterations,
        "base": _base(settings),
        "seed": _seed(settings),
        "lineage": lineage.read(found.student),
        "base_sha256": lineage.read(found.base).get("source_sha256"),
        "student_sha256": lineage.fingerprint(found.student),
        "files": {path.name: _sha256(path) for path in (found.cache_pool, found.train_pool, found.answers)},
        "seeds_rejected": _reasons(jsonl.read(found.seeds_rejected, Rejected)),
        "results": last,
        "before": {(result.suite, name): value for result in first for name, value in result.figures.items()},
        **figures,
    }


def _results(folder: Path) -> list[Result]:
    return list(jsonl.read(folder / "results.jsonl", Result))


def _reasons(rejected: Iterable[Rejected]) -> dict[str, int]:
    return dict(sorted(Counter(record.reason for record in rejected).items()))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _roles(settings: Params, calls: Mapping[str, dict[str, int]]) -> dict[str, Any]:
    """Who was asked: without a suite that is judged there is no judge."""
    return {
        name: _role(getattr(settings, name)) for name in summary.ROLES if name == "teacher" or any(calls[name].values())
    }


def _role(role: Role) -> dict[str, Any]:
    return {"model": role.model, "host": origin.host(role.endpoint), "is_classroom": role.endpoint == CLASSROOM}


def _base(settings: Params) -> dict[str, Any]:
    """`on_hub` where the base is the hub's, and so may be named in metadata."""
    is_here = settings.watched.student == settings.student.base
    return {"name": origin.plain(settings.student.base), "on_hub": not is_here, "revision": settings.student.revision}


def _seed(settings: Params) -> dict[str, Any]:
    is_here = settings.seed.source == CLASSROOM or settings.watched.seed == settings.seed.source
    return {
        "name": origin.plain(settings.seed.source),
        "on_hub": not is_here,
        "is_classroom": settings.seed.source == CLASSROOM,
    }


def _commit() -> str | None:
    """The commit of the code, and whether tracked files differ from it; None where git cannot say."""
    head = origin.git("rev-parse", "HEAD")
    return f"{head}, with changes that are not committed" if origin.git("status", "--porcelain", "-uno") else head
