"""The figures of a small run that is written by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lion import jsonl
from lion.evaluation.result import figure
from lion.records import Answer, Call, Instruction, Item, Overlap, Rejected, Result, Review, Verdict
from lion.report import evidence, explorer, origin, page, summary

SEEDS = [Instruction.seed(f"Name fruit number {n}.") for n in range(4)]
IDS = [seed.id for seed in SEEDS]
NEW = Instruction("d" * 16, "Name a rare fruit, please.", "", "hard", 0, IDS[0])


def call(number: int, role: str) -> Call:
    return Call(f"{number:064x}", role, 10, 3)


def result(accuracy: float) -> Result:
    """The exam's result of two questions, of which the second is always right."""
    whole = {"accuracy": figure(accuracy, 0.1, 0.9), "relative_score": figure(0.55, 0.2, 0.8)}
    lists, logic = ({"items": 1, "figures": {"accuracy": figure(value, 0, 1)}} for value in (2 * accuracy - 1, 1.0))
    by = {"category": {"logic": logic, "lists": lists}, "family": {}}
    return Result("exam-balanced", "student", "sha256:0", "exact", "paper", {}, 2, 0, {}, whole, by, [])


def show(data: Path, found: summary.Figures, path: Path, profile: str = "smoke") -> None:
    """Write the page of `data` as the stage does, without prices."""
    made = origin.Origin(profile, 1.0, "iterations: 1", None, {}, [])
    seen, sample = evidence.gather(data, found), explorer.draw(data, 1, 42)
    page.write(found, seen, sample, made, lambda *_: None, path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    first, last = tmp_path / "iteration-0", tmp_path / "iteration-1"
    for folder, pool, trained in ((first, SEEDS, SEEDS), (last, [*SEEDS, NEW], [NEW])):
        jsonl.write(folder / "train_pool.jsonl", trained)
        jsonl.write(folder / "cache_pool.jsonl", pool)
        jsonl.write(folder / "teacher.jsonl", [Answer(i.id, "apple") for i in pool[1:]])
        jsonl.write(folder / "unanswered.jsonl", [Rejected(IDS[0], "length")])
        jsonl.write(folder / "evaluation/results.jsonl", [result(1.0 if folder is last else 0.5)])
    jsonl.write(first / "hard.jsonl", [Verdict(IDS[1], 9.0, 3.0, 6.0)])
    jsonl.write(first / "easy.jsonl", [Verdict(IDS[2], 9.0, 9.0, 0.0), Verdict(IDS[3], 10.0, 10.0, 0.0)])
    jsonl.write(first / "unjudged.jsonl", [Rejected(IDS[0], "unanswered")])
    reviews = [
        Review(IDS[1], "teacher-first", "", teacher=10.0, student=3.0),
        Review(IDS[1], "student-first", "", teacher=8.0, student=3.0),
        Review(IDS[2], "teacher-first", "", reason="unreadable"),
    ]
    jsonl.write(first / "reviews.jsonl", reviews)
    jsonl.write(first / "generated.jsonl", [NEW])
    jsonl.write(first / "rejected.jsonl", [Rejected("e" * 16, "similar"), Rejected("f" * 16, "short")])
    jsonl.write(first / "calls_teacher.jsonl", [call(n, "teacher") for n in range(4)])
    jsonl.write(first / "calls_referee.jsonl", [call(n, "referee") for n in range(10, 16)])
    jsonl.write(first / "calls_generator.jsonl", [call(20, "generator")])
    jsonl.write(last / "calls_teacher.jsonl", [call(0, "teacher"), call(4, "teacher")])
    jsonl.write(tmp_path / "benchmarks/items.jsonl", [Item("bbh", f"bbh/web/{n}", f"Lie {n}.") for n in range(5)])
    jsonl.write(first / "contaminated.jsonl", [Overlap(seed, "bbh", "bbh/web/1", "exact") for seed in IDS[:2]])
    return tmp_path


def test_the_figures_of_an_iteration(data: Path) -> None:
    found = summary.summarise(data, 1)["iterations"]["0"]
    assert found["pools"] == {"train": 4, "cache": 4, "answered": 3, "unanswered": {"length": 1}}
    assert found["discrimination"] == {
        "hard": 1,
        "easy": 2,
        "unjudged": {"unanswered": 1},
        "hard_share": 0.3333,
        "hard_share_of_seeds": 0.3333,
        "teacher_score": 9.3333,
        "student_score": 7.3333,
        "relative_score": 0.7857,
        "position_bias": 1.0,
    }
    assert found["generation"] == {"generated": {"hard": 1}, "rejected": {"short": 1, "similar": 1}}
    assert found["student"]["exam-balanced"] == {
        "items": 2,
        "unanswered": 0,
        "accuracy": 0.5,
        "relative_score": 0.55,
        "interval": {"accuracy": [0.1, 0.9], "relative_score": [0.2, 0.8]},
        "by_category": {"lists": 0.0, "logic": 1.0},
    }


def test_the_outcome_is_the_last_student_s_against_the_first_s(data: Path) -> None:
    assert summary.summarise(data, 1)["outcome"] == {"exam-balanced": {"accuracy": 1.0, "gain": 0.5}}


def test_the_last_iteration_is_imitation_alone(data: Path) -> None:
    last = summary.summarise(data, 1)["iterations"]["1"]
    assert set(last) == {"pools", "student", "calls"}
    assert last["student"]["exam-balanced"]["accuracy"] == 1.0


def test_a_request_that_the_run_has_bought_before_is_replayed(data: Path) -> None:
    calls = summary.summarise(data, 1)["calls"]
    assert calls["teacher"] == {"bought": 5, "replayed": 1, "prompt_tokens": 50, "completion_tokens": 15}
    assert calls["referee"]["bought"] == 6


def test_the_calls_of_an_evaluation_count_under_their_roles(data: Path, tmp_path: Path) -> None:
    for number, keys in ((0, [30, 31]), (1, [30, 32])):
        calls = [call(0, "teacher"), call(7, "teacher"), *(call(key, "judge") for key in keys)]
        jsonl.write(data / f"iteration-{number}/evaluation/vicuna_calls.jsonl", calls)
    found = summary.summarise(data, 1)
    assert found["calls"]["judge"] == {"bought": 3, "replayed": 1, "prompt_tokens": 30, "completion_tokens": 9}
    assert found["calls"]["teacher"]["bought"] == 6
    show(data, found, tmp_path / "report.html")
    row = '<th scope="row">all</th><td>judge</td><td>3</td><td>1</td><td>30</td><td>9</td><td>no price</td>'
    assert row in (tmp_path / "report.html").read_text()


def test_seeds_that_overlap_a_benchmark_are_counted_by_suite(data: Path, tmp_path: Path) -> None:
    found = summary.summarise(data, 1)
    assert found["contamination"] == {"bbh": {"items": 5, "seeds": 2}}
    show(data, found, tmp_path / "report.html")
    assert '<th scope="row">bbh</th><td>5</td><td>2</td>' in (tmp_path / "report.html").read_text()


def test_without_benchmarks_nothing_is_told_of_them(data: Path, tmp_path: Path) -> None:
    jsonl.write(data / "benchmarks/items.jsonl", [])
    jsonl.write(data / "iteration-0/contaminated.jsonl", [])
    found = summary.summarise(data, 1)
    assert found["contamination"] == {}
    show(data, found, tmp_path / "report.html")
    assert "overlap a benchmark" not in (tmp_path / "report.html").read_text()


def test_folders_of_a_longer_run_are_ignored(data: Path) -> None:
    before = summary.summarise(data, 1)
    jsonl.write(data / "iteration-2/train_pool.jsonl", [NEW])
    assert summary.summarise(data, 1) == before


def test_the_learning_curve_has_a_row_for_each_student(data: Path, tmp_path: Path) -> None:
    summary.write_learning(summary.summarise(data, 1), tmp_path / "learning.csv")
    assert (tmp_path / "learning.csv").read_text().splitlines() == [
        "student,exam_balanced,exam_seeds,hard_share,hard_share_of_seeds,relative_score",
        "0,0.5,,0.3333,0.3333,0.7857",
        "1,1.0,,,,",
    ]


def test_the_summary_and_the_page_are_written_the_same_twice(data: Path, tmp_path: Path) -> None:
    pages = []
    for name in ("one", "other"):
        found = summary.summarise(data, 1)
        summary.write(found, tmp_path / f"{name}.json")
        show(data, found, tmp_path / f"{name}.html")
        pages.append([(tmp_path / f"{name}.{kind}").read_bytes() for kind in ("json", "html")])
    assert pages[0] == pages[1]
    assert json.loads(pages[0][0]) == found


def test_the_page_escapes_what_it_shows(data: Path, tmp_path: Path) -> None:
    show(data, summary.summarise(data, 1), tmp_path / "report.html", "<script>alert(1)</script>")
    assert (tmp_path / "report.html").read_text().count("<script") == 2


def test_without_rivals_the_summary_says_nothing_of_them(data: Path) -> None:
    assert "rivals" not in summary.summarise(data, 1)


def test_rivals_stand_beside_the_students(data: Path, tmp_path: Path) -> None:
    jsonl.write(
        data / "rivals/alpaca/results.jsonl", [replace(result(0.75), items=1), replace(result(0.6), suite="bbh")]
    )
    found = summary.summarise(data, 1)
    assert found["rivals"]["alpaca"]["exam-balanced"]["accuracy"] == 0.75
    assert found["rivals"]["alpaca"]["exam-balanced"]["differs"] == ["items"]
    assert "differs" not in found["rivals"]["alpaca"]["bbh"]
    show(data, found, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert '<th scope="col">alpaca</th>' in html
    assert '75.0<abbr title="other items">*</abbr><br><small>10.0 to 90.0</small>' in html
    assert "cannot be compared" in html


def test_the_page_has_every_suite_with_its_interval(data: Path, tmp_path: Path) -> None:
    jsonl.write(data / "iteration-1/evaluation/results.jsonl", [result(1.0), replace(result(0.6), suite="bbh")])
    show(data, summary.summarise(data, 1), tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert (
        '<tr><th scope="row">bbh</th><td>accuracy</td>\n<td>–</td>\n<td>60.0<br><small>10.0 to 90.0</small></td>'
        in html
    )
    assert "cannot be compared" not in html
