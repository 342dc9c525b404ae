"""`dvc repro` in a throw-away copy: what runs, what is restored, what is bought."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.pipeline.conftest import Project, fresh

STAGES_OF_SMOKE = 15
CONE_OF_THE_THRESHOLD = {"discriminate@0", "generate@0", "merge-pool@0", "answer@1", "train@1", "evaluate@1", "report"}


def test_a_finished_run_is_up_to_date(project: Project) -> None:
    done = project.sh("dvc", "repro")
    assert "Data and pipelines are up to date." in done.stdout
    assert len([name for name in project.sh("dvc", "stage", "list", "--name-only").stdout.split()]) == STAGES_OF_SMOKE


def test_the_summary_accounts_for_every_instruction(project: Project) -> None:
    summary = json.loads((project.folder / "metrics/summary.json").read_text())
    first, last = summary["iterations"]["0"], summary["iterations"]["1"]
    judged = first["discrimination"]
    assert judged["hard"] + judged["easy"] + sum(judged["unjudged"].values()) == first["pools"]["cache"] == 40
    assert sum(first["generation"]["generated"].values()) == last["pools"]["train"] == 12
    assert last["pools"]["cache"] == 52
    assert "discrimination" not in last
    calls = summary["calls"]
    assert calls["teacher"]["bought"] >= 52
    # Where both answers are the same, so are the two requests of a comparison.
    assert calls["referee"]["bought"] + calls["referee"]["replayed"] == 80
    assert sum(role["bought"] for role in calls.values()) == project.stored()


def test_metrics_plots_and_experiments_are_worth_reading(project: Project) -> None:
    shown = project.sh("dvc", "metrics", "show", "--json").stdout
    assert "exam-balanced" in shown
    plots = json.loads(project.sh("dvc", "plots", "show", "--json").stdout)
    assert not plots.get("errors")
    assert set(plots["data"]) >= {"Exam accuracy of each student", "Loss", "Learning rate"}
    [loss] = plots["data"]["Loss"]
    points = loss["content"]["data"]["values"]
    assert {point["filename"] for point in points} == {f"iteration-{k}/training.csv" for k in (0, 1)}
    for name in ("Gaps of the judged instructions", "Hard share as a function of the threshold"):
        [found] = plots["data"][name]
        assert found["content"]["spec"]["encoding"]["color"]["field"] == "iteration"
        assert found["content"]["facet"]["field"] == "rev"
        assert {row["iteration"] for row in found["content"]["data"]["values"]} == {"0"}
    [found] = plots["data"]["Strengths by category"]
    assert found["content"]["spec"]["encoding"]["color"]["field"] == "rev"
    assert {row["student"] for row in found["content"]["data"]["values"]} == {"0", "1"}
    speed = project.sh(
        "dvc", "plots", "show", ".lion/training/speed", "-x", "step", "-y", "tokens_per_s", "--json"
    ).stdout
    assert set(json.loads(speed)["data"]) == {f".lion/training/speed/iteration-{k}.csv" for k in (0, 1)}
    assert "student" in project.sh("dvc", "exp", "show", "--csv").stdout
    assert "train" in project.sh("dvc", "dag", "--collapse-foreach-matrix", "--mermaid").stdout


@pytest.mark.slow
def test_a_new_threshold_reruns_its_cone_and_buys_nothing_twice(project: Project, classroom: Server) -> None:
    stored, answered, before = project.stored(), classroom.ledger()["answered"], project.outs()
    project.set("discriminate.threshold", 8.0)
    stages = project.repro()
    assert stages[0] == "discriminate@0"
    assert set(stages) <= CONE_OF_THE_THRESHOLD
    assert project.stored() - stored == classroom.ledger()["answered"] - answered

    project.set("discriminate.threshold", 1.0)
    stored = project.stored()
    assert project.repro() == []
    assert project.outs() == before
    assert project.stored() == stored


@pytest.mark.slow
def test_one_more_iteration_runs_only_the_new_one(project: Project, classroom: Server) -> None:
    stored, answered = project.stored(), classroom.ledger()["answered"]
    stages = project.experiment("profile=smoke", f"teacher.endpoint={classroom.url}", "iterations=2")
    new = {f"{name}@1" for name in ("infer", "referee", "discriminate", "generate", "merge-pool")}
    new |= {f"{name}@2" for name in ("answer", "train", "evaluate")}
    assert set(stages) == new | {"report"}
    assert project.stored() - stored == classroom.ledger()["answered"] - answered


def test_a_change_of_runtime_reruns_nothing(project: Project) -> None:
    for key, value in {
        "concurrency": 3,
        "timeout_s": 5.0,
        "inference_batch_tokens": 700,
        "max_failed_share": 0.9,
    }.items():
        project.set(f"runtime.{key}", value)
    assert "Data and pipelines are up to date." in project.sh("dvc", "repro").stdout


def test_a_colleague_pulls_the_results_and_has_nothing_to_run(project: Project, tmp_path: Path) -> None:
    project.sh("dvc", "remote", "add", "-d", "shared", str(tmp_path / "remote"))
    project.commit()
    project.sh("dvc", "push", "-q", "--run-cache")
    project.sh("git", "clone", "-q", str(project.folder), str(tmp_path / "colleague"))
    colleague = Project(tmp_path / "colleague")
    colleague.sh("dvc", "pull", "-q")
    assert colleague.repro() == []


@pytest.mark.slow
def test_concurrency_1_and_64_give_the_same_bytes(smoke: Project, classroom: Server, tmp_path: Path) -> None:
    for concurrency in (1, 64):
        project = fresh(tmp_path / str(concurrency))
        settings = (f"teacher.endpoint={classroom.url}", f"runtime.concurrency={concurrency}")
        project.compose("profile=smoke", *settings)
        assert len(project.repro()) == STAGES_OF_SMOKE
        assert project.outs() == smoke.outs()


@pytest.mark.slow
def test_without_iterations_there_is_imitation_alone(classroom: Server, tmp_path: Path) -> None:
    project = fresh(tmp_path / "project")
    project.compose("profile=smoke", "iterations=0", "seed.size=10", f"teacher.endpoint={classroom.url}")
    assert project.repro() == [
        *("benchmarks", "prepare", "decontaminate", "answer@0", "train@0", "evaluate@0", "report")
    ]
