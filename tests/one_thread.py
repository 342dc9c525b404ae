"""One thread for torch, for the conftests of the rooms whose tests compute: they import it, which is all it takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Weights are equal bit for bit at one thread count alone; one is also the quickest for models so small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
