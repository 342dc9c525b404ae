"""Asking: in order whatever the concurrency, nothing bought twice, again while a reply is of no use."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lion.chat import Chat, Exchange, Request
from lion.chat.journal import Journal
from lion.errors import ProviderError
from tests.chat.asking import RUNTIME, question, questions
from tests.chat.scripted import completion, provider
from tests.conftest import Server

Serve = Callable[..., Server]


def _chat(endpoint: str, journal: Path, **changes: object) -> Chat:
    return Chat("teacher", endpoint, RUNTIME.model_copy(update=changes), journal)


def _ask(endpoint: str, journal: Path, count: int = 40, **changes: object) -> list[Exchange]:
    with _chat(endpoint, journal, **changes) as chat:
        return list(chat.ask(questions(endpoint, count)))


def test_exchanges_come_in_the_order_of_their_requests(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.05, "--jitter-s", 0.05)
    exchanges = _ask(server.url, journal, 300, concurrency=64)
    assert [exchange.request for exchange in exchanges] == list(questions(server.url, 300))
    assert all(exchange.reply and exchange.reply.key == exchange.request.key for exchange in exchanges)


def test_concurrency_changes_nothing_but_the_time(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.003, "--jitter-s", 0.003)
    one = _ask(server.url, journal.with_name("one.db"), concurrency=1)
    assert server.ledger()["in_flight_peak"] == 1
    assert _ask(server.url, journal.with_name("many.db"), concurrency=64) == one


def test_no_more_requests_than_allowed_are_in_flight(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.02)
    _ask(server.url, journal, 60, concurrency=8)
    assert server.ledger()["in_flight_peak"] == 8


def test_first_request_goes_alone(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.3)
    with _chat(server.url, journal, concurrency=32) as chat:
        exchanges = chat.ask(questions(server.url, 64))
        peaks: list[int] = []
        watcher = threading.Thread(target=lambda: peaks.append(_first_peak(server)))
        watcher.start()
        next(exchanges)
        watcher.join()
    assert peaks == [1]


def _first_peak(server: Server) -> int:
    """How many requests are in flight when there are any."""
    while not (peak := int(server.ledger()["in_flight_peak"])):
        time.sleep(0.01)
    time.sleep(0.1)
    return max(peak, int(server.ledger()["in_flight_peak"]))


def test_replay_buys_nothing_and_needs_no_server(serve: Serve, journal: Path) -> None:
    server = serve()
    bought = _ask(server.url, journal)
    server.close()
    with _chat(server.url, journal) as chat:
        assert list(chat.ask(questions(server.url, 40))) == bought
        assert threading.active_count() == 1
    assert (chat.tally.bought, chat.tally.replayed, chat.tally.tokens) == (0, 40, 0)


def test_only_what_the_journal_lacks_is_bought(serve: Serve, journal: Path) -> None:
    server = serve()
    some = _ask(server.url, journal, 25)
    with _chat(server.url, journal) as chat:
        exchanges = list(chat.ask(questions(server.url, 40)))
    assert exchanges[:25] == some
    assert (chat.tally.bought, chat.tally.replayed) == (15, 25)
    assert server.ledger()["answered"] == 40
    tokens = server.ledger()
    replies = [exchange.reply for exchange in exchanges if exchange.reply]
    assert sum(reply.prompt_tokens for reply in replies) == tokens["prompt_tokens"]
    assert sum(reply.completion_tokens for reply in replies) == tokens["completion_tokens"]


def test_identical_requests_in_flight_are_bought_once(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.02)
    with _chat(server.url, journal, concurrency=32) as chat:
        exchanges = list(chat.ask(question(server.url, f"Number {n % 3}?") for n in range(120)))
    assert server.ledger()["answered"] == 3
    assert (chat.tally.bought, chat.tally.replayed) == (3, 117)
    assert len({exchange.reply for exchange in exchanges}) == 3


def test_useless_reply_is_asked_for_again_as_the_next_attempt(serve: Serve, journal: Path) -> None:
    server = serve()
    first = [question(server.url, f"Number {n}?", attempt=10) for n in range(20)]
    usable = {request.later(n % 5).key for n, request in enumerate(first)}
    with _chat(server.url, journal) as chat:
        exchanges = list(chat.ask(first, is_usable=lambda reply: reply.key in usable, attempts=4))
    for n, (exchange, request) in enumerate(zip(exchanges, first, strict=True)):
        wanted = min(n % 5 + 1, 4)  # every fifth has no usable reply among its four
        assert [reply.key for reply in exchange.replies] == [request.later(k).key for k in range(wanted)]
        assert exchange.failure is None


def test_attempts_are_replayed_as_they_were_asked(serve: Serve, journal: Path) -> None:
    server = serve()

    def ask(attempts: int) -> tuple[list[Exchange], Chat]:
        with _chat(server.url, journal) as chat:
            return list(chat.ask(questions(server.url, 20), lambda r: int(r.key, 16) % 3 == 0, attempts)), chat

    two, _ = ask(2)
    again, chat = ask(2)
    assert again == two
    assert chat.tally.bought == 0
    four, chat = ask(4)
    assert [exchange.replies[:2] for exchange in four] == [exchange.replies for exchange in two]
    assert chat.tally.bought == sum(map(len, (e.replies for e in four))) - sum(map(len, (e.replies for e in two)))


def test_requests_are_pulled_a_bounded_way_ahead(serve: Serve, journal: Path) -> None:
    server = serve()
    pulled = 0

    def endless() -> Iterator[Request]:
        nonlocal pulled
        while True:
            pulled += 1
            yield question(server.url, f"Number {pulled}?")

    with _chat(server.url, journal, concurrency=4) as chat:
        exchanges = chat.ask(endless())
        for _ in range(200):
            next(exchanges)
        exchanges.close()  # type: ignore[attr-defined]
    assert 200 < pulled <= 200 + 256


def test_no_requests_open_no_connection(journal: Path) -> None:
    with _chat("http://127.0.0.1:1/v1", journal) as chat:
        assert list(chat.ask([])) == []


def test_one_chat_can_ask_again_after_an_abandoned_round(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.01)
    with _chat(server.url, journal) as chat:
        for n, _ in enumerate(chat.ask(questions(server.url, 150))):
            if n == 10:
                break
        assert len(list(chat.ask(questions(server.url, 150)))) == 150


def _sockets_to(server: Server) -> list[object]:
    return [s for s in psutil.Process().net_connections("inet") if s.raddr and s.raddr.port == server.port]


def test_first_request_without_an_answer_does_not_hold_up_the_others(journal: Path) -> None:
    others = threading.Semaphore(0)

    def answer(body: dict[str, object]) -> tuple[int, object]:
        if "number 0." not in str(body):
            others.release()
        elif not all(others.acquire(timeout=10) for _ in range(49)):
            return 400, {"error": {"message": "nobody else came"}}
        return 200, completion()

    with provider(answer) as served, _chat(served.url, journal) as chat:
        assert all(exchange.reply for exchange in chat.ask(questions(served.url, 50)))


def test_fault_in_the_consumer_leaves_no_thread_and_no_socket(serve: Serve, journal: Path) -> None:
    server = serve("--latency-s", 0.2)
    start = time.monotonic()
    with pytest.raises(ZeroDivisionError), _chat(server.url, journal) as chat:
        for _ in chat.ask(questions(server.url, 300)):
            _ = 1 / 0
    assert time.monotonic() - start < 5
    assert threading.active_count() == 1
    assert _sockets_to(server) == []


def _interrupt(server: Server, *after_s: float) -> threading.Thread:
    """Interrupt this process, again and again, so many seconds after its first request has come to the server."""

    def interrupt() -> None:
        _first_peak(server)
        for seconds in after_s:
            time.sleep(seconds)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


def test_interrupt_waits_for_what_is_paid_for_and_keeps_it(
    serve: Serve, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve("--latency-s", 0.4, "--jitter-s", 0.2)
    interrupter = _interrupt(server, 0.8)
    with pytest.raises(KeyboardInterrupt):
        _ask(server.url, journal, 400, concurrency=16)
    interrupter.join()
    assert threading.active_count() == 1
    book = Journal(journal)
    kept = book.find([request.key for request in questions(server.url, 400)])
    book.close()
    assert server.ledger()["answered"] == len(kept) > 0
    assert capsys.readouterr().err.startswith("Waiting for the replies under way")


def test_second_interrupt_waits_for_nothing(serve: Serve, journal: Path) -> None:
    server = serve("--hang-share", 1.0)
    interrupter = _interrupt(server, 0.5, 0.7)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _ask(server.url, journal, 400, concurrency=16)
    assert time.monotonic() - start < RUNTIME.timeout_s / 2
    interrupter.join()
    assert threading.active_count() == 1


def test_fault_in_the_judge_reaches_the_consumer(serve: Serve, journal: Path) -> None:
    server = serve()
    with pytest.raises(ZeroDivisionError), _chat(server.url, journal) as chat:
        list(chat.ask(questions(server.url, 20), is_usable=lambda reply: bool(1 / 0), attempts=2))


def test_classroom_is_started_for_the_first_purchase_and_stopped_after(journal: Path) -> None:
    children = psutil.Process().children
    with _chat("classroom", journal) as chat:
        assert children() == []
        bought = list(chat.ask(questions("classroom", 20)))
        assert len(children()) == 1
    assert children() == []
    with _chat("classroom", journal) as chat:
        assert list(chat.ask(questions("classroom", 20))) == bought
        assert children() == []


def test_attempt_goes_to_the_server_as_a_header(journal: Path) -> None:
    with provider(lambda body: (200, completion())) as served, _chat(served.url, journal) as chat:
        list(chat.ask([question(served.url, "Hello?", attempt=3)]))
    assert served.headers[0]["x-lion-attempt"] == "3"
    assert served.bodies[0] == {
        "model": "m",
        "messages": [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": "Hello?"}],
        "temperature": 1.0,
        "top_p": 1.0,
        "max_tokens": 64,
    }


def test_request_for_another_endpoint_is_a_mistake_in_the_caller(journal: Path) -> None:
    with (
        _chat("classroom", journal) as chat,
        pytest.raises(ValueError, match="'http://elsewhere/v1', wanted 'classroom'"),
    ):
        list(chat.ask([question("http://elsewhere/v1", "Hello?")]))


def test_more_failures_than_allowed_end_the_run_after_the_last_exchange(journal: Path) -> None:
    def answer(body: dict[str, object]) -> tuple[int, object]:
        number = int(str(body["messages"][-1]["content"]).split()[-1].rstrip("."))  # type: ignore[index]
        if number % 4 == 1:
            return 400, {"error": {"message": f"maximum context length exceeded by {number}"}}
        if number % 8 == 3:
            return 400, {"error": {"message": "held back", "code": "content_filter"}}
        return 200, completion()

    with provider(answer) as served, _chat(served.url, journal, max_failed_share=0.25) as chat:
        exchanges = list(chat.ask(questions(served.url, 64)))
        assert [exchange.failure.reason for exchange in exchanges[:4] if exchange.failure] == ["failed", "refused"]
        assert chat.tally.failed.total() == 24
    seen = []
    with (
        provider(answer) as served,
        pytest.raises(ProviderError) as caught,
        _chat(served.url, journal, max_failed_share=0.2) as chat,
    ):
        seen.extend(chat.ask(questions(served.url, 64)))
    assert str(caught.value).startswith(
        f"teacher.endpoint {served.url}: 16 of 64 requests came to nothing "
        "(16 x 400: maximum context length exceeded by 1), wanted at most the share 0.2"
    )
    assert len(seen) == 64


def test_failed_share_is_of_all_that_a_chat_was_asked(journal: Path) -> None:
    def answer(body: dict[str, object]) -> tuple[int, object]:
        if "again" in str(body):
            return 400, {"error": {"message": "maximum context length exceeded"}}
        return 200, completion()

    with provider(answer) as served, _chat(served.url, journal, max_failed_share=0.1) as chat:
        list(chat.ask(questions(served.url, 9)))
        assert [exchange.reply for exchange in chat.ask(questions(served.url, 1, about="again"))] == [None]
        with pytest.raises(ProviderError, match="2 of 11 requests came to nothing"):
            list(chat.ask(questions(served.url, 1, about="again again")))
