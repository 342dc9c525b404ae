"""Models side by side: who stands there, what is told of each, and what cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lion import jsonl
from lion.errors import DataError
from lion.evaluation.result import NOTHING, figure
from lion.records import Result
from lion.report.standings import LEGEND, Row, differences, rivals, students, table

GREEDY = {"backend": "transformers", "temperature": 0.0, "top_p": 1.0, "max_new_tokens": 32}
HALF = Result(
    suite="bbh",
    subject="x",
    version="sha256:0",
    protocol="strict",
    prompt="paper",
    decoding=dict(GREEDY),
    items=1234,
    unanswered=5,
    faults={"none": 5},
    figures={"strict": figure(0.5, 0.4125, 0.6), "lenient": NOTHING},
    by={},
    notes=[],
)


def row(name: str, *results: Result) -> Row:
    return Row(name, results, Path(name))


def lines(told: str) -> list[str]:
    return [" ".join(line.split()) for line in told.splitlines()]


def test_students_come_in_the_order_of_the_loop_and_rivals_by_name(tmp_path: Path) -> None:
    for name in (
        "iteration-0/evaluation",
        "iteration-10/evaluation",
        "iteration-9/evaluation",
        "iteration-x/evaluation",
    ):
        jsonl.write(tmp_path / name / "results.jsonl", [HALF])
    for name in ("vicuna", "alpaca"):
        jsonl.write(tmp_path / "rivals" / name / "results.jsonl", [HALF])
    (tmp_path / "rivals/vicuna.dvc").write_text("outs: []")
    jsonl.write(tmp_path / "rivals/killed.partial/results.jsonl", [HALF])
    jsonl.write(tmp_path / "iteration-07/evaluation/results.jsonl", [HALF])
    assert [found.name for found in students(tmp_path)] == ["student 0", "student 7", "student 9", "student 10"]
    assert [found.name for found in students(tmp_path, last=8)] == ["student 0", "student 7"]
    assert [(found.name, found.is_rival) for found in rivals(tmp_path)] == [("alpaca", True), ("vicuna", True)]


def test_a_rival_in_a_folder_that_is_named_as_a_student_is_refused(tmp_path: Path) -> None:
    jsonl.write(tmp_path / "rivals/student 0/results.jsonl", [HALF])
    with pytest.raises(DataError, match=r"a rival with the name of a student\. Give the folder another name"):
        rivals(tmp_path)


def test_each_suite_is_a_block_with_a_line_for_each_model() -> None:
    other = replace(HALF, suite="agieval")
    told = lines(table([row("a", HALF, other), row("b", HALF)]))
    assert told[1:] == [
        "bbh strict a 50.0 41.2 to 60.0 1,234 5",
        "b 50.0 41.2 to 60.0 1,234 5",
        "agieval strict a 50.0 41.2 to 60.0 1,234 5",
    ]


def test_every_figure_is_told_where_that_is_wanted_and_none_is_invented() -> None:
    assert lines(table([row("a", HALF)], every_figure=True))[2] == "bbh lenient a – – 1,234 5"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": "sha256:1"}, ["version"]),
        ({"items": 50}, ["items"]),
        ({"protocol": "lenient"}, ["protocol"]),
        ({"decoding": GREEDY | {"max_new_tokens": 8}}, ["decoding"]),
        ({"decoding": GREEDY | {"top_p": 0.5}}, []),  # greedy decoding does not look at it
        ({"decoding": GREEDY | {"backend": "openai", "endpoint": "https://…"}}, []),
        ({"decoding": {"backend": "recorded"}}, []),
        ({"prompt": "its own"}, []),
    ],
)
def test_what_cannot_be_compared_is_told(change: dict[str, object], told: list[str]) -> None:
    other = replace(HALF, **change)  # type: ignore[arg-type]
    assert differences(HALF, other) == differences(other, HALF) == told
    shown = lines(table([row("a", HALF), row("b", other)]))
    assert shown[2].endswith(", ".join(told) or " 5")
    assert (LEGEND in shown) == bool(told)


def test_what_a_result_notes_is_told_once_and_which_model_it_is_not() -> None:
    noted = replace(HALF, notes=["model: a, sha256:0", "the judge is the model itself"])
    rival = Row("a", [noted, replace(noted, suite="agieval")], Path("a"), is_rival=True)
    assert lines(table([rival]))[3:] == ["a: the judge is the model itself"]
