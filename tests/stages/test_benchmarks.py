"""The benchmarks in the pipeline: brought in once, and looked for among the seeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lion import jsonl
from lion.conf import compose
from lion.records import Instruction, Item, Overlap
from stages import benchmarks, decontaminate
from tests.stages.test_bad_input import stage, told

PROMPTS = Path(__file__).parent.parent.parent / "lion/prompts/templates"
SEEDS = [Instruction.seed("Count", "the red apples."), Instruction.seed("Name a river in France.")]


def test_suites_that_are_wanted_and_not_there_are_told_in_one_line_with_the_way_out(tmp_path: Path) -> None:
    done = stage(
        "benchmarks",
        tmp_path,
        *("--prompts", PROMPTS),
        *("--items", tmp_path / "outs/items.jsonl"),
        generate__decontaminate__suites="[gsm8k]",
    )
    line = told(done, tmp_path)
    assert ": not found there: gsm8k (gsm8k/test.jsonl)" in line
    assert line.endswith("-S 'generate.decontaminate.suites=[]'")


def test_an_unknown_suite_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    done = stage(
        "benchmarks",
        tmp_path,
        *("--prompts", PROMPTS),
        *("--items", tmp_path / "outs/items.jsonl"),
        generate__decontaminate__suites="[trivia]",
    )
    assert "generate.decontaminate.suites.0: found 'trivia', wanted: Input should be 'vicuna'" in told(done, tmp_path)


@pytest.mark.parametrize(
    ("suite", "line"),
    [
        ("vicuna", ": not found there: vicuna (vicuna/question.jsonl). Point LION_DATA_HOME"),
        ("humaneval", "evaluate.execute_code: false"),
    ],
)
def test_a_suite_that_could_not_be_measured_at_the_end_is_told_at_the_beginning(
    tmp_path: Path, suite: str, line: str
) -> None:
    places = (*("--prompts", PROMPTS), *("--items", tmp_path / "outs/items.jsonl"))
    done = stage("benchmarks", tmp_path, *places, evaluate__suites=f"[exam,{suite}]")
    assert line in told(done, tmp_path)


@pytest.mark.parametrize(("suites", "count"), [("[gsm8k]", 1), ("[]", 0)])
def test_seeds_that_overlap_an_item_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suites: str, count: int
) -> None:
    (tmp_path / "home/gsm8k").mkdir(parents=True)
    (tmp_path / "home/gsm8k/test.jsonl").write_text(json.dumps({"question": "Count the red apples!"}))
    monkeypatch.setenv("LION_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "params.yaml").write_text(compose("profile=smoke", f"generate.decontaminate.suites={suites}"))
    jsonl.write(tmp_path / "pool.jsonl", SEEDS)
    items, found = tmp_path / "items.jsonl", tmp_path / "contaminated.jsonl"
    params = ["--params", str(tmp_path / "params.yaml")]

    done = CliRunner().invoke(benchmarks.main, [*params, "--prompts", str(PROMPTS), "--items", str(items)])
    assert done.exit_code == 0, done.output
    monkeypatch.delenv("LION_DATA_HOME")
    places = {"--cache-pool": tmp_path / "pool.jsonl", "--benchmarks": items, "--contaminated": found}
    done = CliRunner().invoke(decontaminate.main, [*params, *(str(part) for place in places.items() for part in place)])
    assert done.exit_code == 0, done.output
    assert list(jsonl.read(items, Item)) == [Item("gsm8k", "gsm8k/1", "Count the red apples!")][:count]
    assert list(jsonl.read(found, Overlap)) == [Overlap(SEEDS[0].id, "gsm8k", "gsm8k/1", "exact")][:count]
