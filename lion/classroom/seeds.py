"""The seed pool: tasks with a long-tailed mix of skill families, as real instruction sets have.

It knows nothing about who learns from them. The exam's questions can never be among them: seeds are drawn from the
pool's share of each family's content, the exam from the shares held out.
"""

from itertools import accumulate
from random import Random

from lion.classroom.curriculum import FAMILIES, Family, Task

ZIPF_EXPONENT = 1.0
"""The family of rank r is asked about in proportion to 1 / r ** ZIPF_EXPONENT."""

_SHARES = tuple(accumulate((rank + 1) ** -ZIPF_EXPONENT for rank in range(len(FAMILIES))))


def draw_family(rng: Random) -> Family:
    """Return a family with the probability that the long-tailed mix gives it."""
    return rng.choices(FAMILIES, cum_weights=_SHARES)[0]


def seeds(count: int, random_seed: int) -> list[Task]:
    """Return `count` different tasks, the same for the same arguments; a longer pool begins with the shorter one."""
    rng = Random(random_seed)
    found: dict[Task, None] = {}
    while len(found) < count:
        family = draw_family(rng)
        found[family.pose(family.content(rng, "pool"), rng)] = None
    return list(found)
