"""What a person can put right ends a stage with one line and exit code 1, and leaves nothing half-written."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lion import jsonl
from lion.conf import compose
from lion.records import Answer, Instruction
from tests.conftest import Server

ROOT = Path(__file__).parent.parent.parent
POOL = [Instruction.seed(f"Add {n} and {n + 7}, please.") for n in range(30)]


def stage(
    name: str, folder: Path, *options: str | Path, limit: Callable[[], None] | None = None, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run one stage script with the smoke profile and `settings`, such as teacher__model="x", in `folder`."""
    overrides = [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
    if not (folder / "params.yaml").exists():
        (folder / "params.yaml").write_text(compose("profile=smoke", *overrides))
    return subprocess.run(
        [sys.executable, "-m", f"stages.{name}", "--params", str(folder / "params.yaml"), *map(str, options)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "LION_JOURNAL": str(folder / "journal.db"),
            "HF_HUB_OFFLINE": "1",
            "LION_DATA_HOME": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit,
    )


def told(done: subprocess.CompletedProcess[str], folder: Path, kept: Iterable[str] = ()) -> str:
    """The one line of a stage that ended in an error; asserts that it left only what is `kept`."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == 1, done.stderr
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    outs = folder / "outs"
    left = {str(path.relative_to(outs)) for path in outs.rglob("*") if path.is_file()} if outs.exists() else set()
    assert left == set(kept)
    return lines[0]


def answer(folder: Path, limit: Callable[[], None] | None = None, **settings: object) -> str:
    jsonl.write(folder / "pool.jsonl", POOL)
    jsonl.write(folder / "known.jsonl", [])
    outs = folder / "outs"
    done = stage(
        "answer",
        folder,
        *("--prompts", "lion/prompts/templates", "--cache-pool", folder / "pool.jsonl"),
        *("--known-answers", folder / "known.jsonl", "--answers", outs / "teacher.jsonl"),
        *("--unanswered", outs / "unanswered.jsonl", "--calls", outs / "calls.jsonl"),
        limit=limit,
        **settings,
    )
    return told(done, folder)


def prepare(folder: Path, kept: Iterable[str] = (), **settings: object) -> str:
    outs = folder / "outs"
    done = stage(
        "prepare",
        folder,
        *("--train-pool", outs / "train_pool.jsonl", "--cache-pool", outs / "cache_pool.jsonl"),
        *("--rejected", outs / "rejected.jsonl", "--known-answers", outs / "known.jsonl"),
        *("--student", outs / "base"),
        **settings,
    )
    return told(done, folder, kept)


def infer(folder: Path, student: Path) -> str:
    jsonl.write(folder / "pool.jsonl", POOL)
    done = stage(
        "infer",
        folder,
        *("--cache-pool", folder / "pool.jsonl", "--student", student),
        *("--answers", folder / "outs/student.jsonl"),
    )
    return told(done, folder)


def test_a_wrong_key_is_told_by_the_name_of_its_variable(serve: Callable[..., Server], tmp_path: Path) -> None:
    line = answer(tmp_path, teacher__endpoint=serve("--key", "sesame").url)
    assert "401" in line
    assert "OPENAI_API_KEY" in line
    assert "sesame" not in line


def test_a_model_that_is_not_there_is_told_by_its_name(serve: Callable[..., Server], tmp_path: Path) -> None:
    line = answer(tmp_path, teacher__endpoint=serve("--model", "gpt-9").url, teacher__model="gpt-x")
    assert "teacher.model" in line
    assert "gpt-x" in line


def test_an_endpoint_that_is_down_is_told_by_its_address(tmp_path: Path) -> None:
    line = answer(tmp_path, teacher__endpoint="http://127.0.0.1:9/v1", runtime__max_retries=1)
    assert "http://127.0.0.1:9/v1" in line


def test_a_journal_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"this is no database" * 100)
    line = answer(tmp_path)
    assert "journal.db" in line
    assert (tmp_path / "journal.db").read_bytes() == b"this is no database" * 100


def small_files_only() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    assert "journal" in answer(tmp_path, limit=small_files_only)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("  temperature: 0.7", "  temprature: 0.7", "teacher.temprature: unknown key"),
        ("iterations: 1", "iterations: many", "iterations: found 'many', wanted"),
        ("iterations: 1", "iterations: 2", "students, rounds, curves were not composed anew"),
    ],
)
def test_faulty_parameters_are_told_before_anything_is_done(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    text = compose("profile=smoke")
    assert old in text
    (tmp_path / "params.yaml").write_text(text.replace(old, new, 1))
    assert wanted in answer(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("seeds.json", '[{"instruction": "a", "inp', "seeds.json:1: not JSON"),
        ("seeds.jsonl", "", "holds no record"),
        ("seeds.jsonl", '{"instruction": "a b c"}\n{"input": "x"}\n', "seeds.jsonl:2: no 'instruction'"),
    ],
)
def test_a_faulty_seed_file_is_told_with_its_place(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    (tmp_path / name).write_text(text)
    assert wanted in prepare(tmp_path, seed__source=tmp_path / name)


def test_a_missing_seed_file_is_told(tmp_path: Path) -> None:
    assert "none.json: cannot be read" in prepare(tmp_path, seed__source=tmp_path / "none.json")


def test_an_unknown_base_student_is_told(tmp_path: Path) -> None:
    line = prepare(tmp_path, student__base="no/such-model")
    assert "'no/such-model' is neither a local folder nor in the cache" in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_checkpoint_with_a_file_missing_is_told_by_that_file(tmp_path: Path, name: str) -> None:
    student = tmp_path / "student"
    student.mkdir()
    for source in (ROOT / "models/cub").iterdir():
        if source.name != name:
            (student / source.name).symlink_to(source)
    assert name in infer(tmp_path, student)


def test_a_cut_pool_is_told_with_its_line(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "answers.jsonl", [Answer(POOL[0].id, "8")])
    with (tmp_path / "answers.jsonl").open("ab") as file:
        file.write(b'{"id": "0123')
    (tmp_path / "generated.jsonl").write_text("")
    paths = {
        "--cache-pool": tmp_path / "answers.jsonl",
        "--generated": tmp_path / "generated.jsonl",
        "--next-train-pool": tmp_path / "outs/train_pool.jsonl",
        "--next-cache-pool": tmp_path / "outs/cache_pool.jsonl",
    }
    command = [sys.executable, "-m", "stages.merge_pool", *(str(part) for pair in paths.items() for part in pair)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "answers.jsonl:1: not a valid instruction" in told(done, tmp_path)
