"""The classroom's batches as any OpenAI client meets them: files in, files out, and what may become of a row."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Batch

from tests.conftest import Server

Serve = Callable[..., Server]
ENDED = ("completed", "failed", "expired", "cancelled")
BODY = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], "temperature": 1.0}


def _row(number: int, **changes: Any) -> dict[str, Any]:
    body = {**BODY, "messages": [{"role": "user", "content": f"Tell me about number {number}."}]}
    return {"custom_id": f"row-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body, **changes}


def _client(server: Server, key: str = "none") -> OpenAI:
    return OpenAI(base_url=server.url, api_key=key, max_retries=0)


def _create(client: OpenAI, content: bytes) -> Batch:
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"who": "test"}
    )


def _ended(client: OpenAI, batch: Batch) -> Batch:
    end = time.monotonic() + 20
    while batch.status not in ENDED:
        assert time.monotonic() < end
        time.sleep(0.02)
        batch = client.batches.retrieve(batch.id)
    return batch


def _lines(client: OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.files.content(file_id).content.splitlines()] if file_id else []


def _run(server: Server, *rows: Any) -> tuple[Batch, list[dict[str, Any]], list[dict[str, Any]]]:
    """A batch at its end, the lines of its output and those of its error file."""
    content = b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)
    with _client(server) as client:
        batch = _ended(client, _create(client, content))
        return batch, _lines(client, batch.output_file_id), _lines(client, batch.error_file_id)


def _online(server: Server, body: dict[str, Any], attempt: int) -> Any:
    data = json.dumps(body, separators=(",", ":")).encode()
    headers = {"X-Lion-Attempt": str(attempt)}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/chat/completions", data, headers)) as response:
        return json.load(response)["choices"]


def test_batch_answers_every_row(classroom: Server) -> None:
    batch, outputs, errors = _run(classroom, *map(_row, range(5)))
    assert (batch.status, batch.metadata) == ("completed", {"who": "test"})
    assert batch.request_counts and batch.request_counts.to_dict() == {"total": 5, "completed": 5, "failed": 0}
    assert [line["custom_id"] for line in outputs] == [f"row-{n}" for n in range(5)]
    assert all(line["response"]["body"]["choices"][0]["message"]["content"] for line in outputs)
    assert errors == []


def test_row_and_online_request_are_one_to_the_ledger(serve: Serve) -> None:
    server = serve("--empty-share", 0.5)
    rows = [_row(n, custom_id=f"{n:048x}-{n}") for n in range(8)]
    _, outputs, _ = _run(server, *rows)
    assert [line["response"]["body"]["choices"] for line in outputs] != []
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (8, 8)
    assert ledger["batches"] == {"created": 1, "completed": 1}
    _online(server, rows[3]["body"], 3)
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"], ledger["repeated"]) == (9, 8, 1)


def test_row_gets_the_reply_that_its_attempt_gets_online(classroom: Server) -> None:
    rows = [{**_row(0), "custom_id": f"{n:048x}-{n}"} for n in range(6)]
    _, outputs, _ = _run(classroom, *rows)
    by_row = [line["response"]["body"]["choices"] for line in outputs]
    assert by_row == [_online(classroom, rows[0]["body"], n) for n in range(6)]
    assert len({json.dumps(choices) for choices in by_row}) > 1


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        ([b"{\n"], "invalid_json_line", 1),
        ([_row(0), {"custom_id": "x"}], "missing_required_parameter", 2),
        ([_row(0), _row(0)], "duplicate_custom_id", 2),
        ([_row(0, url="/v1/embeddings")], "url_mismatch", 1),
        ([_row(0), _row(1, body={**BODY, "model": "other"})], "model_mismatch", 2),
    ],
)
def test_malformed_line_fails_the_whole_batch(classroom: Server, rows: list[Any], code: str, line: int) -> None:
    batch, outputs, errors = _run(classroom, *rows)
    assert batch.status == "failed"
    assert batch.errors and batch.errors.data
    assert [(fault.code, fault.line) for fault in batch.errors.data] == [(code, line)]
    assert outputs == errors == []


def test_bad_body_is_an_error_of_its_row_alone(classroom: Server) -> None:
    batch, outputs, errors = _run(classroom, _row(0), _row(1, body={**BODY, "temperature": 9}))
    assert batch.status == "completed"
    assert [line["custom_id"] for line in outputs] == ["row-0"]
    assert errors[0]["response"]["status_code"] == 400
    assert "temperature" in errors[0]["response"]["body"]["error"]["message"]


@pytest.mark.parametrize(
    ("flag", "status", "error"),
    [
        ("--server-error-share", 500, None),
        ("--hang-share", None, "request_timeout"),
        ("--batch-expire-share", None, "batch_expired"),
    ],
)
def test_faults_become_rows_of_the_error_file(serve: Serve, flag: str, status: int, error: str) -> None:
    server = serve(flag, 0.5)
    batch, outputs, errors = _run(server, *map(_row, range(20)))
    assert batch.status == ("expired" if error == "batch_expired" else "completed")
    assert {line["custom_id"] for line in outputs + errors} == {f"row-{n}" for n in range(20)}
    assert 0 < len(errors) < 20
    assert server.ledger()["answered"] == len(outputs)
    for line in errors:
        assert (line["response"] or {}).get("status_code") == status
        assert (line["error"] or {}).get("code") == error


def test_row_whose_connection_is_cut_is_in_no_file(serve: Serve) -> None:
    batch, outputs, errors = _run(serve("--cut-share", 1), _row(0))
    assert (batch.status, outputs, errors) == ("completed", [], [])


def test_share_of_failing_batches_is_drawn(serve: Serve) -> None:
    batch, _, _ = _run(serve("--batch-fail-share", 1), _row(0))
    assert batch.status == "failed"


def test_cancelled_batch_keeps_what_was_answered(serve: Serve) -> None:
    server = serve("--batch-delay-s", 30)
    with _client(server) as client:
        batch = _create(client, b"".join(json.dumps(_row(n)).encode() + b"\n" for n in range(100)))
        while not (counts := client.batches.retrieve(batch.id).request_counts) or not counts.completed:
            time.sleep(0.02)
        client.batches.cancel(batch.id)
        batch = _ended(client, batch)
        outputs, errors = _lines(client, batch.output_file_id), _lines(client, batch.error_file_id)
    assert batch.status == "cancelled"
    assert 0 < len(outputs) < 100
    assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}


def test_batches_are_listed_newest_first_page_by_page(serve: Serve) -> None:
    with _client(serve()) as client:
        made = [_create(client, json.dumps(_row(n)).encode()).id for n in range(5)]
        assert [batch.id for batch in client.batches.list(limit=2)] == made[::-1]


def test_files_and_batches_want_the_key_and_exist_or_are_404(serve: Serve) -> None:
    server = serve("--key", "right")
    with _client(server) as client, pytest.raises(openai.AuthenticationError):
        client.files.create(file=("in.jsonl", b"{}"), purpose="batch")
    with _client(server, "right") as client:
        for ask in (client.batches.retrieve, client.files.content):
            with pytest.raises(openai.NotFoundError):
                ask("nothing")


def test_upload_without_a_form_or_a_purpose_is_refused(classroom: Server) -> None:
    with _client(classroom) as client:
        with pytest.raises(openai.BadRequestError, match="purpose"):
            client.files.create(file=("in.jsonl", b"{}"), purpose="fine-tune")
        with pytest.raises(openai.BadRequestError, match="multipart"):
            client.post("/files", body={}, cast_to=object)
