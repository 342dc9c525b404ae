"""Confidence intervals of measured figures. Knows nothing of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np

RESAMPLES, SEED = 10_000, 0
NUMBERS_AT_ONCE = 1 << 20
"""How many drawn numbers are held in memory."""


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927, without continuity correction), within 0 and 1.

    Without trials nothing is known: 0 to 1.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if not trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, squared = successes / trials, z * z / trials
    centre = (share + squared / 2) / (1 + squared)
    half = z * sqrt(share * (1 - share) / trials + squared / (4 * trials)) / (1 + squared)
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == trials else centre + half)


def bootstrap(numerators: Sequence[float], denominators: Sequence[float] | None = None) -> tuple[float, float]:
    """The 95 % percentile bootstrap of a mean, or of the ratio of two sums over the same items (Efron 1979).

    Always the same for the same numbers in the same order. At least one item is wanted.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.ones_like(above) if denominators is None else np.asarray(denominators, dtype=np.float64)
    draws = np.random.default_rng(SEED)
    ratios = np.empty(RESAMPLES)
    rows = max(1, NUMBERS_AT_ONCE // len(above))
    for start in range(0, RESAMPLES, rows):
        chosen = draws.integers(len(above), size=(min(rows, RESAMPLES - start), len(above)))
        ratios[start : start + rows] = above[chosen].sum(axis=1) / below[chosen].sum(axis=1)
    return _middle(ratios)


def bootstrap_of_shares(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The 95 % bootstrap of the mean of several shares, (successes, trials) each; every group is drawn from alone."""
    draws = np.random.default_rng(SEED)
    shares = [draws.binomial(trials, successes / trials, RESAMPLES) / trials for successes, trials in counts]
    return _middle(np.mean(shares, axis=0))


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
