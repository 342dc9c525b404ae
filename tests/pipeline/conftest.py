"""A throw-away copy of the project in which `dvc` is run for real, against a classroom that counts what it answers."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.conftest import Server

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
AT = "2026-01-01T00:00:00Z"
DROPPED = ("OPENAI_", "LION_", "DVC_", "GIT_")


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return kept | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        "GIT_AUTHOR_NAME": "test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@dataclass(frozen=True)
class Project:
    """A copy of the project and what may be done with it."""

    folder: Path

    def sh(self, *command: str, check: bool = True, timeout_s: float = 500) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=self.folder, env=environment(), text=True, capture_output=True, timeout=timeout_s
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def repro(self, *arguments: str) -> list[str]:
        """`dvc repro`; the stages that were run, in order."""
        return ran(self.sh("dvc", "repro", *arguments).stdout)

    def experiment(self, *overrides: str) -> list[str]:
        """`dvc exp run -S …`; the stages that were run, in order."""
        settings = [part for override in overrides for part in ("-S", override)]
        return ran(self.sh("dvc", "exp", "run", *settings).stdout)

    def compose(self, *overrides: str) -> None:
        text = self.sh("lion", "params", *overrides).stdout
        (self.folder / "params.yaml").write_text(text)

    def set(self, key: str, value: object) -> None:
        """Change one value of params.yaml by hand."""
        path = self.folder / "params.yaml"
        tree = yaml.safe_load(path.read_text())
        *sections, name = key.split(".")
        section = tree
        for part in sections:
            section = section[part]
        assert name in section
        section[name] = value
        path.write_text(yaml.safe_dump(tree, sort_keys=False))

    def outs(self) -> dict[str, str]:
        """The hash of every out in dvc.lock."""
        lock = yaml.safe_load((self.folder / "dvc.lock").read_text())
        return {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage.get("outs", [])}

    def stored(self) -> int:
        """How many replies the journal holds."""
        with sqlite3.connect(self.folder / ".lion/journal.db") as journal:
            return int(journal.execute("select count(*) from replies").fetchone()[0])

    def copy(self, target: Path) -> Project:
        shutil.copytree(self.folder, target, symlinks=True)
        return Project(target)

    def commit(self) -> None:
        """Commit all there is; the same files are the same commit, as the page names it."""
        self.sh("git", "add", "-A")
        dates = (f"GIT_{who}_DATE={AT}" for who in ("AUTHOR", "COMMITTER"))
        self.sh("env", *dates, "git", "commit", "-qm", "state", "--allow-empty")


def ran(output: str) -> list[str]:
    return re.findall(r"Running stage '([^']+)'", output)


def fresh(target: Path) -> Project:
    """The files of this working tree that git knows or would add, as a new repository without any result."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if source.is_file() and name != "dvc.lock" and not name.startswith("metrics/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    project = Project(target)
    project.sh("git", "init", "-q", "-b", "main")
    project.commit()
    return project


@pytest.fixture(scope="session")
def smoke(classroom: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run of the smoke profile, committed. Copy it before you change it."""
    project = fresh(tmp_path_factory.mktemp("smoke") / "project")
    project.compose("profile=smoke", f"teacher.endpoint={classroom.url}")
    project.repro()
    project.commit()
    return project


@pytest.fixture
def project(smoke: Project, tmp_path: Path) -> Project:
    """A copy of the finished smoke run, for one test."""
    return smoke.copy(tmp_path / "project")
