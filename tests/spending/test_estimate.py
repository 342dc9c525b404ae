"""`lion estimate` before anything was run: every profile, with and without seeds, prices and experience."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lion.chat.journal import Entry, Journal
from lion.chat.request import Reply, Request
from lion.cli import main
from lion.conf import compose
from lion.params import parse
from lion.prompts import Prompts
from lion.records import Instruction
from lion.seeds import load
from tests.evaluation.test_benchmarks import encoded, laid_out, needs_real_data

ROOT = Path(__file__).parent.parent.parent
PROFILES = sorted(path.stem for path in (ROOT / "lion/conf/profile").glob("*.yaml"))
REAL = os.environ.get("LION_DATA_HOME", "")
PRICE = "{prompt_usd: 1, completion_usd: 2, batch_discount: 0.5, date: 2026-01-31}"


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch, journal: Path, tmp_path: Path) -> None:
    """In Lion's own folder, with a journal elsewhere and no real data; a seed of its own keeps off what data/ holds."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LION_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LION_JOURNAL", str(journal))


def _lion(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["estimate", *arguments])


def _needs(*arguments: str) -> dict[str, dict[str, Any]]:
    done = _lion("--json", *arguments)
    assert done.exit_code == 0, done.output
    needs = json.loads(done.stdout)
    judged = {f"{need['stage']} {need['role']}": need for need in needs if need["stage"].startswith("evaluate")}
    return {**{need["stage"]: need for need in needs if not need["stage"].startswith("evaluate")}, **judged}


def test_there_are_six_profiles() -> None:
    assert len(PROFILES) == 6


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_estimated_with_its_own_seeds_or_their_number(profile: str, journal: Path) -> None:
    settings = parse(compose(f"profile={profile}"), profile, "")
    done = _lion("--profile", profile, "random_seed=7")
    if settings.seed.size is None:
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: seed.source {settings.seed.source}: not on this disk")
        assert "--seeds N" in done.stderr
        assert done.stderr.count("\n") == 1
        needs = _needs("--profile", profile, "random_seed=7", "--seeds", "1000")
    else:
        needs = _needs("--profile", profile, "random_seed=7")
    seeds, new = settings.seed.size or 1000, settings.generate.count
    judged = {"vicuna", "user_oriented"}.intersection(settings.evaluate.suites)
    assert len(needs) == 1 + 3 * settings.iterations + (1 + settings.iterations + 1 if judged else 0)
    assert needs["answer@0"]["expected"]["calls"] == seeds
    assert needs["answer@0"]["most"]["calls"] == seeds * settings.teacher.attempts
    for k in range(settings.iterations):
        assert needs[f"referee@{k}"]["expected"]["calls"] == 2 * (seeds + k * new)
        assert needs[f"generate@{k}"]["most"]["calls"] == new * settings.generate.max_requests_per_new
        assert needs[f"answer@{k + 1}"]["expected"]["calls"] == new
    assert not journal.exists()


def test_seeds_on_disk_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "seeds.jsonl"
    file.write_text("".join(json.dumps({"instruction": f"Say {n}, please."}) + "\n" for n in range(30)) * 2)
    needs = _needs("--profile", "modern", f"seed.source={file}")
    assert needs["answer@0"]["expected"]["calls"] == 30
    assert needs["answer@0"]["most"]["prompt_tokens"] > 0
    done = _lion("--profile", "modern", f"seed.source={file}", "--seeds", "5")
    assert done.exit_code == 1
    assert "there are 30 in" in done.stderr


def test_what_is_not_known_is_a_question_mark_and_what_has_no_price_has_none() -> None:
    done = _lion("--profile", "smoke", "random_seed=7")
    assert done.exit_code == 0
    assert "nothing measured; assumed 4.0 characters a token, length of replies unknown (--reply-tokens)" in done.stdout
    assert "expert-2: no price in runtime.prices" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("answer@0"))
    assert line.split()[1:6] == ["0", "40", line.split()[3], "?", "no"]
    assert _needs("--profile", "smoke", "random_seed=7")["answer@0"]["most_usd"] is None


def test_prices_come_with_their_date_and_a_batch_with_its_discount() -> None:
    flags = ("--profile", "smoke", "random_seed=7", f"+runtime.prices.expert-2={PRICE}")
    online, batch = _needs(*flags), _needs(*flags, "runtime.mode=batch")
    for stage, need in online.items():
        most = need["most"]
        assert need["most_usd"] == pytest.approx((most["prompt_tokens"] + 2 * most["completion_tokens"]) / 1e6)
        assert batch[stage]["most_usd"] == pytest.approx(need["most_usd"] / 2)
        assert need["expected_usd"] is None
    assert "as of 2026-01-31" in _lion(*flags).stdout


def test_lengths_of_replies_may_be_assumed_where_none_was_measured() -> None:
    flags = ("--profile", "smoke", "random_seed=7", f"+runtime.prices.expert-2={PRICE}")
    needs = _needs(*flags, "--reply-tokens", "teacher=100", "--reply-tokens", "referee=30")
    assert needs["answer@0"]["expected"]["completion_tokens"] == 40 * 100
    assert needs["answer@0"]["expected_usd"] > 0
    assert needs["referee@0"]["expected"]["completion_tokens"] == 80 * 30
    assert needs["referee@0"]["expected"]["prompt_tokens"] > 80 * 2 * 100
    assert needs["generate@0"]["expected"]["completion_tokens"] is None


def test_what_the_journal_holds_is_deducted_and_learned_from(journal: Path) -> None:
    settings = parse(compose("profile=smoke", "random_seed=7"), "", "")
    prompts = Prompts(Path(settings.prompts))
    pool, _ = load(settings.seed, settings.random_seed)
    requests = [Request.to(settings.teacher, prompts.teach(item), settings.teacher.max_tokens) for item in pool[:12]]
    replies = [Reply(r.key, "Yes.", "stop", (len(r.system) + len(r.user)) // 2, 5) for r in requests]
    cut = Reply(requests[0].key, "Ye", "length", replies[0].prompt_tokens, 5)
    with closing(Journal(journal)) as book:
        book.store([Entry("teacher", r, reply) for r, reply in zip(requests, [cut, *replies[1:]], strict=True)])
    need = _needs("--profile", "smoke", "random_seed=7")["answer@0"]
    assert need["held"] == 12
    assert need["expected"]["calls"] == 40 - 11  # the one that was cut off is asked again
    assert need["most"]["calls"] == 3 * 28 + 2
    assert need["expected"]["completion_tokens"] == 5 * 29
    dropped = _needs("--profile", "smoke", "random_seed=7", "teacher.on_length=drop")["answer@0"]
    assert dropped["expected"]["calls"] == 40 - 12
    assert "2.0 characters a token" in _lion("--profile", "smoke", "random_seed=7").stdout
    other = _needs("--profile", "smoke", "random_seed=7", "teacher.temperature=0.1")["answer@0"]
    assert (other["held"], other["expected"]["calls"]) == (0, 40)


JUDGED = ("--profile", "smoke", "random_seed=7", "iterations=1", "evaluate.suites=[exam,vicuna,user_oriented]")


def test_the_judge_reads_every_item_of_every_student_twice_and_the_references_are_bought_once() -> None:
    needs = _needs(*JUDGED, "evaluate.items=null", "--reply-tokens", "judge=90", "--reply-tokens", "teacher=50")
    assert "evaluate@1 teacher" not in needs
    assert needs["evaluate@0 teacher"]["expected"]["calls"] == 80 + 252
    for k in range(2):
        judge = needs[f"evaluate@{k} judge"]
        assert (judge["expected"]["calls"], judge["most"]["calls"]) == (2 * 332, 3 * 2 * 332)
        assert judge["expected"]["completion_tokens"] == 2 * 332 * 90
        assert judge["expected"]["prompt_tokens"] is judge["most"]["prompt_tokens"] is None
    recorded = _needs(*JUDGED, "evaluate.items=100", "judge.reference=recorded")
    assert "evaluate@0 teacher" not in recorded
    assert recorded["evaluate@0 judge"]["expected"]["calls"] == 2 * (80 + 100)
    told = _lion(*JUDGED).stdout
    assert "vicuna, user_oriented: not under LION_DATA_HOME, so that the published number of items is taken" in told
    assert "judge (expert-2): nothing measured" in told
    assert "judge" not in _lion("--profile", "smoke", "random_seed=7").stdout


def test_items_that_are_at_hand_are_counted_and_what_the_journal_holds_of_them_deducted(
    journal: Path, tmp_path: Path
) -> None:
    asked = [{"question_id": n, "text": f"Why {n}?", "category": "c"} for n in range(6)]
    laid_out(tmp_path, "vicuna", encoded("vicuna", asked))
    settings = parse(compose("profile=smoke"), "", "")
    prompts = [Prompts(Path(settings.prompts)).teach(Instruction.seed(f"Why {n}?")) for n in range(2)]
    requests = [Request.to(settings.teacher, prompt, settings.teacher.max_tokens) for prompt in prompts]
    with closing(Journal(journal)) as book:
        book.store([Entry("teacher", r, Reply(r.key, "So.", "stop", 20, 10)) for r in requests])
    needs = _needs(*JUDGED[:-1], "evaluate.suites=[vicuna]")
    assert (needs["evaluate@0 teacher"]["held"], needs["evaluate@0 teacher"]["expected"]["calls"]) == (2, 4)
    judge = needs["evaluate@0 judge"]
    assert (judge["held"], judge["expected"]["calls"]) == (None, 12)
    assert 0 < judge["expected"]["prompt_tokens"] < judge["most"]["prompt_tokens"]


@needs_real_data
def test_the_published_suites_are_estimated_with_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_DATA_HOME", REAL)
    needs = _needs(*JUDGED, "evaluate.items=null", "judge.reference=recorded")
    assert needs["evaluate@1 judge"]["expected"]["calls"] == 664
    assert 200_000 < needs["evaluate@1 judge"]["expected"]["prompt_tokens"] < 500_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--profile", "none"], "Error: profile=none: "),
        (["iterations=-1"], "Error: iterations=-1: iterations: found -1"),
        (["--journal", "/nowhere/j.db"], "Error: /nowhere/j.db: no journal there"),
        (["prompts=/nowhere"], "Error: /nowhere/"),
        (["--reply-tokens", "clerk=3"], "Error: --reply-tokens: found 'clerk=3', wanted one of teacher=N"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], told: str) -> None:
    done = _lion(*arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_neither_torch_nor_the_client_is_needed() -> None:
    code = (
        "import sys; from lion.cli import main\n"
        "main(['estimate', '--profile', 'smoke'], standalone_mode=False)\n"
        "main(['spend'], standalone_mode=False)\n"
        "assert not {'torch', 'transformers', 'openai', 'pandas'} & set(sys.modules), 'imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
