"""The seed pool: distinct, repeatable, long-tailed, and never an exam's."""

from collections import Counter

from lion.classroom.curriculum import FAMILIES, recognise
from lion.classroom.seeds import seeds


def test_same_random_seed_gives_the_same_tasks_and_another_gives_others() -> None:
    assert seeds(50, 1) == seeds(50, 1)
    assert seeds(50, 1) != seeds(50, 2)


def test_a_longer_pool_begins_with_the_shorter_one() -> None:
    assert seeds(80, 1)[:50] == seeds(50, 1)


def test_tasks_are_different() -> None:
    found = seeds(2_000, 3)
    assert len(set(found)) == len(found) == 2_000


def test_families_are_long_tailed_and_all_are_asked() -> None:
    problems = [recognise(task.text) for task in seeds(3_000, 4)]
    counts = Counter(problem.family.name for problem in problems if problem is not None)
    assert sum(counts.values()) == 3_000
    assert set(counts) == {family.name for family in FAMILIES}
    assert counts[FAMILIES[0].name] > 1.3 * counts[FAMILIES[1].name] > 5 * counts[FAMILIES[-1].name]


def test_no_seed_has_content_that_is_held_out() -> None:
    for task in seeds(1_000, 5):
        problem = recognise(task.text)
        assert problem is not None
        assert problem.family.split(problem.data) == "pool"


def test_some_tasks_have_an_input_and_some_have_none() -> None:
    with_input = sum(bool(task.input) for task in seeds(1_000, 6))
    assert 100 < with_input < 500
