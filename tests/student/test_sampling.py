"""Draws that depend on the record and not on its neighbours."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lion.student.sampling import Draw, nucleus, pick, uniform


def test_nucleus_keeps_the_smallest_set_that_reaches_top_p() -> None:
    shares = torch.tensor([[0.1, 0.5, 0.25, 0.15]])
    assert nucleus(shares, 0.6).tolist() == [[0.0, 0.5, 0.25, 0.0]]
    assert nucleus(shares, 0.1).tolist() == [[0.0, 0.5, 0.0, 0.0]]


def test_draw_falls_on_the_token_whose_share_holds_it() -> None:
    shares = torch.tensor([[0.25, 0.0, 0.5, 0.25]]).expand(4, -1)
    draws = torch.tensor([0.0, 0.25, 0.74, 0.9999], dtype=torch.float64)
    assert pick(shares, draws).tolist() == [0, 2, 2, 3]


@given(st.integers(0, 2**40), st.integers(0, 10_000))
def test_uniform_lies_between_0_and_1(seed: int, step: int) -> None:
    assert 0 <= uniform(str(seed), step) < 1
    assert uniform(str(seed), step) == uniform(str(seed), step)


def test_shares_of_many_draws_follow_the_temperature() -> None:
    scores = torch.log(torch.tensor([0.2, 0.5, 0.3]))
    for temperature in (0.5, 1.0, 2.0):
        draw = Draw(3, [str(place) for place in range(20_000)], temperature, 1.0)
        chosen = draw(scores.expand(20_000, -1), range(20_000), [0] * 20_000)
        found = torch.bincount(chosen, minlength=3) / 20_000
        assert torch.allclose(found, torch.softmax(scores / temperature, 0), atol=0.02)


@pytest.mark.parametrize(("seed", "ids"), [(1, ["b", "a"]), (2, ["a", "b"])])
def test_another_order_keeps_and_another_seed_changes_the_draws(seed: int, ids: list[str]) -> None:
    logits = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0)).expand(2, -1) * 0.1
    first = Draw(1, ["a", "b"], 1.0, 1.0)(logits, [0, 1], [0, 0]).tolist()
    other = Draw(seed, ids, 1.0, 1.0)(logits, [0, 1], [0, 0]).tolist()
    assert (other == first[::-1]) == (seed == 1)


def test_row_keeps_its_draws_when_others_have_left_the_batch() -> None:
    logits = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0)) * 0.1
    draw = Draw(1, ["a", "b", "c"], 1.0, 1.0)
    assert draw(logits, [2], [3]).tolist() == draw(logits.expand(3, -1), [0, 1, 2], [3, 3, 3]).tolist()[2:]
