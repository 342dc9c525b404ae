"""Vicuna's and the User-Oriented questions: as published where they are at hand, and small, broken ones."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from lion.errors import DataError
from lion.evaluation.benchmarks import load
from lion.evaluation.open_questions import PUBLISHED, questions
from tests.evaluation.test_benchmarks import RECORDS, encoded, laid_out, needs_real_data

ORIENTED = {
    "id": "user_oriented_task_0",
    "motivation_app": "Gmail",
    "instruction": "Shorten it.",
    "instances": [{"input": "Too long.", "output": "Long."}],
}


def refused(home: Path, suite: str) -> str:
    with pytest.raises(DataError) as caught:
        list(questions(home, suite))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@needs_real_data
@pytest.mark.parametrize("suite", ["vicuna", "user_oriented"])
def test_the_published_questions_are_all_there_with_the_ids_of_their_items(suite: str) -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    found = list(questions(home, suite))
    assert [question.id for question in found] == [item.id for item in load(home, [suite])]
    assert len(found) == PUBLISHED[suite] == len({question.id for question in found})


@needs_real_data
def test_vicuna_has_nine_categories_and_the_user_oriented_are_all_answered() -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    categories = Counter(question.category for question in questions(home, "vicuna"))
    assert len(categories) == 9 and categories["generic"] == 10 and categories["math"] == 3
    oriented = list(questions(home, "user_oriented"))
    assert all(question.recorded for question in oriented)
    assert Counter(question.category for question in oriented)["Grammarly"] == 10


def test_a_vicuna_question_may_be_a_text_or_turns(tmp_path: Path) -> None:
    turns = {"question_id": 81, "category": "writing", "turns": ["Hello.", "And now?"]}
    laid_out(tmp_path, "vicuna", encoded("vicuna", [RECORDS["vicuna"], turns]))
    first, second = questions(tmp_path, "vicuna")
    assert (first.id, first.category, first.instruction.instruction) == ("vicuna/1", "generic", "How are you?")
    assert (second.id, second.instruction.instruction) == ("vicuna/81", "Hello.\nAnd now?")


def test_an_instance_is_the_input_and_its_output_the_recorded_answer(tmp_path: Path) -> None:
    without = {**ORIENTED, "id": "b", "instances": [{"input": ""}]}
    laid_out(tmp_path, "user_oriented", encoded("user_oriented", [ORIENTED, without]))
    one, other = questions(tmp_path, "user_oriented")
    assert (one.id, one.category, one.recorded) == ("user_oriented/user_oriented_task_0", "Gmail", "Long.")
    assert (one.instruction.instruction, one.instruction.input) == ("Shorten it.", "Too long.")
    assert (other.id, other.instruction.input, other.recorded) == ("user_oriented/b", "", "")


def test_several_instances_are_several_questions(tmp_path: Path) -> None:
    several = {**ORIENTED, "instances": [{"input": "a", "output": "x"}, {"input": "b", "output": "y"}]}
    laid_out(tmp_path, "user_oriented", encoded("user_oriented", [several]))
    found = list(questions(tmp_path, "user_oriented"))
    assert [question.id.rsplit("/", 1)[1] for question in found] == ["1", "2"]
    assert [question.recorded for question in found] == ["x", "y"]


@pytest.mark.parametrize(
    ("suite", "record", "told"),
    [
        ("vicuna", {"question_id": 1, "text": "Hm?"}, "no 'category' among the keys"),
        ("vicuna", {**RECORDS["vicuna"], "text": " "}, "an item without text"),
        ("vicuna", {"text": "Hm?", "category": "generic"}, "'question_id' is NoneType"),
        ("user_oriented", {**ORIENTED, "instances": []}, "'instances' is no list of objects, wanted at least one"),
        ("user_oriented", {**ORIENTED, "instances": ["a"]}, "'instances' is no list of objects"),
        ("user_oriented", {**ORIENTED, "instances": [{"input": "a", "output": 3}]}, "'output' is int, wanted text"),
        ("user_oriented", {**ORIENTED, "motivation_app": None}, "'motivation_app' is NoneType, wanted text"),
    ],
)
def test_a_record_that_is_no_question_is_one_line(tmp_path: Path, suite: str, record: object, told: str) -> None:
    path = laid_out(tmp_path, suite, encoded(suite, [record]))
    assert refused(tmp_path, suite).startswith(f"{path}:1: {told}")


def test_a_suite_that_is_not_there_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    assert refused(tmp_path, "vicuna") == (
        f"{tmp_path}: not found there: vicuna (vicuna/question.jsonl). "
        "Point LION_DATA_HOME to the folder that has them, or leave the suite out."
    )
