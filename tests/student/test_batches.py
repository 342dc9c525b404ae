"""The optimiser step is the method's, the passes and their devices the machine's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lion.student.batches import Divide, Order, align, pack

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


@given(LENGTHS, st.integers(1, 300), st.integers(1, 9), st.sampled_from([pack, align]))
def test_passes_hold_every_row_once_within_the_budget_and_as_many_for_each_device(
    lengths: list[int], budget: int, devices: int, divide: Divide
) -> None:
    passes = divide(lengths, budget, devices)
    assert sorted(place for places in passes for place in places) == list(range(len(lengths)))
    assert len(passes) % devices == 0
    for places in passes:
        taken = [lengths[place] for place in places]
        cost = sum(taken) if divide is pack else max(taken, default=0) * len(taken)
        assert cost <= budget or len(places) == 1
        assert taken == sorted(taken, reverse=True)


@given(LENGTHS, st.integers(50, 300), st.integers(1, 9))
def test_packed_passes_are_balanced_to_within_a_row(lengths: list[int], budget: int, devices: int) -> None:
    tokens = [sum(lengths[place] for place in places) for places in pack(lengths, budget, devices)]
    assert max(tokens) - min(tokens) <= max(lengths)


def test_packed_passes_are_few() -> None:
    assert len(pack([100] * 41, 1024, 1)) == 5
    assert len(pack([100] * 41, 1024, 2)) == 6


def test_padded_passes_are_of_like_length() -> None:
    assert align([9, 1, 8, 1, 1], 20, 1) == [[0, 2], [1, 3, 4]]
    assert align([9, 1, 8, 1, 1], 20, 3) == [[0, 2], [1, 3], [4]]


@given(LENGTHS, st.integers(1, 20), st.integers(0, 2**40), st.integers(1, 5), st.sampled_from([pack, align]))
def test_devices_share_each_step_of_an_epoch_without_an_example_twice_or_lost(
    lengths: list[int], batch: int, seed: int, devices: int, divide: Divide
) -> None:
    learned = [length * 2 for length in lengths]
    orders = [Order(lengths, learned, batch, seed, divide, 80, devices, device) for device in range(devices)]
    for epoch in range(2):
        for order in orders:
            order.epoch = epoch
        steps = orders[0].steps(epoch)
        assert sorted(place for step in steps for place in step) == list(range(len(lengths)))
        assert [len(step) for step in steps[:-1]] == [batch] * (len(steps) - 1)
        for number, (step, shares) in enumerate(zip(steps, zip(*orders, strict=True), strict=True), 1):
            found = [share for [share] in shares]
            assert sorted(place for share in found for places in share.passes for place in places) == sorted(step)
            assert {share.learned for share in found} == {sum(learned[place] for place in step)}
            assert len({len(share.passes) for share in found}) == 1
            at = epoch * len(steps) + number
            assert orders[0].step(at) == step
            assert orders[0].tokens(at) == sum(lengths[place] for place in step)


def test_epochs_and_seeds_differ_in_their_order() -> None:
    first, other = (Order([1] * 50, [1] * 50, 1, seed) for seed in (1, 2))
    assert first.steps(0) != other.steps(0)
    assert first.steps(0) != first.steps(1)
