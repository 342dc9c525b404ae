"""The stage `infer` as processes of its own: killed, shared by two, or asking an engine. Always the same rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from lion import jsonl, params
from lion.chat.journal import Journal
from lion.chat.prices import spent
from lion.conf import compose
from lion.errors import ProviderError
from lion.records import Answer, Instruction
from lion.student.backend import opened
from lion.student.checkpoint import prepare_base
from tests.conftest import Server

ROOT = Path(__file__).parent.parent.parent
POOL = [Instruction.seed(f"Write the words of number {n} backwards, please.") for n in range(120)]
PATIENCE_S = 240
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cub as a base student, which has not learned to be short."""
    out = tmp_path_factory.mktemp("students") / "base"
    prepare_base(str(ROOT / "models/cub"), None, "paper", out)
    return out


def start(folder: Path, student: Path, *settings: str, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """The stage at work in `folder`, by `launcher` or by itself."""
    folder.mkdir(exist_ok=True)
    jsonl.write(folder / "pool.jsonl", POOL)
    (folder / "params.yaml").write_text(compose("profile=smoke", "runtime.inference_batch_tokens=700", *settings))
    paths = {"params": "params.yaml", "cache-pool": "pool.jsonl", "answers": "student.jsonl", "scratch": "scratch"}
    options = [part for name, file in paths.items() for part in (f"--{name}", str(folder / file))]
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    return subprocess.Popen(
        [sys.executable, *launcher, "-m", "stages.infer", "--student", str(student), *options],
        cwd=ROOT,
        env=kept | {"OMP_NUM_THREADS": "1", "LION_JOURNAL": str(folder / "journal.db")},
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """What the stage said, once it has ended well."""
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, told
    return told


def refused(process: subprocess.Popen[str]) -> str:
    """The one line of a stage that has ended in an error."""
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, told
    assert "Traceback" not in told
    [line] = [line for line in told.splitlines() if line.startswith("Error: ")]
    return line


@pytest.fixture(scope="session")
def whole(student: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The answers of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    ended(start(folder, student))
    assert not list((folder / "scratch").rglob("*"))
    return (folder / "student.jsonl").read_bytes()


def kept(folder: Path) -> dict[str, str]:
    """The answers that are safe so far, by their place."""
    lines = [line for path in folder.rglob("scratch/*/*/*.jsonl") for line in path.read_text().splitlines()]
    return {place: text for line in lines if line.endswith("}") for place, text in json.loads(line).items()}


def kill_once_it_has(count: int, process: subprocess.Popen[str], folder: Path) -> int:
    """`kill -9` of all its processes when `count` answers are safe. Returns how many are."""
    started = time.monotonic()
    while len(kept(folder)) < count:
        assert process.poll() is None
        assert time.monotonic() - started < PATIENCE_S
        time.sleep(0.01)
    for part in (*psutil.Process(process.pid).children(recursive=True), process):
        part.kill()
    process.communicate(timeout=PATIENCE_S)
    assert not (folder / "student.jsonl").exists()
    return len(kept(folder))


@pytest.mark.slow
def test_a_killed_run_goes_on_with_what_is_missing_and_ends_with_the_same_bytes(
    student: Path, whole: bytes, tmp_path: Path
) -> None:
    safe = kill_once_it_has(20, start(tmp_path, student), tmp_path)
    assert 20 <= safe < len(POOL)
    told = ended(start(tmp_path, student))
    assert re.search(rf"infer: .*\| {len(POOL) - safe}/{len(POOL) - safe} ", told), told
    assert (tmp_path / "student.jsonl").read_bytes() == whole
    assert not list((tmp_path / "scratch").rglob("*"))


@pytest.mark.slow
def test_the_launch_of_the_params_shares_the_rows_and_changes_no_byte(
    student: Path, whole: bytes, tmp_path: Path
) -> None:
    ended(start(tmp_path, student, "runtime.launch=cpu"))
    assert (tmp_path / "student.jsonl").read_bytes() == whole


@pytest.mark.slow
def test_two_processes_share_the_rows_and_a_kill_of_both_loses_nothing(
    student: Path, whole: bytes, tmp_path: Path
) -> None:
    ended(start(tmp_path / "two", student, launcher=(*TORCHRUN, "2")))
    assert (tmp_path / "two/student.jsonl").read_bytes() == whole

    killed = tmp_path / "killed"
    kill_once_it_has(30, start(killed, student, launcher=(*TORCHRUN, "2")), killed)
    assert len(list(killed.rglob("scratch/*/*/*.jsonl"))) == 2
    ended(start(killed, student, launcher=(*TORCHRUN, "3")))
    assert (killed / "student.jsonl").read_bytes() == whole
    assert not list((killed / "scratch").rglob("*"))


@pytest.mark.slow
def test_an_engine_is_asked_once_for_each_student_and_row(
    serve: Callable[..., Server], student: Path, tmp_path: Path
) -> None:
    engine = serve()
    settings = ("infer.backend=openai", f"infer.endpoint={engine.url}", "infer.model=expert-2")
    ended(start(tmp_path, student, *settings))
    first = list(jsonl.read(tmp_path / "student.jsonl", Answer))
    assert [answer.id for answer in first] == [record.id for record in POOL]
    ended(start(tmp_path, student, *settings))
    assert list(jsonl.read(tmp_path / "student.jsonl", Answer)) == first
    assert engine.ledger()["answered"] == len(POOL)

    other = tmp_path / "other"
    prepare_base(str(ROOT / "models/cub"), None, str(template(tmp_path)), other)
    ended(start(tmp_path, other, *settings))
    assert engine.ledger()["answered"] == 2 * len(POOL)
    with closing(Journal(tmp_path / "journal.db")) as book:
        assert {(role, bought): totals.calls for (role, _, bought), totals in spent(book).items()} == {
            ("infer", "online"): 2 * len(POOL)
        }


def template(folder: Path) -> Path:
    """A template of one's own, so that the checkpoint is another one."""
    path = folder / "own.jinja"
    text = "{% for m in messages %}{{ m['content'] }}{{ eos_token if m['role'] == 'assistant' else '\\n' }}{% endfor %}"
    path.write_text(text)
    return path


@pytest.mark.slow
def test_a_student_that_the_engine_does_not_serve_is_told(
    serve: Callable[..., Server], student: Path, tmp_path: Path
) -> None:
    engine = serve("--model", "another")
    line = refused(start(tmp_path, student, "infer.backend=openai", f"infer.endpoint={engine.url}"))
    assert "infer.model" in line
    assert student.as_posix() in line


def test_an_engine_that_is_not_there_is_told(student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: that a stage tells of it in one line, its others show."""
    monkeypatch.setenv("LION_JOURNAL", str(tmp_path / "journal.db"))
    address = "http://127.0.0.1:9/v1"
    overrides = ("infer.backend=openai", f"infer.endpoint={address}", "runtime.max_retries=1")
    settings = params.parse(compose("profile=smoke", *overrides), "the smoke profile", "")
    given = {"random_seed": 0, "runtime": settings.runtime, "scratch": tmp_path / "scratch"}
    with (
        pytest.raises(ProviderError, match=f"infer.endpoint {address}: no connection"),
        opened("infer", student, settings.infer, **given) as engine,
    ):
        list(engine.answers(POOL))


def test_an_engine_without_an_address_is_told(student: Path, tmp_path: Path) -> None:
    assert "infer: wanted an endpoint where backend is 'openai'" in refused(
        start(tmp_path, student, "infer.backend=openai")
    )


@pytest.mark.slow
def test_a_cap_on_spending_is_not_for_the_student(serve: Callable[..., Server], student: Path, tmp_path: Path) -> None:
    settings = ("infer.backend=openai", f"infer.endpoint={serve().url}", "infer.model=expert-2")
    ended(start(tmp_path, student, *settings, "runtime.budget_usd=0", "runtime.budget_tokens=0"))
