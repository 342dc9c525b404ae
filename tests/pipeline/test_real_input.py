"""Real instructions, and another real server, through every stage."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from huggingface_hub import InferenceClient
from transformers.cli.chat import load_generation_config

from lion import jsonl, params
from lion.chat.journal import Journal
from lion.params import Infer
from lion.records import Instruction, Rejected
from lion.student.backend import opened
from lion.student.template import conversation
from tests.pipeline.conftest import BIN, Project, environment, fresh

pytestmark = pytest.mark.slow

PATIENCE_S = 120
LONGEST = 48


@pytest.mark.skipif("LION_DATA_HOME" not in os.environ, reason="needs real data: set LION_DATA_HOME")
def test_three_hundred_alpaca_instructions_go_through_every_stage(tmp_path: Path) -> None:
    project = fresh(tmp_path / "project")
    source = f"{os.environ['LION_DATA_HOME']}/alpaca/alpaca_data.json"
    project.compose("profile=smoke", f"seed.source={source}", "seed.size=300", "generate.count=60")
    assert project.repro()[-1] == "report"

    pool = list(jsonl.read(project.folder / "data/iteration-0/cache_pool.jsonl", Instruction))
    assert len(pool) == 300
    assert sum(bool(instruction.input) for instruction in pool) > 50
    summary = json.loads((project.folder / "metrics/summary.json").read_text())["iterations"]
    assert summary["0"]["pools"]["answered"] == 300
    judged = summary["0"]["discrimination"]
    assert judged["hard"] + judged["easy"] == 300
    assert summary["1"]["pools"]["cache"] == 360


@contextmanager
def serving(checkpoint: Path) -> Iterator[str]:
    """`transformers serve` with `checkpoint` on a free port of loopback."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [str(BIN / "transformers"), "serve", str(checkpoint), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([*command, "--device", "cpu"], env=environment() | {"HF_HUB_OFFLINE": "1"})
    try:
        started = time.monotonic()
        while not _is_healthy(port):
            assert server.poll() is None
            assert time.monotonic() - started < PATIENCE_S
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def _is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health") as reply:
            return bool(reply.status == 200)
    except URLError:
        return False


def test_a_referee_that_talks_nonsense_ends_the_run_with_a_clear_account(smoke: Project, tmp_path: Path) -> None:
    checkpoint = smoke.folder / "models/iteration-0"
    with serving(checkpoint) as url:
        project = fresh(tmp_path / "project")
        project.compose(
            "profile=smoke",
            "seed.size=8",
            f"teacher.endpoint={url}",
            f"teacher.model={checkpoint}",
            "teacher.attempts=1",
            "referee.attempts=2",
            "referee.max_tokens=16",
            "runtime.max_failed_share=0.9",
            "runtime.concurrency=2",
        )
        done = project.sh("dvc", "repro", check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "no instruction of the cache pool is judged" in done.stderr
    unjudged = list(jsonl.read(project.folder / "data/iteration-0/unjudged.jsonl", Rejected))
    assert len(unjudged) == 8
    assert {record.reason for record in unjudged} <= {"unreadable", "unanswered"}


def chatted(url: str, model: str, question: str) -> tuple[str, str]:
    """Text and finish reason by `transformers chat`'s protocol: its client, its stream, its own generation config."""
    config = load_generation_config(None)
    config.update(do_sample=False, max_new_tokens=LONGEST)
    client = InferenceClient(base_url=url.removesuffix("/v1"))
    extra = {"generation_config": config.to_json_string(), "model": model}
    stream = client.chat_completion([{"role": "user", "content": question}], stream=True, model=model, extra_body=extra)
    choices = [chunk.choices[0] for chunk in stream if chunk.choices]
    [finish] = [choice.finish_reason for choice in choices if choice.finish_reason]
    return "".join(choice.delta.content or "" for choice in choices).strip(), finish


def test_a_served_student_says_the_same_to_everybody_and_stops(
    smoke: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LION_JOURNAL", str(tmp_path / "journal.db"))
    checkpoint = smoke.folder / "models/iteration-1"
    asked = list(jsonl.read(smoke.folder / "data/iteration-1/cache_pool.jsonl", Instruction))[:12]
    settings = {"random_seed": 1, "runtime": params.read(smoke.folder / "params.yaml").runtime, "scratch": tmp_path}
    greedy = {"temperature": 0.0, "top_p": 1.0, "max_new_tokens": LONGEST}
    local = Infer(backend="transformers", endpoint=None, model=None, **greedy)
    with opened("infer", checkpoint, local, **settings) as backend:
        expected = list(backend.answers(asked))
    with serving(checkpoint) as url:
        served = Infer(backend="openai", endpoint=url, model=None, **greedy)
        with opened("infer", checkpoint, served, **settings) as backend:
            assert list(backend.answers(asked)) == expected
        for record, answer in zip(asked, expected, strict=True):
            [message] = conversation(record.instruction, record.input)
            assert chatted(url, str(checkpoint), message["content"]) == (answer.text, "stop")
    with closing(Journal(tmp_path / "journal.db")) as book, book.reading() as connection:
        assert {reason for (reason,) in connection.execute("SELECT finish_reason FROM replies")} == {"stop"}
    assert len({answer.text for answer in expected}) > 3
