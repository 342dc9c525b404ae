"""The files of a run of the paper's size, made without any model.

64,000 instructions after four iterations of 6,000 new ones, with answers and reviews of the paper's length. Texts of
words drawn at random are as long to read as any.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.records import identify

SEEDS, NEW, ITERATIONS, REJECTED = 40_000, 6_000, 4, 3_000
BATCH, EPOCHS = 128, 3
STOCK = [f"{first}{second}" for first in ("be", "da", "ki", "lo", "mu", "ra") for second in ("ne", "st", "l", "mp")]
CATEGORIES = [f"{word}{word}" for word in STOCK[:9]]
Row = dict[str, Any]


def lay(project: Path) -> list[str]:
    """The data of a whole run under `project`; the ids of the last cache pool.

    Another process makes them: a child that is started while its parent is large counts as large itself.
    """
    subprocess.run([sys.executable, __file__, str(project)], check=True)
    with (project / f"data/iteration-{ITERATIONS}/cache_pool.jsonl").open() as file:
        ids = [json.loads(line)["id"] for line in file]
    size = sum(path.stat().st_size for path in project.rglob("*.jsonl"))
    print(f"{len(ids):,} instructions, {ITERATIONS} iterations, {size / 2**20:,.0f} MiB", flush=True)
    return ids


def measured(command: list[str] | str, **told: Any) -> tuple[float, float]:
    """Seconds and MiB that a command takes, alone."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, **told)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command}: exit code {process.returncode}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def fill(project: Path) -> None:
    """The data of a whole run under `project`."""
    random = Random(0)
    pool = new = [born(random, "seed", 0, None) for _ in range(SEEDS)]
    write(project / "data/benchmarks/items.jsonl", [])
    write(project / "data/iteration-0/contaminated.jsonl", [])
    for k in range(ITERATIONS + 1):
        folder = project / f"data/iteration-{k}"
        imitation(folder, random, new, pool)
        evaluation(folder, random, k)
        if k < ITERATIONS:
            discrimination(folder, random, pool)
            new = generation(folder, random, k, pool)
            pool = [*pool, *new]


def imitation(folder: Path, random: Random, new: list[Row], pool: list[Row]) -> None:
    """The pools, the teacher's answers and the curve of training."""
    write(folder / "cache_pool.jsonl", pool)
    write(folder / "train_pool.jsonl", new)
    write(folder / "teacher.jsonl", answers(random, pool))
    write(folder / "unanswered.jsonl", [])
    write(folder / "calls_teacher.jsonl", (call("teacher", row["id"]) for row in pool))
    steps = len(new) * EPOCHS // BATCH
    curve = (f"{step},{1 + random.random() + 10 / step},{2e-5 * (1 - step / steps)},4096\n" for step in range(1, steps))
    (folder / "training.csv").write_text("step,loss,learning_rate,tokens\n" + "".join(curve))


def discrimination(folder: Path, random: Random, pool: list[Row]) -> None:
    """The student's answers, two reviews of each, and the verdicts; one in a hundred is unjudged."""
    write(folder / "student.jsonl", answers(random, pool))
    read = [reviews(random, row["id"]) for row in pool]
    write(folder / "reviews.jsonl", (review for pair in read for review in pair))
    write(folder / "calls_referee.jsonl", (call("referee", r["id"], r["order"], folder.name) for p in read for r in p))
    verdicts = [verdict(*pair) for pair in read if all("teacher" in review for review in pair)]
    write(folder / "hard.jsonl", (row for row in verdicts if row["gap"] >= 1))
    write(folder / "easy.jsonl", (row for row in verdicts if row["gap"] < 1))
    lost = (pair[0]["id"] for pair in read if "teacher" not in pair[0])
    write(folder / "unjudged.jsonl", ({"id": id, "reason": "unreadable", "detail": ""} for id in lost))


def generation(folder: Path, random: Random, iteration: int, pool: list[Row]) -> list[Row]:
    """The new instructions, and the candidates that were not kept."""
    new = [born(random, ("hard", "easy")[n % 2], iteration, random.choice(pool)["id"]) for n in range(NEW)]
    write(folder / "generated.jsonl", new)
    write(folder / "rejected.jsonl", (rejected(random, pool) for _ in range(REJECTED)))
    write(folder / "calls_generator.jsonl", (call("generator", row["id"]) for row in new))
    return new


def evaluation(folder: Path, random: Random, iteration: int) -> None:
    """A suite of 800 questions in nine categories."""
    figure = {"value": 0.4 + iteration / 20, "low": 0.37 + iteration / 20, "high": 0.43 + iteration / 20}
    by = {name: {"items": 80, "figures": {"accuracy": figure}} for name in CATEGORIES}
    told = ("subject", "version", "protocol", "prompt")
    result = {"suite": "exam-balanced", **dict.fromkeys(told, "made up"), "decoding": {}, "items": 800, "unanswered": 0}
    write(
        folder / "evaluation/results.jsonl",
        [result | {"faults": {}, "figures": {"accuracy": figure}, "by": {"category": by}, "notes": []}],
    )
    write(folder / "evaluation/exam.jsonl", (mark(random, n) for n in range(800)))


def mark(random: Random, number: int) -> Row:
    """One answered question."""
    groups = {"category": CATEGORIES[number % 9], "family": STOCK[number % len(STOCK)]}
    right = {"right": float(random.random() < 0.5)}
    return {"id": f"{number:016x}", "suite": "exam-balanced", "groups": groups, "answer": "one", "figures": right}


def text(random: Random, words: int) -> str:
    """So many words."""
    return " ".join(random.choices(STOCK, k=words))


def answers(random: Random, pool: list[Row]) -> Iterator[Row]:
    """One to each instruction."""
    return ({"id": row["id"], "text": text(random, 60)} for row in pool)


def write(path: Path, rows: Iterable[Row]) -> None:
    """One row a line, unchecked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def born(random: Random, origin: str, iteration: int, parent: str | None) -> Row:
    """A new instruction."""
    words = f"{text(random, 20)} {random.random()}"
    told = {"id": identify(words), "instruction": words, "input": "", "origin": origin, "iteration": iteration}
    return told | ({"parent": parent} if parent else {})


def rejected(random: Random, pool: list[Row]) -> Row:
    """A candidate that was not kept."""
    new = born(random, "hard", 0, random.choice(pool)["id"])
    kept = {name: new[name] for name in ("id", "instruction", "origin", "parent")}
    return {**kept, "reason": "similar", "detail": "", "nearest": random.choice(pool)["id"], "f1": 0.75}


def reviews(random: Random, id: str) -> tuple[Row, Row]:
    """Both readings of one instruction."""
    if random.random() < 0.01:
        lost = {"text": "", "reason": "unreadable"}
        return {"id": id, "order": "teacher-first", **lost}, {"id": id, "order": "student-first", **lost}
    teacher, student = float(random.randint(6, 10)), float(random.randint(2, 9))
    swayed = {"teacher": teacher - random.randint(0, 1), "student": student + random.randint(0, 1)}
    first = {"order": "teacher-first", "text": text(random, 150), "teacher": teacher, "student": student}
    return {"id": id, **first}, {"id": id, "order": "student-first", "text": text(random, 150), **swayed}


def verdict(first: Row, second: Row) -> Row:
    """The means of both readings, and their gap."""
    means = {who: (first[who] + second[who]) / 2 for who in ("teacher", "student")}
    return {"id": first["id"], **means, "gap": means["teacher"] - means["student"]}


def call(role: str, *about: str) -> Row:
    """What one request used."""
    key = sha256(" ".join((role, *about)).encode()).hexdigest()
    return {"key": key, "role": role, "prompt_tokens": 300, "completion_tokens": 200}


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
