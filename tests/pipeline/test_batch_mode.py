"""The whole pipeline in batch mode: the outs of online mode, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.pipeline.conftest import Project, fresh

pytestmark = pytest.mark.slow


def test_batch_mode_gives_the_bytes_of_online_mode(smoke: Project, classroom: Server, tmp_path: Path) -> None:
    made = classroom.ledger()["batches"].get("created", 0)
    project = fresh(tmp_path / "project")
    project.compose("profile=smoke", f"teacher.endpoint={classroom.url}", "runtime.mode=batch")
    project.repro()
    assert project.outs() == smoke.outs()
    assert project.stored() == smoke.stored()
    assert classroom.ledger()["batches"]["created"] > made


def test_expired_and_failed_rows_change_no_byte(serve: Callable[..., Server], tmp_path: Path) -> None:
    outs, stored, ledgers = [], [], []
    for mode, shares in (("online", ()), ("batch", ("--batch-expire-share", 0.2, "--server-error-share", 0.1))):
        server = serve(*shares)
        project = fresh(tmp_path / mode)
        project.compose("profile=smoke", f"runtime.mode={mode}")
        for role in ("teacher", "referee", "generator"):
            project.set(f"{role}.endpoint", server.url)
        project.repro()
        outs.append({path: md5 for path, md5 in project.outs().items() if "calls" not in path})
        stored.append(project.stored())
        ledgers.append(server.ledger())
    differing = {path for path in outs[0] if outs[0][path] != outs[1][path]}
    assert differing <= {"metrics/report.html"}  # keys, and so calls, hang on the server's port
    assert stored[0] == stored[1]
    assert ledgers[1]["batches"]["expired"] > 0
    assert ledgers[1]["repeated"] == 0
