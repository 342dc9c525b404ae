"""Hashes of files and folders, against those that DVC itself wrote into dvc.lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from lion.contents import fits, md5

ROOT = Path(__file__).parent.parent


def test_a_folder_has_the_hash_that_dvc_gave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    deps = yaml.safe_load(Path("dvc.lock").read_text())["stages"]["prepare"]["deps"]
    [entry] = [entry for entry in deps if entry["path"] == "models/cub"]
    assert entry["nfiles"] > 1
    assert md5(Path("models/cub")) == entry["md5"]
    assert fits(Path("models/cub"), entry)


def test_a_folder_is_hashed_through_all_its_levels_without_what_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b/one", "a", "b/two", "c/__pycache__/x.pyc", "d.partial"):
        Path("out", name).parent.mkdir(parents=True, exist_ok=True)
        Path("out", name).write_text(name)
    everything = md5(Path("out"))
    Path(".dvcignore").write_text("__pycache__/\n*.partial\n/elsewhere/*\n!/elsewhere/kept\n")
    listed = ", ".join(
        f'{{"md5": "{hashlib.md5(name.encode()).hexdigest()}", "relpath": "{name}"}}'
        for name in ("a", "b/one", "b/two")
    )
    assert md5(Path("out")) == hashlib.md5(f"[{listed}]".encode()).hexdigest() + ".dir"
    assert md5(Path("out")) != everything


def test_what_is_gone_or_has_another_size_or_content_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "out"
    entry = {"md5": hashlib.md5(b"abc").hexdigest(), "size": 3}
    assert not fits(path, entry)
    for text, is_same in (("abc", True), ("abd", False), ("abcd", False)):
        path.write_text(text)
        assert fits(path, entry) is is_same
    assert not fits(tmp_path, {"md5": md5(tmp_path), "size": 4, "nfiles": 2})
    assert fits(tmp_path, {"md5": md5(tmp_path), "size": 4, "nfiles": 1})
    assert fits(tmp_path, {"md5": md5(tmp_path)})
