"""BBH and AGIEval as questions: on the published files where they are at hand, and on small, broken ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from os import environ
from pathlib import Path

import pytest

from lion import jsonl
from lion.errors import DataError
from lion.evaluation.benchmarks import AGIEVAL, BBH, load
from lion.evaluation.multiple_choice import FREE, TASKS, Question, mark, measure, questions, result
from lion.evaluation.recorded import Recorded
from lion.records import Mark, Result
from tests.evaluation.terms import terms
from tests.evaluation.test_benchmarks import needs_real_data

COUNTS = {"bbh": 5_511, "agieval": 2_546}
A_IS_RIGHT = {"bbh": 969, "agieval": 574}
DATE = "What is the date?\nOptions:\n(A) 12/11/1937\n(B) 12/25/1937"
VALID = "Is it valid?\nOptions:\n- valid \n- invalid"
FRUIT = {"passage": None, "question": "Which is a fruit?", "options": ["(A)fig", "(B)brick"], "label": "A"}


@cache
def published(suite: str) -> list[Question]:
    return list(questions(Path(environ["LION_DATA_HOME"]), suite))


def bbh(home: Path, task: str, *examples: object) -> Path:
    (home / "bbh").mkdir(exist_ok=True)
    (home / f"bbh/{task}.json").write_text(json.dumps({"canary": "x", "examples": examples}))
    return home / f"bbh/{task}.json"


def agieval(home: Path, task: str, *records: object) -> Path:
    (home / "agieval").mkdir(exist_ok=True)
    (home / f"agieval/{task}.jsonl").write_bytes(b"".join(map(jsonl.encode, records)))
    return home / f"agieval/{task}.jsonl"


def one(home: Path, suite: str, task: str) -> Question:
    (question,) = questions(home, suite, [task])
    return question


def scored(asked: Iterable[Question], replies: Mapping[str, str]) -> Result:
    """The result of stored replies, as `measure` makes it."""
    return result("bbh", [mark(question, replies.get(question.id)) for question in asked], terms(), "sha256:0")


def rights(found: Result) -> tuple[int, int]:
    """How many items are right, strictly and leniently."""
    return tuple(round(found.figures[name]["value"] * found.items) for name in ("strict", "lenient"))


def means(found: Result) -> tuple[float, float]:
    return tuple(found.figures[name]["value"] for name in ("strict_mean", "lenient_mean"))


def refused(home: Path, suite: str, task: str) -> str:
    with pytest.raises(DataError) as caught:
        list(questions(home, suite, [task]))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_tasks_are_those_of_the_paper_s_tables() -> None:
    assert len(TASKS["bbh"]) == 23 and set(TASKS["bbh"]) | set(FREE) == set(BBH) and len(BBH) == 27
    assert TASKS["agieval"] == AGIEVAL and len(AGIEVAL) == 8


@needs_real_data
@pytest.mark.parametrize("suite", COUNTS)
def test_the_published_questions_are_all_there_with_the_ids_of_their_items(suite: str) -> None:
    asked = published(suite)
    assert len(asked) == COUNTS[suite]
    assert tuple(dict.fromkeys(question.task for question in asked)) == TASKS[suite]
    known = {item.id: item.text for item in load(Path(environ["LION_DATA_HOME"]), [suite])}
    assert len({question.id for question in asked} & set(known)) == len(asked)
    assert suite == "agieval" or all(question.text == known[question.id] for question in asked)
    assert all(question.gold in question.options for question in asked)
    assert {question.id for question in asked if len(question.options) < 2} <= {"bbh/snarks/89"}


@needs_real_data
def test_the_published_questions_have_their_published_options() -> None:
    by_task = {task: Counter(len(q.options) for q in published("bbh") if q.task == task) for task in TASKS["bbh"]}
    assert max(by_task["reasoning_about_colored_objects"]) == 18
    assert by_task["hyperbaton"] == {2: 250} and by_task["boolean_expressions"] == {2: 250}
    assert by_task["logical_deduction_seven_objects"] == {7: 250}
    odd = [q.id for q in published("bbh") if len(q.gold) > 1 and "A" in q.options]
    assert odd == ["bbh/movie_recommendation/164", "bbh/ruin_names/100", "bbh/ruin_names/145"]
    sizes = {task: {len(q.options) for q in published("agieval") if q.task == task} for task in AGIEVAL}
    assert sizes == {task: {4} if task.startswith(("sat", "logiqa")) else {5} for task in AGIEVAL}
    raw = (Path(environ["LION_DATA_HOME"]) / "agieval/logiqa-en.jsonl").read_text().splitlines()
    own = [
        [option.startswith(f"({chr(65 + n)})") for n, option in enumerate(json.loads(line)["options"])] for line in raw
    ]
    assert sum(not is_own for row in own for is_own in row) == 62
    assert all(set(q.options) == set("ABCD") for q in published("agieval") if q.task == "logiqa-en")


@needs_real_data
@pytest.mark.parametrize("suite", COUNTS)
def test_a_perfect_file_scores_all_an_empty_one_nothing_and_a_constant_what_the_data_say(suite: str) -> None:
    asked = published(suite)
    perfect = scored(asked, {question.id: question.right_answer for question in asked})
    assert rights(perfect) == (COUNTS[suite], COUNTS[suite]) and means(perfect) == (1.0, 1.0)
    empty = scored(asked, {})
    assert rights(empty) == (0, 0) and means(empty) == (0.0, 0.0)
    assert empty.unanswered == COUNTS[suite] and empty.faults == {"none": COUNTS[suite]}
    constant = scored(asked, {question.id: "(A)" for question in asked})
    assert rights(constant) == (A_IS_RIGHT[suite], A_IS_RIGHT[suite])
    assert A_IS_RIGHT[suite] == sum(question.gold == "A" for question in asked)


@needs_real_data
@pytest.mark.parametrize("suite", COUNTS)
@pytest.mark.parametrize("wording", ["The answer is {}.", "**{}**", "Answer: {}", "Let me think.\n{}\nThat is it."])
def test_a_perfect_answer_in_a_sentence_is_right_leniently_and_not_strictly(suite: str, wording: str) -> None:
    asked = published(suite)
    found = scored(asked, {question.id: wording.format(question.right_answer) for question in asked})
    assert rights(found) == (0, COUNTS[suite])


@needs_real_data
def test_the_four_other_tasks_of_bbh_come_on_request() -> None:
    asked = list(questions(Path(environ["LION_DATA_HOME"]), "bbh", FREE))
    assert len(asked) == 1_000 and not any(question.options for question in asked)
    assert rights(scored(asked, {question.id: question.right_answer for question in asked})) == (1_000, 1_000)
    told = scored(asked, {question.id: f"So the answer is {question.gold}." for question in asked})
    assert rights(told) == (0, 1_000) and scored(asked, {}).unanswered == 1_000


@needs_real_data
def test_a_subject_is_asked_every_question_of_the_paper_s_tables_or_some_spread_evenly() -> None:
    home = Path(environ["LION_DATA_HOME"])
    whole = measure("bbh", Recorded(Path("/dev/null")), terms(home)).results[0]
    assert whole.items == COUNTS["bbh"] and list(whole.by["task"]) == list(TASKS["bbh"])
    assert measure("bbh", Recorded(Path("/dev/null")), terms(home, bbh_tasks="all")).results[0].items == 6_511
    some = measure("agieval", Recorded(Path("/dev/null")), terms(home, items=10))
    assert some.results[0].items == 10 and some.results[0].version.startswith("sha256:")


def test_options_are_read_from_the_text_and_from_the_task(tmp_path: Path) -> None:
    bbh(tmp_path, "date_understanding", {"input": DATE, "target": "(B)"})
    bbh(tmp_path, "formal_fallacies", {"input": VALID, "target": "valid"})
    bbh(tmp_path, "sports_understanding", {"input": "Is it plausible?", "target": "no"})
    found = list(questions(tmp_path, "bbh", ["date_understanding", "formal_fallacies", "sports_understanding"]))
    assert found == [
        Question(
            "bbh/date_understanding/1",
            "bbh",
            "date_understanding",
            DATE,
            {"A": "12/11/1937", "B": "12/25/1937"},
            "B",
        ),
        Question(
            "bbh/formal_fallacies/1",
            "bbh",
            "formal_fallacies",
            VALID,
            {"valid": "valid", "invalid": "invalid"},
            "valid",
        ),
        Question(
            "bbh/sports_understanding/1",
            "bbh",
            "sports_understanding",
            "Is it plausible?",
            {"yes": "yes", "no": "no"},
            "no",
        ),
    ]
    assert [question.right_answer for question in found] == ["(B)", "valid", "no"]


def test_an_answer_that_was_broken_into_options_is_an_option_without_a_letter(tmp_path: Path) -> None:
    text = "Which?\nOptions:\n(A) Monsters\n(B) Inc\n(C) The Lion King"
    bbh(tmp_path, "movie_recommendation", {"input": text, "target": "Monsters, Inc"})
    question = one(tmp_path, "bbh", "movie_recommendation")
    assert question.gold == question.right_answer == "Monsters, Inc"
    task = {"task": question.task}
    right, wrong = {"strict": 1.0, "lenient": 1.0}, {"strict": 0.0, "lenient": 0.0}
    assert mark(question, "monsters, inc") == Mark(question.id, "bbh", task, "monsters, inc", right)
    assert mark(question, "(A)") == Mark(question.id, "bbh", task, "(A)", wrong)


def test_options_of_agieval_keep_their_letters_and_get_lost_ones_by_their_place(tmp_path: Path) -> None:
    for listed, found in [
        (["(A)fig", "(C)brick", "(B)stone"], {"A": "fig", "C": "brick", "B": "stone"}),
        (["A fig", "B? brick", "(C)stone"], {"A": "fig", "B": "brick", "C": "stone"}),
        (["fig", "brick", "(C) stone"], {"A": "fig", "B": "brick", "C": "stone"}),
    ]:
        agieval(tmp_path, "sat-math", {**FRUIT, "passage": "Read.", "options": listed})
        question = one(tmp_path, "agieval", "sat-math")
        assert question.options == found
        shown = [f"({letter}) {text}" for letter, text in found.items()]
        assert question.text == "\n".join(["Read.", "Which is a fruit?", *shown])


@pytest.mark.parametrize(
    ("task", "example", "told"),
    [
        ("date_understanding", {"input": "Which day?", "target": "(A)"}, "an item without options"),
        ("date_understanding", {"input": "Which?\nOptions:\n", "target": "(A)"}, "an item without options"),
        ("date_understanding", {"input": f"{DATE}\nor so", "target": "(A)"}, "an item without options, or with a line"),
        ("date_understanding", {"input": DATE, "target": "(G)"}, "the answer '(G)' is none of its options"),
        ("date_understanding", {"input": DATE}, "no 'target' among the keys ['input']"),
        ("date_understanding", {"input": f"{DATE}\n(B) x", "target": "(B)"}, "option 'B' stands twice, wanted once"),
        ("formal_fallacies", {"input": VALID, "target": "maybe"}, "the answer 'maybe' is none of its options"),
        ("web_of_lies", {"input": "Does he lie?", "target": "(A)"}, "the answer '(A)' is none of its options"),
        ("web_of_lies", [], "found list, wanted an object"),
    ],
)
def test_an_item_of_bbh_without_options_or_answer_is_one_line(
    tmp_path: Path, task: str, example: object, told: str
) -> None:
    path = bbh(tmp_path, task, example)
    assert refused(tmp_path, "bbh", task).startswith(f"{path}: example 1: {told}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"options": []}, "an item without options"),
        ({"options": None}, "'options' is no list of texts"),
        ({"label": "C"}, "the answer 'C' is none of its options"),
        ({"label": None}, "'label' is NoneType, wanted text"),
        ({"options": ["(A)fig", "(A)brick"]}, "option 'A' stands twice, wanted once"),
        ({"question": 7}, "'question' is int, wanted text"),
        ({"options": [f"option {number}" for number in range(27)]}, "27 options, wanted at most 26"),
    ],
)
def test_an_item_of_agieval_without_options_or_answer_is_one_line(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = agieval(tmp_path, "sat-en", FRUIT, {**FRUIT, **change})
    assert refused(tmp_path, "agieval", "sat-en").startswith(f"{path}:2: {told}")


def test_missing_files_and_unknown_tasks_are_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "agieval", "sat-en").startswith(
        f"{tmp_path}: not found there: agieval (agieval/sat-en.jsonl)."
    )
    assert refused(tmp_path, "bbh", "poetry").startswith("bbh: no task 'poetry', wanted one of boolean_expressions, ")
    path = bbh(tmp_path, "navigate", {"input": "x"})
    path.write_bytes(path.read_bytes()[:-3])
    assert refused(tmp_path, "bbh", "navigate").startswith(f"{path}:1: not JSON")


def test_accuracy_is_told_by_task_over_all_items_and_as_the_mean_of_tasks(tmp_path: Path) -> None:
    bbh(tmp_path, "date_understanding", *[{"input": DATE, "target": "(B)"}] * 4)
    bbh(tmp_path, "web_of_lies", {"input": "Does he lie?", "target": "Yes"})
    asked = list(questions(tmp_path, "bbh", ["date_understanding", "web_of_lies"]))
    replies = ["(B)", "The answer is (B).", "(A) or (B)", "", "Yes."]
    found = scored(asked, {question.id: reply for question, reply in zip(asked, replies, strict=True)})
    dates = found.by["task"]["date_understanding"]
    assert dates["items"] == 4 and found.faults == {"ambiguous": 1, "none": 1}
    assert [dates["figures"][name]["value"] for name in ("strict", "lenient")] == [0.25, 0.5]
    assert means(found) == (0.625, 0.75)
    assert [found.figures[name]["value"] for name in ("strict", "lenient")] == [0.4, 0.6]
    interval = dates["figures"]["lenient"]
    assert (interval["low"], interval["high"]) == pytest.approx((0.150, 0.850), abs=5e-4)
