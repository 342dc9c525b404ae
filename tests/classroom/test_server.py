"""The classroom as any OpenAI client meets it: the protocol, its errors, its limits, its own count."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import openai
import psutil
import pytest
from openai import OpenAI

from tests.conftest import Server

Serve = Callable[..., Server]
GOOD = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


def _post(server: Server, body: Any, **headers: str) -> tuple[int, dict[str, Any], Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/chat/completions", data, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response), response.headers
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, json.load(fault), fault.headers


def _client(server: Server, key: str = "none") -> OpenAI:
    return OpenAI(base_url=server.url, api_key=key, max_retries=0)


def test_ordinary_client_gets_an_ordinary_completion(classroom: Server) -> None:
    with _client(classroom) as client:
        completion = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
    assert completion.object == "chat.completion"
    assert completion.model == "m"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage and completion.usage.prompt_tokens > 0
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_streamed_reply_is_the_reply_in_pieces(classroom: Server) -> None:
    asked: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello there"}], "temperature": 0}
    with _client(classroom) as client:
        at_once = client.chat.completions.create(**asked)
        pieces = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text == at_once.choices[0].message.content
    assert [piece.choices[0].finish_reason for piece in pieces if piece.choices][-1] == "stop"
    assert pieces[-1].usage == at_once.usage


def test_same_request_and_attempt_have_the_same_reply(classroom: Server) -> None:
    asked = {**GOOD, "temperature": 1.0}
    texts = [_post(classroom, asked, **{"X-Lion-Attempt": str(n)})[1]["choices"] for n in [*range(8), *range(8)]]
    assert texts[:8] == texts[8:]
    assert len({json.dumps(text) for text in texts}) > 1


def test_seed_tells_replies_apart_as_attempts_do(classroom: Server) -> None:
    by_seed = _post(classroom, {**GOOD, "temperature": 1.0, "seed": 5})[1]["choices"]
    by_attempt = _post(classroom, {**GOOD, "temperature": 1.0}, **{"X-Lion-Attempt": "5"})[1]["choices"]
    assert by_seed == by_attempt


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_either_token_limit_cuts_the_reply(classroom: Server, limit: str) -> None:
    _, body, _ = _post(classroom, {**GOOD, limit: 3})
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 3


def test_content_may_come_in_parts(classroom: Server) -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    asked = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    assert _post(classroom, asked)[1]["choices"] == _post(classroom, GOOD)[1]["choices"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"model": ', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ([], "wanted a JSON object"),
        ({"model": "m"}, "messages: wanted a list"),
        ({"model": "m", "messages": []}, "messages: wanted a list"),
        ({"model": "m", "messages": ["Hello"]}, "messages[0]: wanted an object"),
        ({"model": "m", "messages": [{"role": "king", "content": "x"}]}, "messages[0]: wanted an object whose role"),
        ({"model": "m", "messages": [{"role": "user", "content": 3}]}, "messages[0].content: wanted a text"),
        ({"model": "m", "messages": [{"role": "user", "content": [{"type": "image"}]}]}, "wanted a text"),
        ({"messages": GOOD["messages"]}, "model: found None"),
        ({**GOOD, "temperature": "hot"}, "temperature: found 'hot', wanted a number from 0 to 2"),
        ({**GOOD, "temperature": 3}, "temperature: found 3"),
        ({**GOOD, "top_p": -1}, "top_p: found -1"),
        ({**GOOD, "max_tokens": 0}, "max_tokens: found 0"),
        ({**GOOD, "max_completion_tokens": 1.5}, "max_completion_tokens: found 1.5"),
        ({**GOOD, "seed": True}, "seed: found True"),
        ({**GOOD, "n": 2}, "n: found 2"),
        ({**GOOD, "stream": True, "stream_options": []}, "stream_options: found []"),
    ],
)
def test_malformed_request_is_answered_with_400_and_the_place(classroom: Server, body: Any, said: str) -> None:
    status, answer, _ = _post(classroom, body)
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert said in answer["error"]["message"]


def test_client_sees_its_own_kinds_of_error(serve: Serve) -> None:
    server = serve("--model", "known", "--key", "right")
    with _client(server) as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    with _client(server, "right") as client:
        assert [model.id for model in client.models.list()] == ["known"]
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="other", messages=[{"role": "user", "content": "Hello"}])
    assert caught.value.code == "model_not_found"


def test_request_for_another_host_is_misdirected(classroom: Server) -> None:
    assert _post(classroom, GOOD, Host="evil.example")[0] == 421


def test_ledger_counts_answers_by_request_and_attempt(serve: Serve) -> None:
    server = serve()
    for attempt in ("0", "1", "1"):
        _post(server, GOOD, **{"X-Lion-Attempt": attempt})
    _post(server, b"{")
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"], ledger["repeated"]) == (3, 2, 1)
    assert list(ledger["answered_again"].values()) == [2]
    assert ledger["refused"] == {"invalid_request_error": 1}
    assert ledger["prompt_tokens"] > 0


def test_request_limit_answers_429_with_the_wait_and_the_state(serve: Serve) -> None:
    server = serve("--requests-per-minute", 60, "--burst-s", 2)
    answers = [_post(server, GOOD) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert answers[0][2]["x-ratelimit-limit-requests"] == "60"
    assert answers[0][2]["x-ratelimit-remaining-requests"] == "1"
    assert answers[2][2]["x-ratelimit-remaining-requests"] == "0"
    assert 0 < float(answers[2][2]["x-ratelimit-reset-requests"].rstrip("s")) <= 2
    assert answers[2][2]["retry-after"] == "1"
    assert answers[2][1]["error"]["code"] == "rate_limit_exceeded"
    assert server.ledger()["answered"] == 2


def test_token_limit_counts_prompt_and_completion(serve: Serve) -> None:
    server = serve("--tokens-per-minute", 60)
    status, body, headers = _post(server, GOOD)
    assert status == 200
    assert headers["x-ratelimit-remaining-tokens"] == str(60 - body["usage"]["total_tokens"])
    while status == 200:
        status, body, headers = _post(server, GOOD)
    assert status == 429
    assert "tokens" in body["error"]["message"]


@pytest.mark.parametrize(("flag", "status"), [("--server-error-share", 500), ("--unavailable-share", 503)])
def test_error_share_of_one_fails_every_request(serve: Serve, flag: str, status: int) -> None:
    server = serve(flag, 1)
    assert _post(server, GOOD)[0] == status
    assert server.ledger()["answered"] == 0


def test_hung_request_gets_no_answer_and_is_not_counted(serve: Serve) -> None:
    server = serve("--hang-share", 1)
    with _client(server) as client, pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}], timeout=0.3)
    assert server.ledger()["refused"] == {"hang": 1}


def test_cut_connection_breaks_in_the_middle_of_the_reply(serve: Serve) -> None:
    server = serve("--cut-share", 1)
    with _client(server) as client, pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
    assert server.ledger()["answered"] == 0


@pytest.mark.parametrize(
    ("flag", "finish", "has_text"), [("--length-share", "length", True), ("--empty-share", "stop", False)]
)
def test_spoilt_reply_is_paid_for(serve: Serve, flag: str, finish: str, has_text: bool) -> None:
    server = serve(flag, 1)
    choice = _post(server, GOOD)[1]["choices"][0]
    assert choice["finish_reason"] == finish
    assert bool(choice["message"]["content"]) == has_text
    assert server.ledger()["answered"] == 1


def test_delay_holds_the_reply_back(serve: Serve) -> None:
    server = serve("--latency-s", 0.3)
    start = time.monotonic()
    _post(server, GOOD)
    assert time.monotonic() - start >= 0.3


def test_server_listens_on_loopback_alone(classroom: Server) -> None:
    sockets = psutil.Process(classroom.process.pid).net_connections(kind="inet")
    assert {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_port_in_use_is_told_in_one_line(classroom: Server) -> None:
    command = [sys.executable, "-m", "lion.classroom.server", "--port", str(classroom.port)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert f"cannot start on port {classroom.port}" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_impossible_share_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "lion.classroom.server", "--cut-share", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "sum at most 1" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_server_stops_at_once_when_told_to(sign: signal.Signals) -> None:
    command = [sys.executable, "-m", "lion.classroom.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        port = json.loads(process.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port)):
            os.kill(process.pid, sign)
            process.wait(10)
        assert "Traceback" not in process.stderr.read()
