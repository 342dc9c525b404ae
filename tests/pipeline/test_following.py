"""`lion status` and `lion trace` on a run that DVC has finished."""

from __future__ import annotations

import json

from tests.pipeline.conftest import Project


def test_a_finished_run_is_done_as_dvc_says_and_the_stages_left_no_sign(project: Project) -> None:
    assert "up to date" in project.sh("dvc", "status").stdout
    stages = json.loads(project.sh("lion", "status", "--json").stdout)["stages"]
    assert len(stages) == 15
    assert [stage for stage in stages if stage["state"] != "done"] == []
    assert list((project.folder / ".lion/running").iterdir()) == []


def test_what_is_stale_is_what_dvc_says(project: Project) -> None:
    for name in ("lion/teacher.py", "lion/evaluation/exam.py", "lion/prompts/templates/referee.txt"):
        (project.folder / name).write_text((project.folder / name).read_text() + "\n")
    project.set("train.epochs", 7)
    (project.folder / "data/iteration-0/hard.jsonl").write_text("changed\n")
    changed = json.loads(project.sh("dvc", "status", "--json").stdout)
    stages = json.loads(project.sh("lion", "status", "--json").stdout)["stages"]
    assert {stage["name"] for stage in stages if stage["state"] == "stale"} == {
        name for name, reasons in changed.items() if _would_run(reasons)
    }
    assert {"answer@0", "train@1", "referee@0", "evaluate@0"} <= set(changed)


def _would_run(reasons: list[dict[str, dict[str, str]]]) -> bool:
    """Whether something besides an out was changed, and not by a stage before it."""
    deps = {path for reason in reasons for path in reason.get("changed deps", {})}
    return bool(deps - {"data/iteration-0/hard.jsonl", "data"})


def test_a_new_instruction_is_traced_from_its_parent_to_its_training(project: Project) -> None:
    [line, *_] = (project.folder / "data/iteration-0/generated.jsonl").read_text().splitlines()
    new = json.loads(line)
    life = json.loads(project.sh("lion", "trace", "--json", new["id"][:8]).stdout)
    assert life["instruction"] == {**new, "input": ""}
    assert life["parent"]["id"] == new["parent"] and life["parent"]["text"]
    assert [(turn["iteration"], turn["is_trained"]) for turn in life["iterations"]] == [(1, True)]
    parent = json.loads(project.sh("lion", "trace", "--json", new["parent"]).stdout)
    assert new["id"] in [child["id"] for child in parent["children"]]
    assert parent["iterations"][0]["side"] == new["origin"]
    assert len(parent["iterations"][0]["reviews"]) == 2
    assert parent["iterations"][0]["threshold"] is not None
