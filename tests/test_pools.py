"""How the pools grow."""

import pytest

from lion.errors import DataError
from lion.pools import distinct, enlarge
from lion.records import Instruction

POOL = [Instruction.seed("Name a fruit."), Instruction.seed("Name a river.")]
NEW = Instruction("c" * 16, "Name a rare fruit.", "", "easy", 0, POOL[0].id)


def test_a_new_instruction_comes_after_the_old_ones() -> None:
    assert enlarge(POOL, [NEW]) == [*POOL, NEW]


def test_a_new_instruction_that_is_known_is_refused() -> None:
    with pytest.raises(DataError, match="in the cache pool already"):
        enlarge(POOL, [POOL[1]])


def test_in_is_kept_plus_rejected() -> None:
    kept, rejected = distinct([*POOL, POOL[0], POOL[0]])
    assert kept == POOL
    assert [r.reason for r in rejected] == ["duplicate", "duplicate"]
