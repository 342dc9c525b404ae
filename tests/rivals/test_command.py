"""`lion evaluate` from end to end: results on disk, the table, what is added and what is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lion import jsonl
from lion.classroom.exam import questions
from lion.evaluation import benchmarks, multiple_choice
from lion.evaluation.result import figure
from lion.records import Mark, Result, identify
from lion.rivals import folder
from tests.conftest import Server
from tests.rivals.conftest import CUB, Evaluate

ROOT = Path(__file__).parent.parent.parent
OUT = Path("data/rivals/cub")
AS_CUB = ("--model", CUB, "--template", "paper")
REAL = pytest.mark.skipif(
    not os.environ.get(benchmarks.VARIABLE), reason="LION_DATA_HOME does not name the benchmarks' folder"
)


def results(folder: Path) -> dict[str, Result]:
    return {result.suite: result for result in jsonl.read(folder / "results.jsonl", Result)}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(evaluate: Evaluate, *arguments: object) -> str:
    """The one line of a command that ended in an error."""
    done = evaluate(*arguments)
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.exit_code == 1, done.output
    assert len(lines) == 1
    return lines[0].removeprefix("Error: ")


def sit(evaluate: Evaluate, *arguments: object) -> str:
    """What the command showed after the cub had sat a short exam."""
    done = evaluate(*AS_CUB, "--suite", "exam", "--items", 5, *arguments)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def answer(path: Path, answers: Sequence[tuple[str, str]]) -> Path:
    path.write_bytes(b"".join(jsonl.encode({"id": id, "text": text}) for id, text in answers))
    return path


def exam_answers(path: Path, right: int) -> Path:
    """The whole exam, of which the first `right` questions are answered rightly."""
    asked = {identify(q.instruction, q.input): q.answer for draw in ("balanced", "seeds") for q in questions(draw)}
    known = list(asked.items())
    return answer(path, [*known[:right], *((id, "?") for id, _ in known[right:])])


def test_a_checkpoint_gets_a_row_and_its_marks(evaluate: Evaluate) -> None:
    lines = sit(evaluate).splitlines()
    assert lines[0].split() == [
        "suite",
        "figure",
        "model",
        "%",
        "95",
        "%",
        "interval",
        "items",
        "unanswered",
        "differs",
        "in",
    ]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["exam-balanced", "accuracy", "cub"],
        ["exam-seeds", "accuracy", "cub"],
    ]
    found = results(OUT)
    assert [(result.subject, result.items) for result in found.values()] == [("cub", 5)] * 2
    assert found["exam-balanced"].notes[0].startswith("model: cub, sha256:")
    assert len(list(jsonl.read(OUT / "exam.jsonl", Mark))) == 10
    assert not list(Path(".lion/inference").iterdir())


def test_the_same_command_gives_the_same_bytes(evaluate: Evaluate) -> None:
    sit(evaluate)
    sit(evaluate, "--out", "elsewhere")
    assert files(OUT) == files(Path("elsewhere"))


def test_results_are_replaced_only_where_that_is_asked_for(evaluate: Evaluate) -> None:
    sit(evaluate)
    before = files(OUT)
    told = refused(evaluate, *AS_CUB, "--suite", "exam", "--items", 6)
    assert told.startswith("data/rivals/cub: has results of exam already. Replace them with --force")
    assert files(OUT) == before
    assert evaluate(*AS_CUB, "--suite", "exam", "--items", 6, "--force").exit_code == 0
    assert results(OUT)["exam-seeds"].items == 6


def test_another_model_s_folder_is_refused(evaluate: Evaluate) -> None:
    sit(evaluate)
    (OUT / "results.jsonl").write_text((OUT / "results.jsonl").read_text().replace('"exam-', '"agieval-'))
    stored = exam_answers(Path("answers.jsonl"), 0)
    told = refused(evaluate, "--answers", stored, "--suite", "exam", "--name", "cub")
    assert told.startswith(
        "data/rivals/cub: has results of another model, or of one that was prompted otherwise (model: cub"
    )
    assert evaluate("--answers", stored, "--suite", "exam", "--name", "cub", "--force").exit_code == 0
    assert set(results(OUT)) == {"exam-balanced", "exam-seeds"}


@REAL
def test_suites_are_added_to_a_folder_and_what_else_lies_there_stays(evaluate: Evaluate) -> None:
    sit(evaluate)
    (OUT / "README.md").write_text("Mine.")
    shown = evaluate(*AS_CUB, "--suite", "bbh", "--items", 4).stdout
    assert [line.split()[:3] for line in shown.splitlines()[1:]] == [["bbh", "strict_mean", "cub"]]
    assert list(results(OUT)) == ["exam-balanced", "exam-seeds", "bbh"]
    assert set(files(OUT)) == {"README.md", "bbh.jsonl", "exam.jsonl", "results.jsonl"}


def test_an_endpoint_gets_a_row_under_the_name_it_serves(evaluate: Evaluate, classroom: Server, tmp_path: Path) -> None:
    done = evaluate("--model", classroom.url, "--served-name", "expert-2", "--suite", "exam", "--items", 30)
    assert done.exit_code == 0, done.output
    found = results(Path("data/rivals/expert-2"))
    assert [result.figures["accuracy"]["value"] for result in found.values()] == [1.0, 1.0]
    assert found["exam-seeds"].notes == [f"model: expert-2 at {classroom.url}"]
    assert (tmp_path / ".lion/journal.db").exists()


def test_an_endpoint_that_fails_leaves_no_results(evaluate: Evaluate, classroom: Server) -> None:
    told = refused(evaluate, "--model", f"{classroom.url}/none", "--served-name", "m", "--suite", "exam", "--items", 3)
    assert told.startswith(f"--model {classroom.url}/none: 404 ")
    assert "Correct --served-name (found 'm') or --model" in told
    assert not files(Path("data"))


def test_answers_on_file_are_marked_like_any_other(evaluate: Evaluate) -> None:
    stored = exam_answers(Path("half.jsonl"), 100)
    assert evaluate("--answers", stored, "--suite", "exam", "--suite", "exam").exit_code == 0
    assert len(list(jsonl.read(Path("data/rivals/half/results.jsonl"), Result))) == 2
    found = results(Path("data/rivals/half"))["exam-balanced"]
    assert 0 < (found.figures["accuracy"]["value"] or 0) < 1
    assert found.decoding == {"backend": "recorded"}


@REAL
@pytest.mark.parametrize(("suite", "items"), [("bbh", 5511), ("agieval", 2546)])
@pytest.mark.parametrize("kind", ["empty", "perfect", "constant"])
def test_no_answers_score_nothing_right_ones_everything_and_constant_ones_what_the_data_say(
    evaluate: Evaluate, suite: str, items: int, kind: str
) -> None:
    asked = list(multiple_choice.questions(benchmarks.home(), suite))
    texts = {
        "empty": {},
        "perfect": {q.id: q.right_answer for q in asked},
        "constant": dict.fromkeys((q.id for q in asked), "(A)"),
    }
    rights = {"empty": 0, "perfect": items, "constant": sum(q.gold == "A" for q in asked)}
    stored = answer(Path(f"{kind}.jsonl"), list(texts[kind].items()))
    assert evaluate("--answers", stored, "--suite", suite, "--set", "evaluate.items=null").exit_code == 0
    found = results(Path("data/rivals") / kind)[suite]
    assert found.items == items
    assert found.figures["strict"]["value"] == found.figures["lenient"]["value"] == round(rights[kind] / items, 6)
    assert kind == "constant" or found.unanswered == items - rights[kind]
    assert kind != "constant" or items / 10 < rights[kind] < items / 3


def place(path: Path, accuracy: float, **changes: object) -> None:
    """Results of an exam, as a student's or a rival's stand in `data`."""
    whole = {"accuracy": figure(accuracy, accuracy - 0.1, accuracy + 0.1), "relative_score": figure(0.5, 0.4, 0.6)}
    decoding = {"backend": "transformers", "temperature": 0.0, "top_p": 1.0, "max_new_tokens": 32}
    fields = {"version": "sha256:0", "protocol": "exact", "decoding": decoding, "items": 20, **changes}
    told = Result(
        suite="exam-balanced", subject="x", prompt="", unanswered=1, faults={}, figures=whole, by={}, notes=[], **fields
    )  # type: ignore[arg-type]
    jsonl.write(path / "results.jsonl", [told])


def test_without_a_model_all_that_was_measured_is_shown(evaluate: Evaluate) -> None:
    assert "Nothing was measured yet" in evaluate().stdout
    for number in (10, 2):
        place(Path(f"data/iteration-{number}/evaluation"), 0.4)
    assert "student 10" not in evaluate().stdout  # the run has fewer
    Path("params.yaml").unlink()
    place(Path("data/rivals/alpaca"), 0.6, items=40, version="sha256:1")
    lines = evaluate().stdout.splitlines()
    assert [" ".join(line.split()) for line in lines[1:4]] == [
        "exam-balanced accuracy student 2 40.0 30.0 to 50.0 20 1",
        "student 10 40.0 30.0 to 50.0 20 1",
        "alpaca 60.0 50.0 to 70.0 40 1 version, items",
    ]
    assert lines[4].startswith("differs in: ")
    assert "relative_score" in evaluate("--all").stdout
    assert "Nothing" in evaluate("--suite", "bbh").stdout
    assert [row["model"] for row in json.loads(evaluate("--json").stdout)] == ["student 2", "student 10", "alpaca"]


def test_a_new_row_stands_first_and_the_students_beside_it(evaluate: Evaluate) -> None:
    place(Path("data/iteration-0/evaluation"), 0.4)
    lines = sit(evaluate).splitlines()
    assert [line.split()[-6 if "student" in line else 2] for line in lines[1:2]] == ["cub"]
    assert "student 0" in lines[2]
    assert lines[2].endswith("version, items, protocol")
    assert json.loads(evaluate("--json", "--suite", "exam").stdout)[1]["model"] == "cub"


def test_settings_come_from_params_a_profile_or_the_command_line(evaluate: Evaluate) -> None:
    sit(evaluate, "--set", "evaluate.max_new_tokens=2", "--set", "evaluate.temperature=0.5")
    assert results(OUT)["exam-seeds"].decoding["max_new_tokens"] == 2
    assert results(OUT)["exam-seeds"].decoding["temperature"] == 0.5
    Path("params.yaml").unlink()
    sit(evaluate, "--profile", "classroom", "--set", "evaluate.max_new_tokens=3", "--name", "other")
    assert results(Path("data/rivals/other"))["exam-seeds"].decoding["max_new_tokens"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--suite", "bhb"), "--suite: found 'bhb', wanted one of exam, vicuna"),
        (("--set", "evaluate.temprature=1"), "evaluate.temprature: unknown key"),
        (("--set", "evaluate.items=many"), "evaluate.items: found 'many'"),
        (("--set", "evaluate.suites=[]"), "--suite: found none, and none in evaluate.suites"),
        (("--set", "a: ["), "--set a: [:"),
        (("--params", "none.yaml"), "none.yaml: not found"),
        (("--name", "../up"), "--name: found '../up'"),
        (("--name", "student 0"), "--name: found 'student 0'"),
        (("--out", "data/rivals/student 0"), "--name: found 'student 0'"),
        (("--out", "params.yaml"), "params.yaml: a file, wanted a folder"),
        (("--out", "."), ".: the folder you are in"),
        (("--out", str(ROOT / "docs")), "has files, but no results.jsonl"),
        (("--answers", "none.jsonl"), "found both of --model and --answers"),
        (("--suite", "bbh"), "not found there: bbh"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv(benchmarks.VARIABLE, str(ROOT))
    assert told in refused(evaluate, *AS_CUB, *arguments)
    assert [path.name for path in Path.cwd().iterdir()] == ["params.yaml"]


def test_answers_to_unknown_items_are_counted_and_the_first_named(evaluate: Evaluate) -> None:
    stored = exam_answers(Path("answers.jsonl"), 3)
    with stored.open("ab") as file:
        file.write(b'{"id": "bbh/navigate/1", "text": "(A)"}\n{"question_id": 4, "text": "Yes."}\n')
    told = refused(evaluate, "--answers", stored, "--suite", "exam", "--items", 2)
    assert told.startswith("answers.jsonl: 2 of ")
    assert "are of no item of exam, the first is 'bbh/navigate/1'" in told
    assert "cannot be read (No such file" in refused(evaluate, "--answers", "none.jsonl", "--suite", "exam")
    assert not Path("data").exists()


def test_a_fault_in_another_row_is_told_before_anything_is_measured(evaluate: Evaluate) -> None:
    Path("data/rivals/old").mkdir(parents=True)
    Path("data/rivals/old/results.jsonl").write_text("{}\n")
    told = refused(evaluate, *AS_CUB, "--suite", "exam")
    assert told.startswith("data/rivals/old/results.jsonl:1: not a valid result")
    assert told.endswith("Remove the folder and measure it again.")
    assert not OUT.exists()


def test_what_a_suite_has_bought_goes_with_its_results(tmp_path: Path) -> None:
    stay, go = "vicuna_rouge_calls.jsonl", "vicuna_calls.jsonl"
    place(tmp_path / "row", 0.5)
    [kept] = jsonl.read(tmp_path / "row/results.jsonl", Result)
    for name in (stay, go):
        (tmp_path / "row" / name).touch()
    with folder.writing(tmp_path / "row", [replace(kept, suite="vicuna_rouge")]):
        pass
    assert set(files(tmp_path / "row")) == {stay}


def start(where: Path, *arguments: str) -> subprocess.Popen[str]:
    """The cub at the whole exam, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lion.cli", "evaluate", *AS_CUB, "--suite", "exam", *arguments],
        cwd=where,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    shown, told = process.communicate(timeout=240)
    assert process.returncode == 0, told
    return shown, told


@pytest.mark.slow
def test_two_processes_give_the_same_bytes_as_one(evaluate: Evaluate, tmp_path: Path) -> None:
    sit(evaluate)
    shown, _ = ended(start(tmp_path, "--items", "5", "--out", "shared", "--set", "runtime.launch=cpu"))
    assert shown.count("exam-balanced") == 1
    assert files(Path("shared")) == files(OUT)


@pytest.mark.slow
def test_two_processes_tell_what_is_wrong_in_one_line(evaluate: Evaluate, tmp_path: Path) -> None:
    Path("blind.jinja").write_text("Hello.")
    process = start(tmp_path, "--template", "blind.jinja", "--set", "runtime.launch=cpu")
    _, told = process.communicate(timeout=240)
    assert process.returncode == 1
    [line] = told.splitlines()
    assert "without what is asked" in line


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_was_and_ends_with_the_same_bytes(evaluate: Evaluate, tmp_path: Path) -> None:
    whole = ("--set", "evaluate.items=null", "--set", "runtime.inference_batch_tokens=700")
    ended(start(tmp_path, *whole, "--out", "undisturbed"))
    process = start(tmp_path, *whole)
    while not (kept := list(tmp_path.glob(".lion/inference/*/*/*.jsonl"))):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert kept[0].exists()
    assert not OUT.exists()
    _, told = ended(start(tmp_path, *whole))
    found = re.search(r"infer: .*\| (\d+)/\1 ", told)
    assert found
    assert int(found[1]) < 2 * len(questions("balanced"))
    assert files(OUT) == files(Path("undisturbed"))
    assert not list(Path(".lion/inference").iterdir())
