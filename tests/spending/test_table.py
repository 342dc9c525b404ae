"""Tables, numbers and dollars as a person reads them."""

from __future__ import annotations

import pytest

from lion.spending.table import count, dollars, lay_out, size, total


def test_columns_are_aligned() -> None:
    rows = [["a", "1,000", "x"], ["long name", "5", "yy"]]
    assert lay_out(["role", "calls", "s"], rows, left=1) == (
        "role       calls   s\na          1,000   x\nlong name      5  yy"
    )


def test_what_is_not_known_is_never_a_number() -> None:
    assert (count(None), dollars(None), dollars(None, "?")) == ("?", "no price", "?")
    assert total([None, None]) == "no price"
    assert total([None, 1.5]) == "$1.50"
    assert total([]) == "no price"


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.0, "$0.00"), (0.000123, "$0.00012"), (0.099, "$0.099"), (0.1, "$0.10"), (1234.567, "$1,234.57")],
)
def test_small_amounts_keep_two_digits(value: float, told: str) -> None:
    assert dollars(value) == told


def test_sizes_are_told_in_their_unit() -> None:
    assert [size(n) for n in (0, 1023, 1536, 5 << 20, 3 << 30)] == [
        "0 bytes",
        "1,023 bytes",
        "1.5 KiB",
        "5.0 MiB",
        "3.0 GiB",
    ]
