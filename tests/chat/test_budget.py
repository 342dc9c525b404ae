"""The budget: a cap that is not passed, whoever spends, and that a higher one lets go on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lion.chat import Chat, Exchange
from lion.chat.journal import Journal
from lion.chat.prices import cost_usd, spent
from lion.errors import BudgetError, ParamsError
from lion.params import Price
from tests.chat.asking import RUNTIME, questions
from tests.conftest import Server

Serve = Callable[..., Server]
COUNT = 100
PRICE = Price(prompt_usd=1.0, completion_usd=3.0, batch_discount=0.5, date=date(2026, 1, 1))


def _ask(endpoint: str, journal: Path, **changes: object) -> list[Exchange]:
    with Chat("teacher", endpoint, RUNTIME.model_copy(update=changes), journal) as chat:
        return list(chat.ask(questions(endpoint, COUNT)))


def _spent(journal: Path) -> tuple[int, float]:
    book = Journal(journal)
    totals = list(spent(book).values())
    book.close()
    tokens = sum(total.prompt_tokens + total.completion_tokens for total in totals)
    return tokens, sum(cost_usd(PRICE, total.prompt_tokens, total.completion_tokens, "online") for total in totals)


def test_cap_in_tokens_is_not_passed_and_a_higher_one_goes_on(serve: Serve, journal: Path) -> None:
    whole = serve()
    _ask(whole.url, journal.with_name("whole.db"))
    cost, _ = _spent(journal.with_name("whole.db"))
    server = serve("--latency-s", 0.01)
    with pytest.raises(BudgetError, match=r"runtime.budget_tokens .* Raise it and run the same command again"):
        _ask(server.url, journal, budget_tokens=cost // 2)
    reached, _ = _spent(journal)
    assert cost // 4 < reached <= cost // 2
    _ask(server.url, journal, budget_tokens=3 * cost)
    assert _spent(journal)[0] == cost
    assert server.ledger()["repeated"] == 0
    assert server.ledger()["answered"] == COUNT


def test_cap_in_money_is_not_passed(serve: Serve, journal: Path) -> None:
    server = serve()
    _ask(server.url, journal.with_name("whole.db"))
    _, cost = _spent(journal.with_name("whole.db"))
    with pytest.raises(BudgetError, match=r"runtime.budget_usd 0\.00\d+: the journal .* has cost \$0\.0"):
        _ask(server.url, journal, budget_usd=round(cost / 2, 6), prices={"m": PRICE})
    assert cost / 4 < _spent(journal)[1] <= cost / 2


def test_budget_of_nothing_sends_nothing_and_replays_all_the_same(serve: Serve, journal: Path) -> None:
    server = serve()
    bought = _ask(server.url, journal)
    assert _ask(server.url, journal, budget_tokens=0) == bought
    with pytest.raises(BudgetError):
        _ask(server.url, journal.with_name("empty.db"), budget_tokens=0)
    assert server.ledger()["answered"] == COUNT


def test_cap_holds_for_what_another_stage_has_spent(serve: Serve, journal: Path) -> None:
    server = serve()
    _ask(server.url, journal)
    reached, _ = _spent(journal)
    with (
        pytest.raises(BudgetError),
        Chat("referee", server.url, RUNTIME.model_copy(update={"budget_tokens": reached}), journal) as chat,
    ):
        list(chat.ask(questions(server.url, 5, about="another number")))
    assert _spent(journal)[0] == reached


def test_cap_in_money_on_a_model_without_price_is_refused_before_anything_is_sent(serve: Serve, journal: Path) -> None:
    server = serve()
    with pytest.raises(ParamsError, match=r"runtime.prices: no price for the model 'm', wanted one"):
        _ask(server.url, journal, budget_usd=5.0)
    assert server.ledger()["answered"] == 0


def test_price_of_a_batch_is_less_its_discount_and_what_was_imported_is_free() -> None:
    assert cost_usd(PRICE, 1_000_000, 1_000_000, "online") == 4.0
    assert cost_usd(PRICE, 1_000_000, 1_000_000, "batch") == 2.0
    assert cost_usd(PRICE, 1_000_000, 1_000_000, "imported") == 0.0


def test_command_that_meets_the_budget_ends_with_a_status_of_its_own() -> None:
    program = (
        "import click\nfrom lion.command import Command\nfrom lion.errors import BudgetError\n"
        "@click.command(cls=Command)\ndef main():\n    raise BudgetError('the cap')\nmain()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (BudgetError.exit_code, "Error: the cap\n")
    assert BudgetError.exit_code not in (0, 1, 2)
