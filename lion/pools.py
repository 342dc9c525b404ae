"""The train pool and the cache pool (paper, section 3). Knows how they grow, not where instructions come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lion.errors import DataError
from lion.records import Instruction, Rejected


def distinct(instructions: Iterable[Instruction]) -> tuple[list[Instruction], list[Rejected]]:
    """Each instruction once, in order of first appearance, and the repetitions as `duplicate`."""
    kept: dict[str, Instruction] = {}
    rejected = []
    for instruction in instructions:
        if instruction.id in kept:
            rejected.append(Rejected(instruction.id, "duplicate", "stands in the pool already"))
        else:
            kept[instruction.id] = instruction
    return list(kept.values()), rejected


def enlarge(cache_pool: Sequence[Instruction], generated: Sequence[Instruction]) -> list[Instruction]:
    """The cache pool of the next iteration: the old one, then the new instructions.

    Raises DataError where a new instruction is in the pool already: `generate` must not let it through.
    """
    pool, repeated = distinct([*cache_pool, *generated])
    if repeated:
        raise DataError(
            f"generated instruction {repeated[0].id}: in the cache pool already. Run again: dvc repro -f generate"
        )
    return pool
