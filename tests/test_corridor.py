"""What dvc.yaml lays out: every stage with its paths, and which of them have been walked with the values at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lion.conf import compose
from lion.corridor import Corridor
from lion.errors import DataError
from tests.run import copied, walk


def _tree(*overrides: str) -> dict[str, Any]:
    return dict(yaml.safe_load(compose(*overrides)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """dvc.yaml and the code that it names, in a folder of their own."""
    monkeypatch.chdir(copied(tmp_path))
    return tmp_path


def _settled(tree: dict[str, Any]) -> set[str]:
    corridor = Corridor(tree)
    return {stage.name for stage in corridor.stages.values() if corridor.is_settled(stage)}


def test_loops_are_walked_as_often_as_the_parameters_say(project: Path) -> None:
    corridor = Corridor(_tree("iterations=2"))
    assert [stage.name for stage in corridor.of("answer")] == ["answer@0", "answer@1", "answer@2"]
    assert [stage.name for stage in corridor.of("referee")] == ["referee@0", "referee@1"]
    assert [stage.name for stage in corridor.of("report")] == ["report"]


def test_paths_are_those_that_the_script_is_given(project: Path) -> None:
    stage = Corridor(_tree("prompts=mine")).stages["answer@1"]
    assert stage.paths["prompts"] == Path("mine")
    assert stage.paths["known-answers"] == Path("data/iteration-0/teacher.jsonl")
    assert set(map(str, (stage.paths["answers"], stage.paths["calls"]))) < set(stage.outs)
    assert "mine/teacher.txt" in stage.deps
    assert stage.params == ("teacher",)


def test_what_was_run_with_these_values_is_settled(project: Path) -> None:
    tree = _tree("profile=smoke")
    assert _settled(tree) == set()
    walk(tree, "prepare", "answer@0", "train@0")
    assert _settled(tree) == {"prepare", "answer@0", "train@0"}
    assert _settled(_tree("profile=smoke", "runtime.concurrency=3")) == {"prepare", "answer@0", "train@0"}
    assert _settled(_tree("profile=smoke", "train.epochs=7")) == {"prepare", "answer@0"}
    assert _settled(_tree("profile=smoke", "teacher.model=other")) == {"prepare"}
    assert _settled(_tree("profile=smoke", "seed.size=9")) == set()
    assert _settled(_tree("profile=smoke", "prompts=mine")) == {"prepare"}


def test_what_follows_changed_code_is_not_settled(project: Path) -> None:
    tree = _tree("profile=smoke")
    walk(tree, "prepare", "answer@0", "train@0")
    Path("lion/teacher.py").write_text("changed")
    assert _settled(tree) == {"prepare"}


def test_a_file_counts_only_as_its_stage_left_it(project: Path) -> None:
    tree = _tree("profile=smoke")
    walk(tree, "prepare")
    pool = Corridor(tree).stages["answer@0"].paths["cache-pool"]
    assert Corridor(tree).has(pool)
    assert not Corridor(_tree("profile=smoke", "seed.size=9")).has(pool)
    pool.write_text("changed\n")
    assert not Corridor(tree).has(pool)
    pool.unlink()
    assert not Corridor(tree).has(pool)


@pytest.mark.parametrize("text", ["- a list", "stages: [", "\x00"])
def test_a_file_that_cannot_be_read_is_one_line(project: Path, text: str) -> None:
    for name in ("dvc.yaml", "dvc.lock"):
        kept = Path(name).read_bytes() if Path(name).exists() else None
        Path(name).write_text(text)
        with pytest.raises(DataError) as caught:
            Corridor(_tree())
        assert str(caught.value).startswith(f"{name}: ")
        assert "\n" not in str(caught.value)
        Path(name).write_bytes(kept or b"stages: {}")


def test_another_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^dvc\.yaml: not found"):
        Corridor(_tree())
