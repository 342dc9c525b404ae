"""Wilson's interval against its equation and published values; the bootstrap against what is known of large samples."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion.evaluation.intervals import bootstrap, bootstrap_of_ratios, bootstrap_of_shares, wilson

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


def drawn(count: int, seed: int = 0) -> list[float]:
    """Numbers of mean 1, far from normal."""
    random = Random(seed)
    return [random.expovariate(1.0) for _ in range(count)]


def near(found: tuple[float, float], value: float, error: float) -> bool:
    """Whether an interval is the normal one, to a twentieth of its width."""
    low, high = value - Z * error, value + Z * error
    return found == pytest.approx((low, high), abs=(high - low) / 20)


def test_the_bootstrap_of_a_large_sample_is_the_normal_interval() -> None:
    values = drawn(2_000)
    mean = sum(values) / len(values)
    error = sqrt(sum((value - mean) ** 2 for value in values)) / len(values)
    assert near(bootstrap(values), mean, error)


def test_the_bootstrap_of_a_ratio_draws_both_sums_together() -> None:
    """The delta method: the error of a ratio r is that of the mean of a - r b, over the mean of b."""
    below = [1 + value for value in drawn(2_000)]
    above = [0.8 * b + 0.1 * noise for b, noise in zip(below, drawn(2_000, seed=1), strict=True)]
    ratio = sum(above) / sum(below)
    spread = sqrt(sum((a - ratio * b) ** 2 for a, b in zip(above, below, strict=True)))
    assert near(bootstrap(above, below), ratio, spread / sum(below))
    apart = bootstrap(above, below[::-1])
    assert apart[1] - apart[0] > 5 * (bootstrap(above, below)[1] - bootstrap(above, below)[0])


def test_a_ratio_over_ones_is_the_mean_and_a_multiple_has_the_same_ratio() -> None:
    values = drawn(50)
    assert bootstrap(values, [1.0] * 50) == bootstrap(values)
    assert bootstrap(values, [2 * value for value in values]) == pytest.approx((0.5, 0.5))
    assert bootstrap([3.0]) == (3.0, 3.0)


def test_the_bootstrap_is_always_the_same() -> None:
    values = drawn(300)
    assert bootstrap(values) == bootstrap(list(values)) == bootstrap(tuple(values))
    assert bootstrap_of_shares([(1, 3), (2, 2)]) == bootstrap_of_shares([(1, 3), (2, 2)])


def test_nineteen_of_twenty_intervals_hold_the_mean() -> None:
    intervals = [bootstrap(drawn(60, seed)) for seed in range(200)]
    held = sum(low <= 1.0 <= high for low, high in intervals)
    assert 0.90 <= held / 200 <= 0.98


def test_the_mean_of_shares_gives_each_group_the_same_weight() -> None:
    counts = [(30, 100), (900, 1_000), (40, 80)]
    shares = [successes / trials for successes, trials in counts]
    error = sqrt(sum(s * (1 - s) / trials for s, (_, trials) in zip(shares, counts, strict=True))) / 3
    assert near(bootstrap_of_shares(counts), sum(shares) / 3, error)
    assert bootstrap_of_shares([(5, 5), (0, 7)]) == (0.5, 0.5)
