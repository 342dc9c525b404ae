"""Batch mode: the same replies as online, what is missing asked again, and what goes wrong told in one line."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lion.chat import FILTERED, Chat, Exchange, Reply, Request, Tally
from lion.chat.batch import Batcher
from lion.chat.batch_lines import Limits, Newer, files, identify, outcome
from lion.chat.client import CHUNK
from lion.chat.endpoint import Endpoint
from lion.chat.faults import Final, Healing
from lion.chat.journal import Journal
from lion.errors import BudgetError, ProviderError
from tests.chat.asking import RUNTIME, VARIABLE, question, questions
from tests.chat.flaky import Loss, flaky
from tests.chat.scripted import completion, error
from tests.conftest import Server

Serve = Callable[..., Server]
BATCH = RUNTIME.model_copy(update={"mode": "batch"})
ENDPOINT = Endpoint("https://api.example.org/v1", "teacher", "https://api.example.org/v1", False, VARIABLE, "sk-1")


def _ask(endpoint: str, journal: Path, count: int = 40, **changes: object) -> list[Exchange]:
    with Chat("teacher", endpoint, BATCH.model_copy(update=changes), journal) as chat:
        return list(chat.ask(questions(endpoint, count)))


def _line(endpoint: str, journal: Path, **changes: object) -> str:
    """The one line in which a run ends."""
    with pytest.raises(ProviderError) as caught:
        _ask(endpoint, journal, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def _open(journal: Path) -> int:
    """How many requests are written down as being with the provider."""
    with closing(sqlite3.connect(f"{journal}.batches")) as records:
        return int(records.execute("SELECT count(*) FROM rows").fetchone()[0])


def _asked_as_the_roles_do(endpoint: str) -> Iterator[Request]:
    """Different attempts of some questions, and a question twice, as the generator and the referee have them."""
    yield from questions(endpoint, 40)
    yield from (question(endpoint, "Write me another one.", attempt) for attempt in (0, 1, 1, 1_000_000, 2_000_003))


def test_replies_in_batch_mode_are_those_of_online_mode(serve: Serve, journal: Path) -> None:
    told = []
    for runtime in (RUNTIME, BATCH):
        server = serve("--empty-share", 0.2, "--length-share", 0.2)
        with Chat("teacher", server.url, runtime, journal.with_name(runtime.mode)) as chat:
            asked = chat.ask(_asked_as_the_roles_do(server.url), lambda it: it.finish_reason == "stop", attempts=4)
            told.append([[replace(reply, key="") for reply in exchange.replies] for exchange in asked])
    assert told[0] == told[1]
    assert max(map(len, told[0])) > 1


def test_to_the_server_a_request_is_the_same_in_either_mode(serve: Serve, journal: Path) -> None:
    server = serve()
    for runtime in (RUNTIME, BATCH):
        with Chat("teacher", server.url, runtime, journal.with_name(runtime.mode)) as chat:
            assert len(list(chat.ask(_asked_as_the_roles_do(server.url)))) == 45
    assert set(server.ledger()["answered_again"].values()) == {2}
    assert server.ledger()["distinct"] == 44


def test_a_whole_source_goes_out_in_one_batch(serve: Serve, journal: Path) -> None:
    server = serve()
    count = 5 * CHUNK + 1
    exchanges = _ask(server.url, journal, count)
    assert [exchange.request for exchange in exchanges] == list(questions(server.url, count))
    assert server.ledger()["batches"] == {"created": 1, "completed": 1}


def test_what_the_journal_has_is_not_asked_in_either_mode(serve: Serve, journal: Path) -> None:
    server = serve()
    _ask(server.url, journal, 20, mode="online")
    _ask(server.url, journal, 40)
    _ask(server.url, journal, 40, mode="online")
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (40, 40)
    with closing(sqlite3.connect(journal)) as book:
        bought = dict(book.execute("SELECT bought, count(*) FROM replies GROUP BY bought"))
    assert bought == {"online": 20, "batch": 20}


def test_only_what_expired_failed_or_got_lost_is_asked_again(serve: Serve, journal: Path) -> None:
    shares = ("server-error-share", "hang-share", "cut-share", "batch-expire-share")
    server = serve(*(part for share in shares for part in (f"--{share}", 0.15)))
    exchanges = _ask(server.url, journal, 60, max_retries=20)
    assert all(exchange.reply for exchange in exchanges)
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"]) == (60, 60)
    assert ledger["batches"]["expired"] >= 1
    assert ledger["batches"]["created"] >= 2
    assert _open(journal) == 0


def test_tries_are_bounded_and_the_last_words_kept(serve: Serve, journal: Path) -> None:
    server = serve("--batch-expire-share", 1)
    exchange = _ask(server.url, journal, 1, max_retries=2, max_failed_share=1.0)[0]
    assert exchange.failure
    words = "This request could not be executed before the completion window expired."
    assert exchange.failure.detail == f"batch_expired: {words} (3 tries)"
    assert server.ledger()["batches"] == {"created": 3, "expired": 3}


def test_files_keep_to_the_limits(serve: Serve, journal: Path) -> None:
    server = serve()

    async def ask() -> list[object]:
        endpoint = Endpoint(server.url, "teacher", server.url, True, VARIABLE, "none")
        with closing(Journal(journal)) as book:
            async with Batcher(endpoint, BATCH, book, Tally(), Limits(rows=7)) as batcher:
                return list(await asyncio.gather(*map(batcher.get, questions(server.url, 30))))

    assert all(isinstance(reply, Reply) for reply in asyncio.run(ask()))
    assert server.ledger()["batches"] == {"created": 5, "completed": 5}


def test_files_are_split_by_rows_bytes_and_model() -> None:
    asked = [*questions("classroom", 10), Request("classroom", "other", "", "Hello", 1, 1, 9)]
    whole = list(files(asked, "max_tokens", Limits()))
    assert [len(requests) for requests, _ in whole] == [10, 1]
    size = len(whole[0][1])
    split = list(files(asked, "max_tokens", Limits(bytes=size // 2)))
    assert all(len(content) <= size // 2 for _, content in split)
    assert b"".join(content for _, content in split) == b"".join(content for _, content in whole)
    assert [request for requests, _ in split for request in requests] == asked
    row = json.loads(whole[1][1])
    assert (row["custom_id"], row["method"], row["url"]) == (identify(asked[-1]), "POST", "/v1/chat/completions")
    assert len(row["custom_id"]) <= 64
    assert row["body"] == asked[-1].body("max_tokens")


def _outcome(status: int | None = None, body: object = None, **fault: str) -> object:
    request = question(ENDPOINT.name, "Hello")
    response = {"status_code": status, "body": body} if status else None
    return outcome({"response": response, "error": fault or None}, request, ENDPOINT)


def test_rows_are_sorted_as_replies_are_online() -> None:
    reply = _outcome(200, completion(content=None, refusal="No."))
    assert isinstance(reply, Reply) and reply.finish_reason == FILTERED
    too_long = _outcome(400, error("maximum context length is 8192 tokens", "context_length_exceeded"))
    assert isinstance(too_long, Final) and too_long.own and "8192" in too_long.failure.detail
    filtered = _outcome(400, error("The prompt was filtered", "content_filter"))
    assert isinstance(filtered, Final) and filtered.failure.reason == "refused"
    filtered = _outcome(code="content_filter", message="The prompt was filtered")
    assert isinstance(filtered, Final) and filtered.failure.reason == "refused"
    assert isinstance(_outcome(500, error("broken")), Healing)
    assert isinstance(_outcome(429, error("slow down")), Healing)
    assert isinstance(_outcome(200, {"choices": []}), Healing)
    assert isinstance(_outcome(code="batch_expired", message="too late"), Healing)
    assert isinstance(_outcome(), Healing)
    assert isinstance(_outcome(400, error("Use 'max_completion_tokens' instead.")), Newer)
    no_model = _outcome(404, error("The model does not exist"))
    assert isinstance(no_model, ProviderError) and "Correct teacher.model" in str(no_model)


def test_failed_batch_ends_the_run_with_the_providers_words(serve: Serve, journal: Path) -> None:
    server = serve("--batch-fail-share", 1)
    line = _line(server.url, journal)
    assert "failed (The batch failed for reasons of the server's own.), wanted one that it accepts" in line
    assert _open(journal) == 0


def test_wrong_key_names_the_variable(serve: Serve, journal: Path) -> None:
    server = serve("--key", "right")
    assert _line(server.url, journal) == (
        f"teacher.endpoint {server.url}: 401 (Incorrect API key provided.), wanted a key that it accepts. "
        f"Put it into the environment variable {VARIABLE}."
    )
    assert server.ledger()["refused"] == {"authentication_error": 1}


def test_unknown_model_names_the_param(serve: Serve, journal: Path) -> None:
    assert "Correct teacher.model (found 'm')" in _line(serve("--model", "other").url, journal)


def test_endpoint_without_a_batch_api_is_told_in_one_line(journal: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            line = _line(f"http://127.0.0.1:{server.server_port}/v1", journal)
        finally:
            server.shutdown()
            thread.join()
    assert "wanted an endpoint with a Batch API. Set runtime.mode to online." in line


def test_dead_endpoint_is_told_in_one_line(journal: Path) -> None:
    line = _line("http://127.0.0.1:9/v1", journal, max_retries=1)
    assert "no connection" in line
    assert "after 2 tries" in line


def test_cancelled_batch_ends_the_run_and_keeps_what_came(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", 1.5)
    cancelled: list[str] = []

    def cancel(asked: str) -> Loss:
        if asked.startswith("GET /v1/batches/") and not cancelled and server.ledger()["answered"]:
            cancelled.append(asked)
            urllib.request.urlopen(f"{server.url}{asked.removeprefix('GET /v1')}/cancel", data=b"").close()
        return None

    with flaky(server.url, cancel) as url:
        line = _line(url, journal)
        assert "cancelled at the provider" in line
        _ask(url, journal)
    ledger = server.ledger()
    assert ledger["batches"] == {"created": 2, "cancelled": 1, "completed": 1}
    assert (ledger["answered"], ledger["distinct"]) == (40, 40)


def test_lost_connections_while_waiting_are_borne(serve: Serve, journal: Path) -> None:
    server = serve("--batch-delay-s", 0.5)
    asked: list[str] = []

    def lose(what: str) -> Loss:
        asked.append(what)
        return "answer" if what.startswith("GET") and len(asked) % 2 else None

    with flaky(server.url, lose) as url:
        assert all(exchange.reply for exchange in _ask(url, journal, max_retries=0))
    ledger = server.ledger()
    assert (ledger["answered"], ledger["distinct"], ledger["batches"]["created"]) == (40, 40, 1)


@pytest.mark.parametrize("loss", ["request", "answer"])
def test_batch_whose_making_was_not_confirmed_is_made_once(serve: Serve, journal: Path, loss: Loss) -> None:
    server = serve()
    makings: list[str] = []

    def lose(what: str) -> Loss:
        makings.extend([what] if what == "POST /v1/batches" else [])
        return loss if what == "POST /v1/batches" and len(makings) == 1 else None

    with flaky(server.url, lose) as url:
        assert all(exchange.reply for exchange in _ask(url, journal))
    assert server.ledger()["batches"] == {"created": 1, "completed": 1}
    assert len(makings) == (2 if loss == "request" else 1)


def test_batches_keep_to_the_budget_and_go_on_where_it_is_raised(serve: Serve, journal: Path) -> None:
    server = serve()
    cap = 1000
    with pytest.raises(BudgetError, match=r"runtime\.budget_tokens 1,000"):
        _ask(server.url, journal, budget_tokens=cap)
    ledger = server.ledger()
    assert 0 < ledger["answered"] < 40
    assert ledger["prompt_tokens"] + ledger["completion_tokens"] <= cap
    assert ledger["batches"]["created"] > 1, "the true cost of the first made room for more"
    _ask(server.url, journal, budget_tokens=1_000_000)
    assert (server.ledger()["answered"], server.ledger()["distinct"]) == (40, 40)
