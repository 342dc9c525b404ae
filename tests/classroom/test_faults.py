"""The classroom's failings: drawn from (seed, request, times seen), and limits that refill evenly."""

from __future__ import annotations

from collections import Counter

import pytest

from lion.classroom.faults import SETTINGS, Faults, shorten, without_scores
from lion.classroom.limits import Allowance

REQUESTS = [b"%d" % n for n in range(4000)]
REPLY = "Both are right.\nScore of the Assistant 1: 8\nScore of the Assistant 2: 7"


def test_no_fault_is_on_by_default() -> None:
    assert {setting.default for setting in SETTINGS if setting.name != "burst_s"} == {0}
    fates = {Faults().fate(request, 0) for request in REQUESTS}
    assert [(fate.kind, fate.latency_s, fate.spoil) for fate in fates] == [("answer", 0.0, None)]


def test_same_seed_request_and_count_have_the_same_fate() -> None:
    one, two = (Faults(seed=3, hang_share=0.5, jitter_s=1, empty_share=0.5) for _ in range(2))
    assert [one.fate(r, 1) for r in REQUESTS] == [two.fate(r, 1) for r in reversed(REQUESTS)][::-1]


def test_another_seed_or_another_try_has_another_fate() -> None:
    faults = Faults(seed=3, server_error_share=0.5)
    first = [faults.fate(r, 0).kind for r in REQUESTS]
    assert first != [faults.fate(r, 1).kind for r in REQUESTS]
    assert first != [Faults(seed=4, server_error_share=0.5).fate(r, 0).kind for r in REQUESTS]


def test_every_share_is_met() -> None:
    faults = Faults(
        server_error_share=0.1,
        unavailable_share=0.2,
        hang_share=0.1,
        cut_share=0.3,
        length_share=0.2,
        empty_share=0.1,
        unscored_share=0.4,
    )
    fates = [faults.fate(r, 0) for r in REQUESTS]
    kinds = Counter(fate.kind for fate in fates)
    spoils = Counter(fate.spoil for fate in fates)
    wanted = {"server_error": 0.1, "unavailable": 0.2, "hang": 0.1, "cut": 0.3, "answer": 0.3}
    assert {kind: n / len(fates) for kind, n in kinds.items()} == pytest.approx(wanted, abs=0.03)
    wanted_spoils = {"length": 0.2, "empty": 0.1, "unscored": 0.4, None: 0.3}
    assert {spoil: n / len(fates) for spoil, n in spoils.items()} == pytest.approx(wanted_spoils, abs=0.03)


def test_delays_spread_evenly_about_their_mean() -> None:
    delays = [Faults(latency_s=0.5, jitter_s=0.2).fate(r, 0).latency_s for r in REQUESTS]
    assert sum(delays) / len(delays) == pytest.approx(0.5, abs=0.01)
    assert 0.3 <= min(delays) < 0.31
    assert 0.69 < max(delays) <= 0.7


@pytest.mark.parametrize("shares", [{"cut_share": -0.1}, {"cut_share": 0.6, "hang_share": 0.5}, {"empty_share": 1.1}])
def test_impossible_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="wanted each at least 0 and their sum at most 1"):
        Faults(**shares)


def test_reply_without_scores_keeps_its_explanation() -> None:
    assert without_scores(REPLY) == "Both are right.\n"
    assert without_scores("An answer.") == "An answer."


def test_shortened_reply_is_its_first_half() -> None:
    assert shorten("one two three four") == "one two"


def test_allowance_lets_its_burst_through_and_then_its_rate() -> None:
    allowance = Allowance(per_minute=60, burst_s=10, now=0.0)
    for _ in range(10):
        assert allowance.wait(1, now=0.0) == 0
        allowance.take(1)
    assert allowance.remaining == 0
    assert allowance.wait(1, now=0.0) == pytest.approx(1.0)
    assert allowance.wait(1, now=1.0) == 0
    assert allowance.reset_s == pytest.approx(9.0)


def test_allowance_lets_through_what_is_larger_than_itself_once_it_is_full() -> None:
    allowance = Allowance(per_minute=60, burst_s=10, now=0.0)
    assert allowance.wait(50, now=0.0) == 0
    allowance.take(50)
    assert allowance.wait(1, now=0.0) == pytest.approx(41.0)
