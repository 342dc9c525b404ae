"""dvc.yaml as it stands: its stages, their parameters and their code. Nothing is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
DAG = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
STAGES = {name: stage.get("do", stage) for name, stage in DAG.items()}
ORDER = [
    "benchmarks",
    "prepare",
    "decontaminate",
    "answer",
    "train",
    "infer",
    "referee",
    "discriminate",
    "generate",
    "merge-pool",
    "evaluate",
    "report",
]
PAID = ["answer", "referee", "generate"]


def test_the_stages_are_those_of_the_loop() -> None:
    assert list(STAGES) == ORDER


def test_students_run_once_more_than_rounds() -> None:
    loops = {name: stage.get("foreach") for name, stage in DAG.items()}
    assert [name for name, loop in loops.items() if loop == "${students}"] == ["answer", "train", "evaluate"]
    assert [name for name, loop in loops.items() if loop == "${rounds}"] == ORDER[5:10]


@pytest.mark.parametrize("name", ORDER)
def test_a_stage_lists_exactly_the_parameters_that_its_script_reads(name: str) -> None:
    script = (ROOT / f"stages/{name.replace('-', '_')}.py").read_text()
    read = set(re.findall(r"\bsettings\.([\w.]+)", script))
    listed = set(STAGES[name].get("params", []))
    assert {by for path in read if (by := listing(path, listed)) != "runtime"} == listed


def listing(path: str, listed: set[str]) -> str:
    """Which listed parameter covers what a script reads: the same, or a section that it stands in; else its own."""
    parts = path.split(".")
    above = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next((name for name in above if name in listed), parts[0])


@pytest.mark.parametrize("name", ORDER)
def test_a_stage_has_a_short_description_and_depends_on_its_script(name: str) -> None:
    assert 20 <= len(STAGES[name]["desc"]) <= 64
    assert f"stages/{name.replace('-', '_')}.py" in STAGES[name]["deps"]


@pytest.mark.parametrize("name", ORDER)
def test_a_stage_is_given_every_path_that_it_writes(name: str) -> None:
    stage = STAGES[name]
    outs = [
        out if isinstance(out, str) else next(iter(out))
        for key in ("outs", "metrics", "plots")
        for out in stage.get(key, [])
    ]
    assert outs
    assert all(out in stage["cmd"] for out in outs)


@pytest.mark.parametrize("name", PAID)
def test_a_paid_stage_has_only_cached_outs(name: str) -> None:
    assert all(isinstance(out, str) for out in STAGES[name]["outs"])
    assert not {"metrics", "plots"} & set(STAGES[name])


def test_every_code_dependency_exists() -> None:
    code = {dep for stage in STAGES.values() for dep in stage["deps"] if dep.startswith(("stages/", "lion/"))}
    assert len(code) > 20
    assert [dep for dep in code if not (ROOT / dep).exists()] == []


@pytest.mark.parametrize("name", ORDER)
def test_a_stage_script_holds_no_path_and_stays_short(name: str) -> None:
    script = (ROOT / f"stages/{name.replace('-', '_')}.py").read_text()
    assert not re.search(r'"(data|models|metrics)/', script)
    assert len(script.splitlines()) <= 80
