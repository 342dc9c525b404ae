"""A rival's row, from `lion evaluate` to the report, and to another's clone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline.conftest import Project

OUT = "data/rivals/silent"


def silent(project: Project) -> None:
    """A model that has answered nothing."""
    (project.folder / "silent.jsonl").write_text("")
    shown = project.sh("lion", "evaluate", "--answers", "silent.jsonl", "--suite", "exam").stdout
    assert [line.split()[-1] for line in shown.splitlines() if "student" in line and "version" in line] == []
    assert {"silent", "student"} <= set(shown.split())


def test_a_rival_reruns_the_report_alone_and_stands_in_it(project: Project) -> None:
    silent(project)
    assert project.repro() == ["report"]
    found = json.loads((project.folder / "metrics/summary.json").read_text())
    assert found["rivals"]["silent"]["exam-balanced"]["accuracy"] == 0.0
    assert "differs" not in found["rivals"]["silent"]["exam-balanced"]


@pytest.mark.slow
def test_a_rival_that_is_added_to_dvc_reaches_a_clone_and_survives_a_checkout(project: Project, tmp_path: Path) -> None:
    silent(project)
    project.sh("dvc", "add", OUT)
    (project.folder / "silent.jsonl").unlink()
    assert project.repro() == ["report"]
    project.commit()
    before = (project.folder / OUT / "results.jsonl").read_bytes()
    project.sh("dvc", "checkout")
    assert (project.folder / OUT / "results.jsonl").read_bytes() == before
    project.sh("git", "clone", "-q", str(project.folder), str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    clone.sh("dvc", "cache", "dir", "--local", str(project.folder / ".dvc/cache"))
    clone.sh("dvc", "checkout")
    assert (clone.folder / OUT / "results.jsonl").read_bytes() == before
    assert clone.repro() == []


@pytest.mark.parametrize("name", ["data/rivals/silent/results.jsonl", "data/iteration-0/train_pool.jsonl"])
def test_git_takes_no_data(project: Project, name: str) -> None:
    assert project.sh("git", "check-ignore", name).stdout.strip() == name
