"""Where a page comes from: the commit, what was changed since, and the data."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
import yaml

from lion.report import origin


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lion").mkdir()
    (tmp_path / "lion/pools.py").write_text("one\n")
    (tmp_path / "params.yaml").write_text("iterations: 1\n")
    (tmp_path / "data/iteration-0").mkdir(parents=True)
    (tmp_path / "data/iteration-0/hard.jsonl").write_text("{}\n")
    (tmp_path / "data/iteration-2").mkdir()
    (tmp_path / "data/iteration-2/hard.jsonl").write_text("of an earlier, longer run\n")
    return tmp_path


def git(*words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    return subprocess.run(["git", *who, *words], capture_output=True, text=True, check=True).stdout.strip()


def found(project: Path) -> origin.Origin:
    return origin.find("smoke", 1.0, Path("params.yaml"), Path("data"), 1)


def test_outside_of_a_repository_there_is_no_commit(project: Path) -> None:
    assert (found(project).commit, found(project).changed) == (None, ())


def test_the_commit_is_told_and_which_code_was_changed_since(project: Path) -> None:
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "One")
    assert (found(project).commit, found(project).changed) == (git("rev-parse", "HEAD"), ())
    (project / "lion/pools.py").write_text("two\n")
    (project / "params.yaml").write_text("iterations: 2\n")
    assert found(project).changed == ("lion/pools.py",)


def test_a_commit_of_results_is_not_another_origin(project: Path) -> None:
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "Code")
    code = git("rev-parse", "HEAD")
    (project / "dvc.lock").write_text("results")
    git("add", "-A")
    git("commit", "-q", "-m", "Results")
    assert (found(project).commit, git("rev-parse", "HEAD") != code) == (code, True)


def test_the_data_are_those_of_this_run_with_the_hash_that_dvc_gives_them(project: Path) -> None:
    digest = hashlib.md5(b"{}\n").hexdigest()
    assert found(project).files == [("iteration-0/hard.jsonl", 3, digest)]


def test_the_settings_are_those_that_results_hang_on(project: Path) -> None:
    tree = {
        "iterations": 1,
        "teacher": {"model": "one", "endpoint": "http://me:secret@10.0.0.1:8000/v1"},
        "prompts": "/home/me/prompts",
        "runtime": {"mode": "batch"},
    }
    (project / "params.yaml").write_text(yaml.safe_dump(tree))
    assert yaml.safe_load(found(project).params) == {
        "iterations": 1,
        "prompts": "prompts",
        "teacher": {"model": "one", "endpoint": "10.0.0.1"},
    }


def test_the_versions_are_those_that_are_installed(project: Path) -> None:
    assert {"python", "torch", "transformers", "dvc"} <= set(found(project).versions)
