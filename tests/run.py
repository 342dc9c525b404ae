"""A small run made by hand: the files that a run of two iterations leaves, without any model."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lion import jsonl
from lion.conf import compose
from lion.contents import md5
from lion.corridor import Corridor, Stage
from lion.records import Answer, Identified, Instruction, Item, Overlap, Rejected, Review, Verdict, identify

ROOT = Path(__file__).parent.parent
PARENT = Instruction.seed("Name three colours of the rainbow.")
SEED = Instruction.seed("Add the numbers.", "3 and 4")
CHILD = Instruction(identify("Name two cold colours."), "Name two cold colours.", "", "hard", 0, PARENT.id)
GRANDCHILD = Instruction(identify("Name a metal, please."), "Name a metal, please.", "", "easy", 1, CHILD.id)
SIMILAR = Rejected(
    identify("Name three colours of a rainbow."),
    "similar",
    instruction="Name three colours of a rainbow.",
    origin="hard",
    parent=PARENT.id,
    nearest=CHILD.id,
    f1=0.75,
)
CONTAMINATED = Rejected(
    identify("What is one and one?"),
    "contaminated",
    "exact",
    instruction="What is one and one?",
    origin="easy",
    parent=SEED.id,
    nearest="gsm8k/test-1",
)
AGAIN = Rejected(CHILD.id, "duplicate", instruction=CHILD.instruction, origin="hard", parent=SEED.id)
TWICE = Rejected(SEED.id, "duplicate", "stands in the pool already")
ITEM = Item("gsm8k", "gsm8k/test-1", "What is one and one?")
OVERLAP = Overlap(SEED.id, "gsm8k", "gsm8k/test-1", "rouge", f1=0.8)


@dataclass(frozen=True)
class Run:
    """A folder like Lion's own, with what was run in it."""

    folder: Path

    def write(self, name: str, *records: Identified | Item) -> None:
        """The file `name` under data/."""
        jsonl.write(self.folder / "data" / name, records)

    def corridor(self) -> Corridor:
        return Corridor(yaml.safe_load((self.folder / "params.yaml").read_text()))


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A project of two iterations in which nothing was run, and the working directory there."""
    (folder / "models/cub").mkdir(parents=True)
    shutil.copy2(ROOT / "dvc.yaml", folder)
    monkeypatch.chdir(folder)
    (folder / "params.yaml").write_text(compose("iterations=2"))
    return Run(folder)


def copied(folder: Path) -> Path:
    """dvc.yaml and the code that it names, in `folder`."""
    for name in ("dvc.yaml", "lion", "stages"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    (folder / "models/cub").mkdir(parents=True)
    return folder


def walk(tree: dict[str, Any], *names: str) -> None:
    """Write each stage's outs and its entry in dvc.lock, as DVC does, but run nothing."""
    corridor, lock = Corridor(tree), {}
    for name in names:
        stage = corridor.stages[name]
        for out in stage.outs:
            Path(out).parent.mkdir(parents=True, exist_ok=True)
            Path(out).write_text(f"made by {name}\n")
        lock[name] = _entry(tree, stage)
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}))


def finish(tree: dict[str, Any]) -> None:
    """Write dvc.lock as DVC would after a whole run whose outs lie here already."""
    lock = {name: _entry(tree, stage) for name, stage in Corridor(tree).stages.items()}
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}))


def _entry(tree: dict[str, Any], stage: Stage) -> dict[str, Any]:
    return {
        "cmd": stage.command,
        "deps": [{"path": path, "md5": md5(Path(path))} for path in stage.deps],
        "params": {"params.yaml": {key: _value(tree, key) for key in stage.params}},
        "outs": [{"path": path, "md5": md5(Path(path))} for path in stage.outs],
    }


def _value(tree: Any, name: str) -> Any:
    for part in name.split("."):
        tree = tree[part]
    return tree


def reviews(of: Instruction, teacher: float, student: float, text: str = "Both are short.") -> list[Review]:
    return [
        Review(of.id, "teacher-first", text, teacher, student),
        Review(of.id, "student-first", text, teacher, student),
    ]


def fill(run: Run) -> None:
    """Iteration 0 as a whole, and of iteration 1 all but the training."""
    run.write("benchmarks/items.jsonl", ITEM)
    run.write("iteration-0/seeds_rejected.jsonl", TWICE)
    run.write("iteration-0/contaminated.jsonl", OVERLAP)
    for k, pool, new in ((0, [PARENT, SEED], [PARENT, SEED]), (1, [PARENT, SEED, CHILD], [CHILD])):
        run.write(f"iteration-{k}/cache_pool.jsonl", *pool)
        run.write(f"iteration-{k}/train_pool.jsonl", *new)
        run.write(
            f"iteration-{k}/teacher.jsonl", *[Answer(one.id, f"answer to {one.id}") for one in pool[:1] + new[1:]]
        )
        run.write(f"iteration-{k}/student.jsonl", *[Answer(one.id, f"try {k}") for one in pool])
        run.write(f"iteration-{k}/reviews.jsonl", *reviews(PARENT, 9, 9 - k * 3))
    run.write("iteration-1/unanswered.jsonl", Rejected(CHILD.id, "length", "cut off"))
    run.write("iteration-0/easy.jsonl", Verdict(PARENT.id, 9, 9, 0))
    run.write("iteration-1/hard.jsonl", Verdict(PARENT.id, 9, 6, 3))
    run.write("iteration-1/unjudged.jsonl", Rejected(CHILD.id, "unanswered", "no answer to it"))
    run.write("iteration-0/generated.jsonl", CHILD)
    run.write("iteration-0/rejected.jsonl", SIMILAR, CONTAMINATED)
    run.write("iteration-1/generated.jsonl", GRANDCHILD)
    run.write("iteration-1/rejected.jsonl", AGAIN)
    (run.folder / "data/iteration-0/training.csv").write_text("step\n")
