"""What `lion estimate` and `lion spend` tell before and after a real run, and where a key must never stand."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.conftest import Server
from tests.pipeline.conftest import Project, fresh

ROLES = ("teacher", "referee", "generator")
STAGES = ("answer@0", "referee@0", "generate@0", "answer@1")


def _estimate(project: Project, *arguments: str) -> dict[str, dict[str, Any]]:
    return {need["stage"]: need for need in json.loads(project.sh("lion", "estimate", "--json", *arguments).stdout)}


def _spend(project: Project) -> dict[str, Any]:
    return dict(json.loads(project.sh("lion", "spend", "--json").stdout))


def test_what_was_bought_is_no_more_than_the_estimate_before_the_run(
    smoke: Project, classroom: Server, tmp_path: Path
) -> None:
    before = fresh(tmp_path / "before")
    before.compose("profile=smoke", f"teacher.endpoint={classroom.url}")
    needs = _estimate(before)
    assert tuple(needs) == STAGES
    assert not (before.folder / ".lion").exists()
    bills = {bill["role"]: bill for bill in _spend(smoke)["journal"]}
    for role in ROLES:
        mine = [need for need in needs.values() if need["role"] == role]
        bought = bills[role]
        for name in ("calls", "prompt_tokens", "completion_tokens"):
            assert 0 < bought[name] <= sum(need["most"][name] for need in mine)
        expected = sum(need["expected"]["calls"] for need in mine)
        assert bought["calls"] <= 1.5 * expected
        if role == "teacher":  # the real prompts, at the assumed ratio of characters to tokens
            assert 0.5 < bought["prompt_tokens"] / sum(need["expected"]["prompt_tokens"] for need in mine) < 2


def test_after_the_run_nothing_is_left_to_buy(project: Project) -> None:
    for need in _estimate(project).values():
        assert need["is_done"]
        assert need["expected"]["calls"] == need["most"]["calls"] == 0


def test_where_outs_were_lost_the_journal_has_all_that_they_need(project: Project) -> None:
    lock = (project.folder / "dvc.lock").read_bytes()
    for path in ("teacher", "reviews", "generated"):
        (project.folder / f"data/iteration-0/{path}.jsonl").unlink()
    needs = _estimate(project)
    assert [needs[stage]["is_done"] for stage in STAGES] == [False, False, False, True]
    assert [needs[stage]["held"] for stage in STAGES] == [40, None, 12, None]
    assert needs["answer@0"]["most"]["calls"] == needs["generate@0"]["most"]["calls"] == 0
    assert (project.folder / "dvc.lock").read_bytes() == lock


def test_what_the_journal_lacks_is_counted_to_the_reply(project: Project) -> None:
    for path in ("unanswered", "reviews", "generated"):
        (project.folder / f"data/iteration-0/{path}.jsonl").unlink()
    held = _estimate(project)["referee@0"]["held"]
    with closing(sqlite3.connect(project.folder / ".lion/journal.db", isolation_level=None)) as journal:
        [(stored,)] = journal.execute("SELECT count(*) FROM replies WHERE role = 'referee'")
        assert 40 < held == stored < 80  # 40 pairs; where both answers are the same, one request serves both orders
        journal.execute("DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE role = 'referee' LIMIT 10)")
        journal.execute("DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE role = 'generator' LIMIT 5)")
    needs = _estimate(project)
    assert needs["answer@0"]["most"]["calls"] == 0
    assert (needs["referee@0"]["held"], needs["referee@0"]["expected"]["calls"]) == (held - 10, 10)
    assert needs["referee@0"]["most"]["calls"] == 30
    assert (needs["generate@0"]["held"], needs["generate@0"]["expected"]["calls"]) == (7, 5)
    assert needs["generate@0"]["most"]["calls"] == 120 - 7


def test_another_threshold_keeps_what_does_not_hang_on_it(project: Project) -> None:
    project.set("discriminate.threshold", 8.0)
    needs = _estimate(project)
    assert [needs[stage]["is_done"] for stage in STAGES] == [True, True, False, False]
    assert needs["generate@0"]["held"] is None


def test_spend_agrees_with_the_journal_and_the_summary(project: Project) -> None:
    found = _spend(project)
    summary = json.loads((project.folder / "metrics/summary.json").read_text())["calls"]
    assert sum(bill["calls"] for bill in found["journal"]) == project.stored()
    for role in ROLES:
        uses = [use for use in found["outs"] if use["role"] == role]
        for mine, theirs in (
            ("first_uses", "bought"),
            ("replays", "replayed"),
            ("prompt_tokens", "prompt_tokens"),
            ("completion_tokens", "completion_tokens"),
        ):
            assert sum(use[mine] for use in uses) == summary[role][theirs]
    assert [use["iteration"] for use in found["outs"]] == ["0", "0", "0", "1"]
    assert {use["unknown"] for use in found["outs"]} == {0}
    assert found["without_price"] == ["expert-2"]


def test_spend_has_dollars_where_there_is_a_price(project: Project) -> None:
    price = {"prompt_usd": 1.0, "completion_usd": 2.0, "batch_discount": 0.5, "date": "2026-01-31"}
    project.set("runtime.prices", {"expert-2": price})
    with closing(sqlite3.connect(project.folder / ".lion/journal.db", isolation_level=None)) as journal:
        journal.execute("UPDATE replies SET bought = 'batch' WHERE role = 'referee'")
        journal.execute("UPDATE replies SET bought = 'imported' WHERE role = 'generator'")
    found = _spend(project)
    share = {"teacher": 1.0, "referee": 0.5, "generator": 0.0}
    for row in (*found["journal"], *found["outs"]):
        full = (row["prompt_tokens"] + 2 * row["completion_tokens"]) / 1e6
        assert abs(row["cost_usd"] - share[row["role"]] * full) < 1e-12
    assert found["without_price"] == []


def test_a_colleague_without_a_journal_sees_what_the_outs_used(project: Project) -> None:
    (project.folder / ".lion/journal.db").unlink()
    found = _spend(project)
    assert found["journal"] == []
    assert sum(use["first_uses"] for use in found["outs"]) == sum(use["unknown"] for use in found["outs"]) > 0
    told = project.sh("lion", "spend").stdout
    assert ".lion/journal.db: nothing was bought yet" in told
    assert "first uses are not in this journal" in told
    assert not (project.folder / ".lion/journal.db").exists()
