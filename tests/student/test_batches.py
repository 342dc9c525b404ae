"""The optimiser step is the method's, the micro-batch the machine's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion.errors import ModelError
from lion.student.batches import Order, Shape, divide
from lion.student.trainer import devices


@pytest.mark.parametrize(
    ("batch", "micro", "devices", "shape"),
    [
        (128, 16, 1, Shape(16, 8)),
        (128, 16, 8, Shape(16, 1)),
        (4, 16, 1, Shape(4, 1)),
        (12, 8, 1, Shape(6, 2)),
        (7, 4, 1, Shape(1, 7)),
    ],
)
def test_micro_batches_make_up_the_global_batch(batch: int, micro: int, devices: int, shape: Shape) -> None:
    assert divide(batch, micro, devices) == shape


def test_batch_that_devices_cannot_share_is_refused() -> None:
    with pytest.raises(ModelError, match=r"train\.batch_size: 100 cannot be shared by 8 devices"):
        divide(100, 16, 8)


def test_launched_processes_share_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert divide(128, 16, devices()) == Shape(16, 1)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 20), st.integers(0, 2**40))
def test_each_epoch_has_every_example_once_and_longest_first_in_a_step(
    lengths: list[int], batch: int, seed: int
) -> None:
    order = Order(lengths, batch, seed)
    for epoch in range(2):
        order.epoch = epoch
        places = list(order)
        assert sorted(places) == list(range(len(lengths)))
        assert list(order) == places
        for start in range(0, len(places), batch):
            step = [lengths[place] for place in places[start : start + batch]]
            assert step == sorted(step, reverse=True)


def test_epochs_and_seeds_differ_in_their_order() -> None:
    first, other = Order([1] * 50, 1, 1), Order([1] * 50, 1, 2)
    assert list(first) != list(other)
    before = list(first)
    first.epoch = 1
    assert list(first) != before
