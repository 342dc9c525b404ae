"""How long `lion trace` takes, and how much memory, on a run of the paper's size; the files are made here.

64,000 instructions after four iterations of 6,000 new ones, with answers and reviews of the paper's length. No model
is asked: what is measured is the finding, and texts of words drawn at random are as long to read as any.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from lion.conf import compose
from lion.records import identify

ROOT = Path(__file__).parent.parent.parent
SEEDS, NEW, ITERATIONS, REJECTED = 40_000, 6_000, 4, 3_000
STOCK = [f"{first}{second}" for first in ("be", "da", "ki", "lo", "mu", "ra") for second in ("ne", "st", "l", "mp")]


def text(random: Random, words: int) -> str:
    """So many words."""
    return " ".join(random.choices(STOCK, k=words))


def write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """One row a line, unchecked: the schemas would take longer than all the rest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def born(random: Random, origin: str, iteration: int, parent: str | None) -> dict[str, Any]:
    """A new instruction."""
    words = f"{text(random, 20)} {random.random()}"
    told = {"id": identify(words), "instruction": words, "input": "", "origin": origin, "iteration": iteration}
    return told | ({"parent": parent} if parent else {})


def lost(random: Random, pool: list[dict[str, Any]]) -> dict[str, Any]:
    """A rejected candidate."""
    new = born(random, "hard", 0, random.choice(pool)["id"])
    kept = {name: new[name] for name in ("id", "instruction", "origin", "parent")}
    return {**kept, "reason": "similar", "detail": "", "nearest": random.choice(pool)["id"], "f1": 0.75}


def reviews(random: Random, pool: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Two of each instruction."""
    for row in pool:
        for order in ("teacher-first", "student-first"):
            yield {"id": row["id"], "order": order, "text": text(random, 150), "teacher": 9.0, "student": 7.0}


def fill(project: Path) -> list[dict[str, Any]]:
    """The data of a whole run under `project`; the last cache pool."""
    random = Random(0)
    pool = new = [born(random, "seed", 0, None) for _ in range(SEEDS)]
    for k in range(ITERATIONS + 1):
        folder = project / f"data/iteration-{k}"
        write(folder / "cache_pool.jsonl", iter(pool))
        write(folder / "train_pool.jsonl", iter(new))
        write(folder / "teacher.jsonl", ({"id": row["id"], "text": text(random, 60)} for row in pool))
        if k == ITERATIONS:
            break
        write(folder / "student.jsonl", ({"id": row["id"], "text": text(random, 60)} for row in pool))
        write(folder / "reviews.jsonl", reviews(random, pool))
        write(folder / "hard.jsonl", ({"id": row["id"], "teacher": 9.0, "student": 7.0, "gap": 2.0} for row in pool))
        new = [born(random, "hard", k, random.choice(pool)["id"]) for _ in range(NEW)]
        write(folder / "generated.jsonl", iter(new))
        write(folder / "rejected.jsonl", (lost(random, pool) for _ in range(REJECTED)))
        pool = [*pool, *new]
    return pool


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        pool = fill(project)
        size = sum(path.stat().st_size for path in project.rglob("*.jsonl"))
        (project / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
        (project / "models/cub").mkdir(parents=True)
        os.chdir(project)
        (project / "params.yaml").write_text(compose(f"iterations={ITERATIONS}"))
        print(f"{len(pool):,} instructions, {ITERATIONS} iterations, {size / 2**20:,.0f} MiB")
        for row in (pool[7], pool[SEEDS + 7], pool[-7]):
            for id in (row["id"], row["id"][:7]):
                begun = time.perf_counter()
                command = [sys.executable, "-m", "lion.cli", "trace", id]
                env = os.environ | {"PYTHONPATH": str(ROOT)}
                done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
                lines = len(done.stdout.splitlines())
                print(f"lion trace {id}: {time.perf_counter() - begun:.1f} s, {lines} lines")
        os.chdir(ROOT)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {most / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
