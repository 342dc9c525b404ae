"""A finished run of one adversarial iteration, written by hand, with a checkpoint that is never loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lion import jsonl
from lion.conf import compose
from lion.corridor import Corridor
from lion.evaluation.result import figure
from lion.records import Answer, Call, Instruction, Item, Overlap, Rejected, Result, Verdict, identify
from lion.student import lineage
from tests.run import copied, finish

SEEDS = [Instruction.seed(text) for text in ("Name a <script>alert(1)</script>.", "Name a metal.", "Name a tree.")]
NEW = Instruction(identify("Name a rare metal."), "Name a rare metal.", "", "hard", 0, SEEDS[1].id)
TOLD = {
    "base": "models/cub",
    "parent_sha256": "a" * 64,
    "examples": 1,
    "examples_learned": 1,
    "examples_cut": 0,
    "examples_dropped": {"too_long": 0, "prompt_too_long": 0},
    "examples_sha256": "b" * 64,
    "versions": {"torch": "2.13.0"},
}
Finished = Callable[..., Path]


def result(subject: str, accuracy: float) -> Result:
    figures = {"accuracy": figure(accuracy, accuracy - 0.1, accuracy + 0.1)}
    figures["relative_score"] = {"value": None, "low": None, "high": None}
    return Result("exam-balanced", subject, "sha256:0", "exact | match", "paper", {}, 672, 3, {}, figures, {}, [])


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finished:
    """Makes such a run with the parameters that overrides compose, and goes to its folder."""

    def make(*overrides: str) -> Path:
        monkeypatch.chdir(copied(tmp_path))
        Path("params.yaml").write_text(compose("profile=smoke", "iterations=1", *overrides))
        tree = yaml.safe_load(Path("params.yaml").read_text())
        _write()
        _fill(tree)
        finish(tree)
        return tmp_path

    return make


def _write() -> None:
    data = Path("data")
    for k, pool, new in ((0, SEEDS, SEEDS), (1, [*SEEDS, NEW], [NEW])):
        folder = data / f"iteration-{k}"
        jsonl.write(folder / "cache_pool.jsonl", pool)
        jsonl.write(folder / "train_pool.jsonl", new)
        jsonl.write(folder / "teacher.jsonl", [Answer(one.id, "a word of the teacher's") for one in pool[1:]])
        jsonl.write(folder / "unanswered.jsonl", [Rejected(SEEDS[0].id, "refused")])
        jsonl.write(folder / "evaluation/results.jsonl", [result(f"iteration-{k}", 0.4 + k / 10)])
        Path(f"models/iteration-{k}").mkdir()
        Path(f"models/iteration-{k}/model.safetensors").write_bytes(bytes([k]) * 8)
        lineage.write(Path(f"models/iteration-{k}"), TOLD)
    Path("models/base").mkdir()
    lineage.write(Path("models/base"), {"source_sha256": "c" * 64})
    first = data / "iteration-0"
    jsonl.write(first / "hard.jsonl", [Verdict(SEEDS[1].id, 9, 6, 3)])
    jsonl.write(first / "generated.jsonl", [NEW])
    jsonl.write(first / "rejected.jsonl", [Rejected("d" * 16, "similar"), Rejected("e" * 16, "contaminated")])
    jsonl.write(first / "calls_generator.jsonl", [Call("1" * 64, "generator", 10, 3)])
    jsonl.write(first / "seeds_rejected.jsonl", [Rejected(SEEDS[1].id, "duplicate")])
    jsonl.write(data / "benchmarks/items.jsonl", [Item("bbh", "bbh/web/0", "Lie."), Item("bbh", "bbh/web/1", "Tie.")])
    jsonl.write(first / "contaminated.jsonl", [Overlap(SEEDS[2].id, "bbh", "bbh/web/1", "exact")])


def _fill(tree: dict[str, object]) -> None:
    """What the cards tell nothing of is empty."""
    for stage in Corridor(tree).stages.values():
        for out in map(Path, stage.outs):
            if not out.exists():
                out.parent.mkdir(parents=True, exist_ok=True)
                out.touch()
