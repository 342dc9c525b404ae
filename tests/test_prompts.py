"""The templates and how they are filled."""

import shutil
from pathlib import Path

import pytest

from lion.errors import DataError
from lion.prompts import Prompts
from lion.records import Instruction

OURS = Path(__file__).parent.parent / "lion/prompts/templates"


def test_an_input_stands_below_its_instruction() -> None:
    prompts = Prompts(OURS)
    assert prompts.teach(Instruction.seed("Sort.", "3 1 2")).user == "Sort.\n\nInput:\n3 1 2"
    assert prompts.teach(Instruction.seed("Name a fruit.")).user == "Name a fruit."


def test_what_is_filled_in_is_not_expanded_again() -> None:
    hostile = "costs $first or ${task} $$"
    prompt = Prompts(OURS).compare(Instruction.seed(hostile), hostile, "second")
    assert prompt.user.count(hostile) == 2


def test_the_first_answer_is_assistant_1s() -> None:
    user = Prompts(OURS).compare(Instruction.seed("Add."), "the one", "the other").user
    assert user.index("[Answer of Assistant 1]\nthe one\n") < user.index("[Answer of Assistant 2]\nthe other\n")


def test_the_two_generator_prompts_differ() -> None:
    prompts, seed = Prompts(OURS), Instruction.seed("Name a fruit.")
    assert "same task type" in prompts.same_kind(seed).user
    assert "rarer" in prompts.rarer_kind(seed).user


def test_a_folder_of_the_users_own_is_used(tmp_path: Path) -> None:
    shutil.copytree(OURS, tmp_path / "mine")
    (tmp_path / "mine/teacher.txt").write_text("Bitte: $task\n")
    assert Prompts(tmp_path / "mine").teach(Instruction.seed("Rechne.")).user == "Bitte: Rechne."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no place", "found none, wanted $task"),
        ("$task $other", r"found \$\w+, \$\w+, wanted"),
        ("5 $ $task", "a $ that"),
    ],
)
def test_a_template_with_other_places_is_told(tmp_path: Path, text: str, told: str) -> None:
    shutil.copytree(OURS, tmp_path / "mine")
    (tmp_path / "mine/teacher.txt").write_text(text)
    with pytest.raises(DataError, match=told.replace("$ ", r"\$ ").replace("$task", r"\$task")):
        Prompts(tmp_path / "mine").teach(Instruction.seed("Add."))


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"teacher-system\.txt: template cannot be read"):
        Prompts(tmp_path).teach(Instruction.seed("Add."))
