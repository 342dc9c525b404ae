"""What replies cost."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from lion.chat.journal import Entry, Journal
from lion.chat.prices import Totals, cost_usd, spent
from lion.chat.request import Reply
from lion.params import Price
from tests.chat.asking import question

PRICE = Price(prompt_usd=0.5, completion_usd=1.5, batch_discount=0.5, date=date(2024, 1, 25))


def test_a_million_tokens_cost_what_the_provider_says() -> None:
    assert cost_usd(PRICE, 1_000_000, 0, "online") == pytest.approx(0.5)
    assert cost_usd(PRICE, 0, 1_000_000, "online") == pytest.approx(1.5)
    assert cost_usd(PRICE, 2_000_000, 1_000_000, "batch") == pytest.approx(1.25)
    assert cost_usd(PRICE, 2_000_000, 1_000_000, "imported") == 0


def test_what_was_spent_is_told_by_role_model_and_how_it_was_bought(journal: Path) -> None:
    def entry(n: int, role: str, bought: str) -> Entry:
        request = question("classroom", f"Number {n}?")
        return Entry(role, request, Reply(request.key, "Yes.", "stop", n, 2), bought)  # type: ignore[arg-type]

    with closing(Journal(journal)) as book:
        assert spent(book) == {}
        book.store([entry(1, "teacher", "online"), entry(2, "teacher", "online"), entry(3, "teacher", "batch")])
        book.store([entry(4, "referee", "imported"), entry(1, "referee", "batch")])  # the last: bought already
        assert spent(book) == {
            ("teacher", "m", "online"): Totals(2, 3, 4),
            ("teacher", "m", "batch"): Totals(1, 3, 2),
            ("referee", "m", "imported"): Totals(1, 4, 2),
        }


def test_the_index_alone_answers_what_was_spent(journal: Path) -> None:
    with closing(Journal(journal)) as book, book.reading() as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT role, model, bought, count(*), sum(prompt_tokens), sum(completion_tokens) "
            "FROM replies GROUP BY role, model, bought"
        ).fetchall()
    assert [row[3] for row in plan] == ["SCAN replies USING COVERING INDEX spent"]
