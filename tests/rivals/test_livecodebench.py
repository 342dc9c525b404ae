"""What lighteval 0.13 wrote of a run on three problems in LiveCodeBench's layout, asked of a server on loopback.

`lighteval/results.json` and `lighteval/details.parquet` are its files, byte for byte; here they get its folders back.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest
from click.testing import CliRunner

from lion import jsonl
from lion.cli import main
from lion.errors import DataError
from lion.records import Mark, Result
from lion.report import standings
from lion.rivals.livecodebench import converted

RECORDED = Path(__file__).parent / "lighteval"
DATE, TASK = "2026-11-22T22-16-50.739395", "lcb:codegeneration_here|0"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The results as lighteval lays them out, with their details."""
    path = tmp_path / "results/openai/student" / f"results_{DATE}.json"
    path.parent.mkdir(parents=True)
    shutil.copy(RECORDED / "results.json", path)
    details(path).parent.mkdir(parents=True)
    shutil.copy(RECORDED / "details.parquet", details(path))
    return path


def details(results: Path) -> Path:
    return results.parents[3] / "details/openai/student" / DATE / f"details_{TASK}_{DATE}.parquet"


def test_marks_and_figure_are_those_of_lighteval(results: Path) -> None:
    found = converted(results)
    assert [(mark.id, mark.figures["pass_at_1"]) for mark in found.marks] == [
        ("livecodebench/0", 1.0),
        ("livecodebench/1", 1.0),
        ("livecodebench/2", 0.0),
    ]
    assert found.marks[0].answer == "Here:\n```python\nprint(2*int(input()))\n```\n"
    (result,) = found.results
    assert result.figures["pass_at_1"] == {"value": 0.666667, "low": 0.20766, "high": 0.938508}
    assert (result.items, result.unanswered, result.subject) == (3, 0, "openai/student")
    assert result.decoding == {"backend": "lighteval", "temperature": 0, "top_p": None, "max_new_tokens": 2048}
    assert result.version.startswith(f"lighteval {TASK} 0; data default; xxh64 of items ")


def test_command_writes_a_row_that_stands_beside_the_others_and_is_replaced_with_force_alone(
    results: Path, tmp_path: Path
) -> None:
    out = tmp_path / "data/rivals/student-3-lcb"
    command = ["livecodebench", str(results), "--out", str(out), "--subject", "iteration-3"]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert told.output == "pass@1 0.666667 (0.20766 to 0.938508), 3 items, 0 empty\n"
    assert next(jsonl.read(out / "livecodebench.jsonl", Mark)).id == "livecodebench/0"
    (result,) = jsonl.read(out / "results.jsonl", Result)
    assert (result.subject, result.notes) == ("iteration-3", ["model: iteration-3"])
    assert [(row.name, list(row.results)) for row in standings.rivals(tmp_path / "data")] == [
        ("student-3-lcb", [result])
    ]
    assert "has results of livecodebench already" in CliRunner().invoke(main, command).output
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0


def test_request_that_failed_is_told_as_an_empty_answer(results: Path) -> None:
    rows = pandas.read_parquet(details(results)).to_dict("records")
    rows[2]["model_response"]["text"] = [""]
    pandas.DataFrame(rows).to_parquet(details(results))
    (result,) = converted(results).results
    assert (result.unanswered, result.faults) == (1, {"empty": 1})
    assert "a request that failed" in result.notes[1]


def test_key_among_the_settings_is_not_taken_over(results: Path) -> None:
    whole = json.loads(results.read_text())
    whole["config_general"]["model_config"]["api_key"] = "sk-secret"
    results.write_text(json.dumps(whole))
    assert "sk-secret" not in repr(converted(results))


def without(*keys: str) -> Callable[[Any], None]:
    def change(whole: Any) -> None:
        for key in keys[:-1]:
            whole = whole[key]
        del whole[keys[-1]]

    return change


def other_figure(whole: Any) -> None:
    whole["results"][TASK]["codegen_pass@1:16"] = 0.5


def two_tasks(whole: Any) -> None:
    whole["results"]["lcb:codegeneration|0"] = whole["results"][TASK]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without("results"), "no 'results'"),
        (without("results", TASK), "found 0 tasks lcb:codegeneration"),
        (two_tasks, "found 2 tasks lcb:codegeneration"),
        (without("results", TASK, "codegen_pass@1:16"), "found no figure codegen_pass@1"),
        (without("config_tasks", TASK), "no 'lcb:codegeneration_here|0'"),
        (without("config_general"), "no 'config_general'"),
        (without("summary_tasks"), "no 'summary_tasks'"),
        (other_figure, "which its details"),
    ],
)
def test_other_layout_is_told_in_one_line(results: Path, change: Callable[[Any], None], told: str) -> None:
    whole = json.loads(results.read_text())
    change(whole)
    results.write_text(json.dumps(whole))
    with pytest.raises(DataError) as fault:
        converted(results)
    assert told in str(fault.value) and "\n" not in str(fault.value) and "--save-details" in str(fault.value)


def test_missing_and_broken_files_are_told_in_one_line(results: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copy(results, tmp_path / "elsewhere.json")
    broken = [(tmp_path / "none.json", "cannot be read"), (Path(elsewhere), "found it in no folder 'results'")]
    details(results).write_bytes(b"PAR1 cut")
    broken.append((results, "cannot be read"))
    for path, told in broken:
        with pytest.raises(DataError, match=told) as fault:
            converted(path)
        assert "\n" not in str(fault.value)
    details(results).unlink()
    with pytest.raises(DataError, match="are not there"):
        converted(results)
