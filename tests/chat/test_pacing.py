"""How fast: allowances kept, widths found, tokens guessed, headers read. Clocks here are numbers, nothing waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion.chat.allowance import BURST_S, Allowance, Told
from lion.chat.headers import allowances, duration_s
from lion.chat.request import Reply
from lion.chat.tokens import MEMORY, Guess
from lion.chat.width import FIRST, Width
from tests.chat.asking import question


def test_allowance_lets_through_what_the_user_set_and_no_more() -> None:
    allowance, now, sent = Allowance(1200), 0.0, 0
    while now < 60:
        now += allowance.wait_s(1, now)
        allowance.take(1)
        sent += 1
    assert 1200 <= sent <= 1200 + 20 * BURST_S + 1


def test_allowance_without_a_limit_never_waits() -> None:
    allowance = Allowance(None)
    for _ in range(1000):
        assert allowance.wait_s(1e9, 0.0) == 0
        allowance.take(1e9)


def test_allowance_learns_the_limit_that_it_is_told() -> None:
    allowance = Allowance(None)
    mark = allowance.take(1)
    allowance.hear(Told(limit=600, remaining=2, reset_s=59.8), mark, sent_at=0.0, now=0.1)
    assert [allowance.wait_s(1, 0.1), allowance.take(1) and allowance.wait_s(1, 0.1)] == [0, 0]
    allowance.take(1)
    assert allowance.wait_s(1, 0.1) == pytest.approx(0.1)


def test_allowance_counts_what_was_sent_since_the_told_request() -> None:
    allowance = Allowance(None)
    mark = allowance.take(1)
    for _ in range(9):
        allowance.take(1)
    allowance.hear(Told(600, 10, 59.0), mark, sent_at=0.0, now=0.0)
    assert allowance.wait_s(1, 0.0) == 0
    allowance.take(1)
    assert allowance.wait_s(1, 0.0) > 0


def test_allowance_for_more_than_a_minute_fills_as_slowly_as_told() -> None:
    allowance = Allowance(None)
    allowance.hear(Told(limit=1000, remaining=0, reset_s=86_400), allowance.take(1), 0.0, 0.0)
    assert allowance.wait_s(1, 0.0) == pytest.approx(86.4)


def test_allowance_told_as_minus_one_is_none() -> None:
    allowance = Allowance(None)
    allowance.hear(Told(-1, -1, 0), allowance.take(1), 0.0, 0.0)
    assert allowance.wait_s(1e6, 0.0) == 0


def test_allowance_of_the_users_is_kept_whatever_more_the_endpoint_allows() -> None:
    allowance = Allowance(60)
    allowance.hear(Told(6000, 6000, 0), allowance.take(1), 0.0, 0.0)
    assert allowance.wait_s(1, 0.0) == pytest.approx(1.0)


def test_what_is_larger_than_the_whole_allowance_passes_when_it_is_full() -> None:
    allowance = Allowance(None)
    allowance.hear(Told(600, 600, 0), allowance.take(0), 0.0, 0.0)
    assert allowance.wait_s(5000, 0.0) == 0


@given(costs=st.lists(st.tuples(st.floats(1, 500), st.floats(1, 500)), min_size=1, max_size=50))
def test_wrong_guesses_are_settled(costs: list[tuple[float, float]]) -> None:
    guessing, knowing = Allowance(6000), Allowance(6000)
    for guess, cost in costs:
        guessing.take(guess)
        guessing.settle(guess, cost)
        knowing.take(cost)
    assert guessing.wait_s(1, 0.0) == pytest.approx(knowing.wait_s(1, 0.0))
    assert guessing.taken == pytest.approx(knowing.taken)


def _served(width: Width, most: int, base_s: float, rounds: int) -> list[int]:
    """The widths that an endpoint leads to which serves `most` at a time and lets the others queue."""
    now, seen = 10.0, []
    for _ in range(rounds):
        sent_at, places = now, width.value
        now += base_s * max(1.0, places / most)
        for _ in range(places):
            width.reply(sent_at, now)
        seen.append(width.value)
    return seen


def test_width_starts_with_one_and_grows_to_its_maximum_while_replies_keep_pace() -> None:
    width = Width(64)
    assert width.value == 1
    width.open(0.0)
    assert width.value == FIRST
    assert _served(width, most=1000, base_s=1.0, rounds=4) == [32, 64, 64, 64]


def test_width_is_never_more_than_its_maximum() -> None:
    width = Width(3)
    width.open(0.0)
    assert _served(width, most=1000, base_s=1.0, rounds=4) == [3, 3, 3, 3]


def test_width_shrinks_where_replies_queue_and_stays_near_what_is_served() -> None:
    width = Width(1024)
    width.open(0.0)
    settled = _served(width, most=32, base_s=1.0, rounds=200)[50:]
    assert min(settled) > 32 and max(settled) < 32 * 3 * 2


def test_width_recovers_where_the_endpoint_itself_becomes_slower() -> None:
    width = Width(64)
    width.open(0.0)
    _served(width, most=1000, base_s=1.0, rounds=5)
    assert _served(width, most=1000, base_s=10.0, rounds=8)[-1] == 64


def test_slowness_of_a_few_milliseconds_is_the_machines_noise() -> None:
    width = Width(64)
    width.open(0.0)
    assert _served(width, most=8, base_s=0.005, rounds=10)[-1] == 64


def test_refusals_of_what_was_sent_together_halve_the_width_once() -> None:
    width = Width(64)
    width.open(0.0)
    _served(width, most=1000, base_s=1.0, rounds=4)
    assert width.refusal(sent_at=100.0, now=101.0)
    assert not any(width.refusal(sent_at=100.0, now=101.1) for _ in range(60))
    assert width.value == 32
    assert width.refusal(sent_at=101.5, now=102.0)
    assert width.value == 16


def test_width_never_falls_below_one() -> None:
    width = Width(64)
    width.open(0.0)
    for n in range(20):
        width.refusal(sent_at=2.0 * n, now=2.0 * n + 1)
    assert width.value == 1


def test_guesses_become_the_mean_and_the_dearest_of_what_was_charged() -> None:
    guess, request = Guess(), question("classroom", "x" * 80)
    assert guess.mean(request) < guess.dearest(request)
    for n in range(3 * MEMORY):
        guess.learn(request, Reply("", "", "stop", 50, 10 + 20 * (n % 2)))
    assert guess.mean(request) == pytest.approx(50 + 20)
    assert guess.dearest(request) == pytest.approx(50 + 30)


def test_an_endpoint_without_usage_teaches_nothing() -> None:
    guess, request = Guess(), question("classroom", "x" * 80)
    before = guess.mean(request)
    guess.learn(request, Reply("", "", "stop", 0, 0))
    assert guess.mean(request) == before


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("12ms", 0.012),
        ("1h2m3.5s", 3723.5),
        ("7", 7),
        ("0.250s", 0.25),
        ("", None),
        ("soon", None),
    ],
)
def test_durations_are_read_as_providers_write_them(text: str, seconds: float | None) -> None:
    assert duration_s(text) == (None if seconds is None else pytest.approx(seconds))


def test_allowances_are_read_where_limit_and_rest_are_told() -> None:
    headers = {
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-limit-tokens": "160000",
        "x-ratelimit-remaining-tokens": "nan",
    }
    assert allowances(headers) == {"requests": Told(5000, 4999, 0.012)}
    assert allowances({}) == {}
