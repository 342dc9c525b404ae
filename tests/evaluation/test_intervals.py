"""Wilson's interval against its equation and published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion.evaluation.intervals import bootstrap, bootstrap_of_ratios, wilson

Z = 1.959963984540054


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_published_intervals_come_out(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_bounds_solve_the_equation_of_the_score_test_and_hold_the_share(counts: tuple[int, int]) -> None:
    successes, trials = counts
    share, bounds = successes / trials, wilson(successes, trials)
    assert 0 <= bounds[0] <= share <= bounds[1] <= 1
    for bound in bounds:
        assert trials * (share - bound) ** 2 == pytest.approx(Z**2 * bound * (1 - bound), abs=1e-6)


@given(st.integers(1, 1000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_failures_have_the_mirrored_interval(counts: tuple[int, int]) -> None:
    low, high = wilson(*counts)
    assert wilson(counts[1] - counts[0], counts[1]) == pytest.approx((1 - high, 1 - low))


def test_without_trials_nothing_is_known_and_more_successes_than_trials_are_a_fault() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    for counts in ((2, 1), (-1, 1)):
        with pytest.raises(ValueError, match="successes of"):
            wilson(*counts)


SCORES = [float(1 + number * 7 % 10) for number in range(80)]


def test_one_ratio_twice_has_the_interval_of_the_ratio() -> None:
    tens = [10.0] * len(SCORES)
    assert bootstrap_of_ratios([(SCORES, tens)] * 2) == bootstrap(SCORES, tens)
    assert bootstrap(SCORES) == bootstrap(SCORES, [1.0] * len(SCORES))


def test_the_items_of_several_ratios_are_drawn_together() -> None:
    mirrored = [11 - score for score in SCORES]
    low, high = bootstrap_of_ratios([(SCORES, [1.0] * 80), (mirrored, [1.0] * 80)])
    assert low == pytest.approx(5.5) == high


def test_the_bootstrap_of_a_mean_is_near_its_normal_interval() -> None:
    mean = sum(SCORES) / len(SCORES)
    spread = (sum((score - mean) ** 2 for score in SCORES) / len(SCORES) / len(SCORES)) ** 0.5
    assert bootstrap(SCORES) == pytest.approx((mean - Z * spread, mean + Z * spread), abs=0.05)
