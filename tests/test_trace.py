"""`lion trace` as a user meets it: on a whole life, on part of a run, and with text that would act on a terminal."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lion import trace
from lion.cli import main
from lion.records import Answer, Instruction
from lion.terminal import ACTING, brief, quoted, shown
from tests.run import CHILD, CONTAMINATED, PARENT, SEED, SIMILAR, Run, begin, fill, reviews

HOSTILE = "\x1b[2Jgone\x07 \u202eback\u200f\x9b31m\r\u2028over \U000e0041 \x7f\x00\ufeff"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that was stopped in its second iteration."""
    found = begin(tmp_path, monkeypatch)
    fill(found)
    return found


def _trace(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments])


def test_a_whole_life_is_told_in_order(run: Run) -> None:
    done = _trace(PARENT.id[:6])
    assert done.exit_code == 0
    wanted = [
        f"{PARENT.id}  a seed",
        "  | Name three colours of the rainbow.",
        "teacher, from iteration 0 on",
        f"  | answer to {PARENT.id}",
        "iteration 0: trained on by student 0",
        "  | try 0",
        "  referee, teacher-first: teacher 9, student 9",
        "  easy: teacher 9, student 9, gap 0",
        "iteration 1",
        "  | try 1",
        "  referee, student-first: teacher 9, student 6",
        "  hard: teacher 9, student 6, gap 3",
        "1 generated from it",
        f"  {CHILD.id}  iteration 0, hard: Name two cold colours.",
        "1 rejected candidates from it",
        f"  {SIMILAR.id}  iteration 0, hard, similar {CHILD.id}, F1 0.75",
        "    Name three colours of a rainbow.",
        "    near to: Name two cold colours.",
    ]
    lines = iter(done.stdout.splitlines())
    assert [line for line in wanted if line not in lines] == []


def test_a_born_one_is_told_with_prompt_and_parent(run: Run) -> None:
    lines = _trace(CHILD.id).stdout.splitlines()
    assert lines[0] == f"{CHILD.id}  born in iteration 0 by the hard prompt"
    assert f"  parent {PARENT.id}" in lines
    assert "  came again and was rejected in iteration 1, by the hard prompt: duplicate" in lines
    assert "teacher, iteration 1: no answer, length (cut off)" in lines
    assert "  unjudged: unanswered (no answer to it)" in lines
    assert "1 rejected for being too near to it" in lines


def test_a_rejected_candidate_is_told_with_its_reason(run: Run) -> None:
    lines = _trace(CONTAMINATED.id).stdout.splitlines()
    assert lines[0] == f"{CONTAMINATED.id}  a candidate that was not kept"
    assert "  rejected in iteration 0, by the easy prompt: contaminated gsm8k/test-1 (exact)" in lines
    assert "    nearest gsm8k/test-1" in lines and "    | What is one and one?" in lines


def test_overlaps_and_inputs_are_told(run: Run) -> None:
    lines = _trace(SEED.id).stdout.splitlines()
    assert "  input" in lines and "  | 3 and 4" in lines
    assert "overlaps 1 items of benchmarks" in lines and "  rouge: F1 0.80: gsm8k/test-1" in lines


def test_json_has_the_keys_that_are_documented(run: Run) -> None:
    told = json.loads(_trace("--json", PARENT.id).stdout)
    documented = (Path(trace.__file__).parent.parent / "docs/following.md").read_text()
    assert told["instruction"]["instruction"] == PARENT.instruction
    assert told["iterations"][1]["verdict"]["gap"] == 3
    assert told["rejected_children"][0]["nearest"] == {"id": CHILD.id, "text": CHILD.instruction}
    keys = {*told, *told["iterations"][0], *told["teacher"][0], *told["children"][0], *told["rejected_children"][0]}
    assert len(keys) >= 24
    assert [key for key in sorted(keys) if f"`{key}`" not in documented] == []


def test_json_is_ascii_and_exact(run: Run) -> None:
    run.write("iteration-0/student.jsonl", Answer(PARENT.id, HOSTILE))
    done = _trace("--json", PARENT.id)
    assert json.loads(done.stdout)["iterations"][0]["student"] == HOSTILE
    assert all(" " <= letter <= "~" or letter in "\n\x7f" for letter in done.stdout)


def test_no_text_acts_on_the_terminal_wherever_it_stands(run: Run) -> None:
    evil = Instruction.seed(f"Begin {HOSTILE}", HOSTILE)
    child = Instruction("ab" * 8, f"Child {HOSTILE}", "", "hard", 0, evil.id)
    run.write("iteration-0/cache_pool.jsonl", evil)
    run.write("iteration-0/generated.jsonl", child)
    run.write("iteration-0/teacher.jsonl", Answer(evil.id, HOSTILE))
    run.write("iteration-0/student.jsonl", Answer(evil.id, HOSTILE))
    run.write("iteration-0/reviews.jsonl", *reviews(evil, 9, 9, HOSTILE))
    for id in (evil.id, child.id):
        told = _trace(id).stdout
        assert "\\x1b[2Jgone\\x07" in told and "\\u202eback" in told
        assert {letter for letter in told if unicodedata.category(letter) in ACTING} == {"\n"}


def test_a_text_cannot_pass_for_lines_of_the_command(run: Run) -> None:
    run.write("iteration-0/student.jsonl", Answer(PARENT.id, "x\n  hard: teacher 1, student 9, gap -8"))
    lines = _trace(PARENT.id).stdout.splitlines()
    assert "  |   hard: teacher 1, student 9, gap -8" in lines
    assert "  hard: teacher 1, student 9, gap -8" not in lines


@pytest.mark.parametrize(
    ("id", "fault"),
    [("abc", "ID: found 'abc', wanted 4 to 16"), ("0000", "0000: no instruction and no candidate has this id")],
)
def test_an_id_that_leads_nowhere_is_one_line(run: Run, id: str, fault: str) -> None:
    done = _trace(id)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {fault}")
    assert done.stderr.count("\n") == 1


def test_of_many_children_the_first_are_told_and_json_has_all(run: Run) -> None:
    many = [Instruction(f"{number:016x}", f"Task {number}", "", "easy", 1, SEED.id) for number in range(trace.TOLD + 5)]
    run.write("iteration-1/generated.jsonl", *many)
    done = _trace(SEED.id)
    assert f"{trace.TOLD + 5} generated from it" in done.stdout
    assert "… and 5 more: --json has all" in done.stdout
    assert len(json.loads(_trace("--json", SEED.id).stdout)["children"]) == trace.TOLD + 5


def test_before_the_first_run_and_outside_of_a_project_it_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path / "project", monkeypatch)
    assert _trace("abcd").stderr == (
        "Error: abcd: no instruction and no candidate has this id, for there is no pool here. "
        "Begin with: dvc repro, or bring back a run with: dvc checkout. Give another\n"
    )
    monkeypatch.chdir(tmp_path)
    assert _trace("abcd").stderr.startswith("Error: params.yaml: not found")


def test_letters_of_every_script_stay_as_they_are() -> None:
    text = "naïve 日本語 שלום مرحبا 😀 é"
    assert shown(text) == text


def test_what_acts_is_written_out() -> None:
    assert shown("\x1b\u202e\ud800\t\n") == "\\x1b\\u202e\\ud800\\t\\n"
    assert list(quoted("a\x0bb\n\nc", "  ")) == ["  | a\\x0bb", "  |", "  | c"]
    assert brief("a  b\n" * 9, 8) == "a b a b…"
