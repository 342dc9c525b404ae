"""What goes wrong: healed where it can be, told in one line where it cannot, and no secret anywhere."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from lion.chat import FILTERED, Chat, Exchange, Reply
from lion.chat.headers import retry_after_s
from lion.chat.journal import Journal
from lion.chat.pacing import FIRST_PAUSE_S, LONGEST_PAUSE_S, pause_s
from lion.errors import LionError, ProviderError
from tests.chat.asking import RUNTIME, VARIABLE, question, questions
from tests.chat.scripted import Answer, completion, error, provider
from tests.conftest import Server

Serve = Callable[..., Server]
SECRET = "sk-planted-0123456789abcdef"


def _ask(endpoint: str, journal: Path, count: int = 40, **changes: object) -> list[Exchange]:
    with Chat("teacher", endpoint, RUNTIME.model_copy(update=changes), journal) as chat:
        return list(chat.ask(questions(endpoint, count)))


def _one(journal: Path, *answers: Answer, **changes: object) -> tuple[Exchange, list[dict[str, Any]]]:
    """The exchange that comes of `answers` in turn, and the bodies that were sent."""
    script = iter(answers)
    with provider(lambda body: next(script)) as served:
        exchange = _ask(served.url, journal, 1, **{"max_failed_share": 1.0, **changes})[0]
    return exchange, served.bodies


def _line(endpoint: str, journal: Path, **changes: object) -> str:
    """The one line in which a run ends."""
    with pytest.raises(ProviderError) as caught:
        _ask(endpoint, journal, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_faults_that_pass_are_healed_by_trying_again(serve: Serve, journal: Path) -> None:
    kinds = ("server_error", "unavailable", "hang", "cut")
    shares = itertools.chain.from_iterable((f"--{kind.replace('_', '-')}-share", 0.06) for kind in kinds)
    server = serve(*shares)
    exchanges = _ask(server.url, journal, 60, timeout_s=0.5, concurrency=60, max_retries=6)
    assert all(exchange.reply for exchange in exchanges)
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (60, 60)
    assert set(ledger["refused"]) == set(kinds)


def test_rate_limit_that_the_provider_tells_is_kept_without_a_refusal(serve: Serve, journal: Path) -> None:
    server = serve("--requests-per-minute", 120, "--burst-s", 4)
    exchanges = _ask(server.url, journal, 12, concurrency=12)
    assert all(exchange.reply for exchange in exchanges)
    ledger = server.ledger()
    assert ledger["answered"] == 12
    assert ledger["refused"] == {}


def test_refusals_use_up_no_tries(journal: Path) -> None:
    crowded = error("Rate limit reached", "rate_limit_exceeded")
    exchange, bodies = _one(journal, *[(429, crowded)] * 4, (200, completion()), max_retries=0)
    assert exchange.reply is not None and exchange.failure is None
    assert len(bodies) == 5


def test_endpoint_that_does_nothing_but_refuse_ends_the_run(journal: Path) -> None:
    with provider(lambda body: (429, error("Rate limit reached"))) as served:
        line = _line(served.url, journal, timeout_s=0.1)
    assert "nothing but refusals for " in line and "429: Rate limit reached" in line
    assert "wanted room. Wait or correct teacher.endpoint, then run the same command again" in line


def test_request_that_alone_exceeds_an_allowance_is_final(journal: Path) -> None:
    words = "Request too large for m on tokens per min (TPM): Limit 100, Requested 120."
    exchange, bodies = _one(journal, (429, error(words, "rate_limit_exceeded")))
    assert exchange.failure is not None and exchange.failure.detail == f"429: {words}"
    assert len(bodies) == 1


def test_retry_after_is_obeyed(journal: Path) -> None:
    times = []

    def answer(body: dict[str, Any]) -> Answer:
        times.append(time.monotonic())
        return (200, completion()) if len(times) > 1 else (429, error("slow down"), {"Retry-After": "1"})

    with provider(answer) as served:
        assert _ask(served.url, journal, 1)[0].reply
    assert 1 <= times[1] - times[0] < 2


def test_retry_after_is_read_in_every_form() -> None:
    assert retry_after_s({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert retry_after_s({"retry-after": "2.5"}) == 2.5
    assert retry_after_s({"retry-after": "-3"}) == 0
    assert retry_after_s({"retry-after": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(60, abs=2)
    assert retry_after_s({"retry-after": formatdate(time.time() - 60, usegmt=True)}) == 0
    for unusable in ("soon", "inf", "nan", ""):
        assert retry_after_s({"retry-after": unusable}) is None
    assert retry_after_s({}) is None


def test_pauses_grow_are_bounded_and_never_shorter_than_asked() -> None:
    assert pause_s(10_000, None) <= LONGEST_PAUSE_S
    for tries in range(1, 30):
        backed_off = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (tries - 1))
        assert backed_off / 2 <= pause_s(tries, None) <= backed_off
    assert 7 < pause_s(1, 7) <= 7 + FIRST_PAUSE_S


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_status_that_may_pass_is_tried_again(journal: Path, status: int) -> None:
    exchange, bodies = _one(journal, (status, error("not now")), (200, completion()))
    assert exchange.reply and exchange.reply.text == "Yes."
    assert len(bodies) == 2


def test_tries_are_bounded_and_the_last_words_kept(journal: Path) -> None:
    exchange, bodies = _one(journal, *[(500, error(f"broken {n}")) for n in range(9)], max_retries=2)
    assert exchange.failure and exchange.failure.reason == "failed"
    assert exchange.failure.detail == "500: broken 2 (3 tries)"
    assert len(bodies) == 3


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        ((400, error("maximum context length is 8192 tokens", "context_length_exceeded")), "failed", "8192"),
        ((400, error("The prompt was filtered", "content_filter")), "refused", "The prompt was filtered"),
        ((422, {"detail": "top_p must be above 0"}), "failed", "422: top_p must be above 0"),
        ((400, b"<html>\nBad\nRequest</html>"), "failed", "400: <html> Bad Request</html>"),
        ((400, b""), "failed", "400: Bad Request"),
    ],
)
def test_refusal_of_one_request_is_its_failure_at_once(journal: Path, answer: Answer, reason: str, detail: str) -> None:
    exchange, bodies = _one(journal, answer)
    assert exchange.reply is None
    assert exchange.failure and exchange.failure.reason == reason
    assert detail in exchange.failure.detail
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("body", "text", "finish", "tokens"),
    [
        (completion(), "Yes.", "stop", (5, 2)),
        (completion(content=None), "", "stop", (5, 2)),
        (completion(content=None, refusal="I cannot help."), "", FILTERED, (5, 2)),
        (completion(content="Ye", finish_reason="length"), "Ye", "length", (5, 2)),
        (completion(content="", finish_reason="content_filter"), "", FILTERED, (5, 2)),
        (completion(usage=None), "Yes.", "stop", (0, 0)),
        (completion(usage={"prompt_tokens": 4}), "Yes.", "stop", (4, 0)),
        (completion(finish_reason=None), "Yes.", "stop", (5, 2)),
        (completion(content=[{"type": "text", "text": "Ye"}, {"type": "text", "text": "s."}]), "Yes.", "stop", (5, 2)),
        (completion(content="half \ud83d of a pair"), "half ? of a pair", "stop", (5, 2)),
    ],
)
def test_quirks_of_replies_are_read(
    journal: Path, body: dict[str, Any], text: str, finish: str, tokens: tuple[int, int]
) -> None:
    exchange, _ = _one(journal, (200, body))
    assert exchange.reply == Reply(exchange.request.key, text, finish, *tokens)


@pytest.mark.parametrize("body", [error("upstream is down"), {"choices": []}, {"choices": None}, [], b"<html>", b""])
def test_success_without_a_completion_is_tried_again_and_never_journalled(journal: Path, body: Any) -> None:
    exchange, bodies = _one(journal, (200, body), (200, completion()))
    assert exchange.reply and exchange.reply.text == "Yes."
    assert len(bodies) == 2


def test_server_that_wants_the_newer_token_limit_gets_it_from_then_on(journal: Path) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        if "max_tokens" in body:
            said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
            return 400, error(said, "unsupported_parameter")
        return 200, completion()

    with provider(answer) as served:
        assert all(exchange.reply for exchange in _ask(served.url, journal, 20))
    assert sum("max_tokens" in body for body in served.bodies) == 1
    assert sum(body.get("max_completion_tokens") == 64 for body in served.bodies) == 20


def test_wrong_key_names_the_variable_and_costs_one_request(serve: Serve, journal: Path) -> None:
    server = serve("--key", "right")
    line = _line(server.url, journal)
    assert line == (
        f"teacher.endpoint {server.url}: 401 (Incorrect API key provided.), wanted a key that it accepts. "
        f"Put it into the environment variable {VARIABLE}."
    )
    assert server.ledger()["refused"] == {"authentication_error": 1}


def test_right_key_is_taken_from_the_environment(serve: Serve, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "right\n")
    assert _ask(serve("--key", "right").url, journal, 1)[0].reply


def test_unknown_model_names_the_param(serve: Serve, journal: Path) -> None:
    server = serve("--model", "other")
    assert _line(server.url, journal) == (
        f"teacher.endpoint {server.url}: 404 (The model 'm' does not exist; there are: other.), wanted a model that "
        "it serves. Correct teacher.model (found 'm') or teacher.endpoint."
    )


def test_dead_endpoint_ends_the_run_after_the_tries_of_one_request(journal: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    start = time.monotonic()
    line = _line(url, journal, count=5000, max_retries=2)
    assert time.monotonic() - start < 10
    assert f"teacher.endpoint {url}: no connection (" in line
    assert "after 3 tries, wanted a server that answers" in line
    assert f"run the same command again: what was paid for is in {journal}" in line


def test_endpoint_that_dies_in_the_middle_ends_the_run_and_keeps_what_was_paid_for(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.01)
    seen = 0
    runtime = RUNTIME.model_copy(update={"max_retries": 1})
    with pytest.raises(ProviderError, match="no connection"), Chat("teacher", server.url, runtime, journal) as chat:
        for _ in chat.ask(questions(server.url, 2000)):
            seen += 1
            if seen == 100:
                server.process.kill()
    with Chat("teacher", server.url, RUNTIME, journal) as chat:
        assert [e.request for e in itertools.islice(chat.ask(questions(server.url, 2000)), seen)]
        assert chat.tally.replayed >= seen >= 100


def test_endpoint_that_speaks_no_http_is_told(journal: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(b"220 mail.example ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        exchange = _ask(url, journal, 1, max_retries=1, max_failed_share=1.0)[0]
        thread.join()
    assert exchange.failure and "connection lost" in exchange.failure.detail


def test_setting_that_every_request_is_refused_for_ends_the_run(journal: Path) -> None:
    said = "Unsupported value: 'temperature' does not support 1.0 with this model."
    with provider(lambda body: (400, error(said, "unsupported_value"))) as served:
        line = _line(served.url, journal, count=5000, max_failed_share=1.0)
    assert f"32 requests in a row came to nothing, the last one by: 400: {said}" in line
    assert len(served.bodies) < 100


def test_used_up_account_ends_the_run_at_once(journal: Path) -> None:
    said = error("You exceeded your current quota", "insufficient_quota")
    with provider(lambda body: (429, said)) as served:
        assert "wanted an account with credit" in _line(served.url, journal)
    assert len(served.bodies) == 1


def test_missing_key_is_told_before_any_request(journal: Path) -> None:
    assert _line("https://api.example.com/v1", journal) == (
        f"teacher.endpoint https://api.example.com/v1: the environment variable {VARIABLE} is not set, wanted the key "
        f"of this endpoint. Set it with: export {VARIABLE}=..."
    )


@pytest.mark.parametrize(
    "endpoint", ["classrom", "api.example.com/v1", "ftp://example.com", "", "http://", "http://[x"]
)
def test_endpoint_that_is_no_url_is_told(journal: Path, endpoint: str) -> None:
    line = _line(endpoint, journal)
    assert repr(endpoint) in line
    assert "wanted" in line


@pytest.mark.parametrize("endpoint", [f"https://user:{SECRET}@h/v1", f"https://h/v1?api-key={SECRET}"])
def test_secret_in_the_url_is_refused_and_not_repeated(journal: Path, endpoint: str) -> None:
    assert SECRET not in _line(endpoint, journal)


def test_key_that_no_header_can_carry_is_refused_and_not_repeated(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{SECRET} é")
    line = _line("https://api.example.com/v1", journal)
    assert VARIABLE in line
    assert SECRET not in line


def test_key_is_nowhere_but_in_the_request(
    journal: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    caplog.set_level(logging.DEBUG)
    answers = itertools.cycle([(200, completion()), (500, error(f"no: {SECRET}")), (400, error(f"too long {SECRET}"))])
    told: list[str] = []
    with provider(lambda body: next(answers)) as served:
        exchanges = _ask(served.url, journal, 60, max_failed_share=1.0, max_retries=0)
        told.append(repr(exchanges))
    for status in (401, 403, 404):
        with provider(lambda body, status=status: (status, error(f"bad key: {SECRET}"))) as served:
            told.append(_line(served.url, journal))
    assert served.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert f"<{VARIABLE}>" in told[1]
    told += [record.getMessage() for record in caplog.records]
    told += capfd.readouterr()
    told += [file.read_bytes().decode("latin-1") for file in journal.parent.iterdir()]
    assert not [text for text in told if SECRET in text]


def test_key_is_in_no_traceback_of_a_fault_that_nobody_expected(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)

    def judge(reply: Reply) -> bool:
        raise ZeroDivisionError(reply.text)

    told = []
    with provider(lambda body: (200, completion())) as served:
        with (
            pytest.raises(ZeroDivisionError) as caught,
            Chat("teacher", served.url, RUNTIME, journal) as chat,
        ):
            list(chat.ask(questions(served.url, 3), judge))
        told.append(caught.getrepr(showlocals=True, style="long"))
        told.append("".join(traceback.format_exception(caught.value)))
    with provider(lambda body: (401, error(f"bad key: {SECRET}"))) as served, pytest.raises(ProviderError) as refused:
        _ask(served.url, journal)
    told.append("".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format()))
    assert "ZeroDivisionError" in told[1]
    assert f"<{VARIABLE}>" in told[2]
    assert not [text for text in map(str, told) if SECRET in text]


def test_judged_reply_and_later_failure_are_both_in_the_exchange(journal: Path) -> None:
    script = iter([(200, completion()), (400, error("held back", "content_filter"))])
    runtime = RUNTIME.model_copy(update={"max_failed_share": 1.0})
    with provider(lambda body: next(script)) as served, Chat("teacher", served.url, runtime, journal) as chat:
        exchange = next(chat.ask([question(served.url, "Hello?")], lambda reply: False, attempts=3))
    assert [reply.text for reply in exchange.replies] == ["Yes."]
    assert exchange.failure and exchange.failure.reason == "refused"


def test_classroom_that_cannot_start_is_told(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(LionError, match="the classroom: its server ended before it could be asked"):
        _ask("classroom", journal)


def test_replies_under_way_when_another_request_ends_the_run_are_journalled(journal: Path) -> None:
    sent = threading.Barrier(8)

    def answer(body: dict[str, Any]) -> Answer:
        number = int(body["messages"][-1]["content"].split()[-1].rstrip("."))
        if number == 0:
            return 200, completion()
        sent.wait(10)
        if number == 1:
            return 402, error("no credit left")
        time.sleep(0.5)
        return 200, completion()

    with provider(answer) as served:
        assert "no credit left" in _line(served.url, journal, count=9, concurrency=8)
    with closing(Journal(journal)) as kept:
        assert len(kept.find([request.key for request in questions(served.url, 9)])) == 8
