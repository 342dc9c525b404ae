"""Hard, easy and unjudged."""

from hypothesis import given
from hypothesis import strategies as st

from lion.difficulty import discriminate
from lion.records import Rejected, Review, Verdict

A, B = "a" * 16, "b" * 16
SCORES = st.floats(1, 10)


def both(id: str, first: tuple[float, float], second: tuple[float, float]) -> list[Review]:
    return [
        Review(id, "teacher-first", "", teacher=first[0], student=first[1]),
        Review(id, "student-first", "", teacher=second[0], student=second[1]),
    ]


def test_a_worked_example() -> None:
    split = discriminate([A], both(A, (9, 6), (8, 7)), threshold=1.0)
    assert split.hard == [Verdict(A, 8.5, 6.5, 2.0)]


def test_a_gap_of_exactly_the_threshold_is_hard() -> None:
    assert len(discriminate([A], both(A, (9, 8), (9, 8)), 1.0).hard) == 1
    assert len(discriminate([A], both(A, (9, 8), (9, 8.5)), 1.0).easy) == 1


def test_decimals_do_not_blur_the_threshold() -> None:
    assert len(discriminate([A], both(A, (4.1, 3.1), (4.1, 3.1)), 1.0).hard) == 1


def test_an_unreadable_review_in_one_order_leaves_the_instruction_unjudged() -> None:
    reviews = [*both(A, (9, 1), (9, 1))[:1], Review(A, "student-first", "nonsense", reason="unreadable")]
    split = discriminate([A], reviews, 1.0)
    assert split.unjudged == [Rejected(A, "unreadable", "no scores in the order student-first")]
    assert split.hard == split.easy == []


def test_an_instruction_without_reviews_is_unanswered() -> None:
    split = discriminate([A, B], both(B, (9, 9), (9, 9)), 1.0)
    assert [(r.id, r.reason) for r in split.unjudged] == [(A, "unanswered")]
    assert [v.id for v in split.easy] == [B]


def test_one_order_alone_is_not_enough() -> None:
    assert len(discriminate([A], both(A, (9, 1), (9, 1))[:1], 1.0).unjudged) == 1


@given(st.lists(st.tuples(SCORES, SCORES, SCORES, SCORES), max_size=20), st.floats(-9, 9))
def test_every_id_stands_in_exactly_one_part(scores: list[tuple[float, float, float, float]], threshold: float) -> None:
    ids = [f"{number:016x}" for number in range(len(scores))]
    reviews = [r for id, s in zip(ids, scores, strict=True) for r in both(id, s[:2], s[2:])]
    split = discriminate(ids, reviews, threshold)
    assert sorted(record.id for record in [*split.hard, *split.easy, *split.unjudged]) == ids
    assert all(v.gap >= threshold for v in split.hard)
    assert all(v.gap < threshold for v in split.easy)
