"""Which charts a run has."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from lion.report import album
from lion.report.charts import PAPER
from lion.report.evidence import Evidence

ROOT = Path(__file__).parent.parent.parent
JUDGED = {"hard_share": 0.5, "hard_share_of_seeds": 0.25}
MADE = {"generated": {"hard": 3}, "rejected": {"similar": 2, "short": 1}}


def suite(value: float | None, **more: float) -> dict[str, Any]:
    names = {"accuracy": value, **more}
    spans = {name: [found, found] if found is None else [found - 0.1, found + 0.1] for name, found in names.items()}
    return {**names, "interval": spans}


def figures(*students: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"iterations": {str(number): {"student": student, **more} for number, student in enumerate(students)}}


def evidence() -> Evidence:
    return Evidence(
        gaps=[{"iteration": 0, "gap": gap, "count": 1, "share": 0.5} for gap in (0, 3)],
        thresholds=[{"iteration": 0, "threshold": tau, "hard_share": 0.5} for tau in (0.0, 1.0)],
        scores=[{"iteration": k, "of": of, "score": 10, "count": 2} for k in (0, 1) for of in ("student", "teacher")],
        losses=[{"student": 0, "step": step, "loss": float(step)} for step in range(1, 41)],
        categories=[{"student": 0, "suite": s, "category": "logic", "value": 0.5} for s in ("bbh", "agieval")],
    )


def test_a_whole_run_has_all_charts_and_each_has_a_text() -> None:
    found = album.draw(figures({}, discrimination=JUDGED, generation=MADE), evidence(), 1.0)
    assert set(found) == {"hard", "gaps", "rejected", "loss", "scores", "thresholds", "categories"}
    for chart in found.values():
        assert chart.svg.startswith("<svg")
        assert chart.title
        assert chart.alt.endswith(".")
        assert chart.alt.count(".") == 1


def test_a_run_of_which_nothing_is_known_has_no_chart() -> None:
    assert album.draw(figures({}), Evidence(), 1.0) == {}
    assert album.outcomes(figures({})) == []


def test_values_that_are_none_are_left_out_of_the_charts() -> None:
    nothing = Evidence(
        gaps=[{"iteration": 0, "gap": 0, "count": 0, "share": None}],
        thresholds=[{"iteration": 0, "threshold": 0.0, "hard_share": None}],
        categories=[{"student": n, "suite": "bbh", "category": "logic", "value": v} for n, v in ((0, None), (1, 0.5))],
    )
    none = {"hard_share": None, "hard_share_of_seeds": None}
    found = album.draw(figures({}, discrimination=none), nothing, 1.0)
    assert set(found) == {"categories"}
    assert [row["student"] for row in found["categories"].rows] == [1]


def test_a_student_that_has_no_figure_on_a_suite_is_left_out_of_its_chart() -> None:
    (chart,) = album.outcomes(figures({"bbh": suite(None)}, {"bbh": suite(0.5)}))
    assert [(row["student"], row["value"], row["low"], row["high"]) for row in chart.rows] == [(1, 50.0, 40.0, 60.0)]


def test_each_suite_has_a_chart_of_its_own_named_by_it() -> None:
    found = album.outcomes(figures({"exam-balanced": suite(0.5), "bbh": suite(0.25)}))
    assert [chart.title for chart in found] == ["Student by student: exam-balanced", "Student by student: bbh"]


def test_a_chart_has_the_figure_that_a_suite_is_known_by_and_the_relative_score() -> None:
    (chart,) = album.outcomes(figures({"vicuna": suite(0.5, setting_1=0.6, relative_score=0.7, win=0.8)}))
    assert [row["figure"] for row in chart.rows] == ["accuracy", "relative score"]


def test_what_a_hundred_per_cent_is_is_told_of_relative_scores_alone() -> None:
    related = suite(0.5, relative_score=0.7)
    exam, judged, counted = album.outcomes(figures({"exam-seeds": related, "vicuna": related, "bbh": suite(0.5)}))
    assert album.EXPERT in exam.svg
    assert album.REFERENCE in judged.svg
    assert "= 100 %" not in counted.svg


def test_the_first_suite_s_categories_are_drawn() -> None:
    chart = album.draw(figures({}), evidence(), 1.0)["categories"]
    assert {row["suite"] for row in chart.rows} == {"bbh"}


def test_scores_of_all_iterations_are_added_the_teacher_first() -> None:
    rows = album.draw(figures({}), evidence(), 1.0)["scores"].rows
    assert rows == [{"given to": of, "score": 10, "count": 4} for of in ("teacher", "student")]


def test_twenty_losses_are_one_point() -> None:
    rows = album.draw(figures({}), evidence(), 1.0)["loss"].rows
    assert rows == [{"student": 0, "step": 1, "loss": 10.5}, {"student": 0, "step": 21, "loss": 30.5}]


def test_every_candidate_is_in_one_panel() -> None:
    rows = album.draw(figures({}, {}, generation=MADE), Evidence(), 1.0)["rejected"].rows
    assert sum(row["candidates"] for row in rows) == 12
    assert {row["outcome"] for row in rows} == {"kept, like the hard", "rejected: short", "rejected: similar"}


def test_markup_in_a_name_is_drawn_as_text() -> None:
    hostile, seen = '<script>alert(1)</script>"&', evidence()
    seen.categories = [{"student": 0, "suite": "mine", "category": hostile, "value": 0.5}]
    svg = album.draw(figures({}), seen, 1.0)["categories"].svg
    assert hostile in ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter()]


def test_pictures_are_files_that_stand_alone(tmp_path: Path) -> None:
    found = album.draw(figures({"bbh": suite(0.5)}, discrimination=JUDGED, generation=MADE), evidence(), 1.0, PAPER)
    for name in album.WORDS:
        album.write(found, tmp_path / f"{name}.svg")
        picture = (tmp_path / f"{name}.svg").read_text()
        assert name in found
        assert ElementTree.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(" not in picture


def test_a_chart_without_rows_is_an_empty_picture(tmp_path: Path) -> None:
    album.write({}, tmp_path / "loss.svg")
    assert (tmp_path / "loss.svg").read_text() == '<svg xmlns="http://www.w3.org/2000/svg"/>\n'


def test_the_pictures_of_the_stage_are_the_charts() -> None:
    outs = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["report"]["plots"]
    pictures = {Path(out).stem for told in outs for out in told if out.endswith(".svg")}
    assert pictures == set(album.WORDS)
