"""A key is planted and a provider echoes it in whatever it refuses: nothing that a run leaves behind may hold it."""

from __future__ import annotations

import itertools
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.chat.scripted import Answer, completion, error, provider
from tests.pipeline.conftest import Project, environment

SECRET = f"sk-planted-{secrets.token_hex(16)}"
"""Not to be found in the tests' own text."""
VARIABLE = "OPENAI_API_KEY"


def _run(project: Project, *command: str) -> subprocess.CompletedProcess[str]:
    """`command` with the key in its environment, and all logs on."""
    env = environment() | {VARIABLE: SECRET, "OPENAI_LOG": "debug", "PYTHONASYNCIODEBUG": "1"}
    return subprocess.run(command, cwd=project.folder, env=env, text=True, capture_output=True, timeout=300)


def _holding(folder: Path) -> list[Path]:
    """Every file below `folder`, DVC's cache and git's folder included, that holds the key as it is."""
    return [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.slow
def test_a_key_is_in_nothing_that_a_run_leaves_behind(project: Project, tmp_path: Path) -> None:
    script: itertools.cycle[Answer] = itertools.cycle(
        [
            (200, completion()),
            (500, error(f"crashed while serving {SECRET}")),
            (400, error(f"held back for {SECRET}", "content_filter")),
            (429, error(f"{SECRET} is too fast"), {"Retry-After-Ms": "1"}),
            (200, completion(content=None, refusal="No.")),
            (400, error(f"not accepted from {SECRET}")),
        ]
    )
    is_refused = True

    def answer(body: dict[str, Any]) -> Answer:
        return (401, error(f"Incorrect API key provided: {SECRET}")) if is_refused else next(script)

    with provider(answer) as served:
        project.set("teacher.endpoint", served.url)
        project.set("runtime.max_failed_share", 1.0)
        told = [_run(project, "dvc", "repro", "answer@0")]
        assert told[0].returncode != 0
        assert f"<{VARIABLE}>" in told[0].stderr
        is_refused = False
        told.append(_run(project, "dvc", "repro", "-v", "answer@0"))
        assert told[1].returncode == 0, told[1].stderr[-3000:]
        assert {headers["authorization"] for headers in served.headers} == {f"Bearer {SECRET}"}
    unanswered = (project.folder / "data/iteration-0/unanswered.jsonl").read_text()
    assert f"held back for <{VARIABLE}>" in unanswered
    for command in ("stats", "verify", "export replies.jsonl", "import replies.jsonl"):
        told.append(_run(project, "lion", "journal", *command.split()))
    told += [_run(project, "lion", "spend"), _run(project, "lion", "estimate")]
    assert [done.returncode for done in told[1:]] == [0] * 7
    assert not [done.args for done in told if SECRET in done.stdout + done.stderr]
    assert (project.folder / "replies.jsonl").stat().st_size
    assert _holding(project.folder) == []
