"""The exam: fixed, balanced or seed-like, held out, and marked by exact match after normalisation."""

from collections import Counter

import pytest

from lion.classroom import expert
from lion.classroom.curriculum import FAMILIES, recognise
from lion.classroom.exam import DRAWS, SPLITS, Question, is_right, questions, score
from lion.classroom.seeds import seeds

every_exam = pytest.mark.parametrize(("draw", "split"), [(draw, split) for draw in DRAWS for split in SPLITS])


def _content(question: Question) -> tuple[str, str, frozenset[tuple[str, str]]]:
    problem = recognise(f"{question.instruction}\n{question.input}")
    assert problem is not None
    return problem.family.name, problem.family.split(problem.data), frozenset(problem.data.items())


@every_exam
def test_exam_is_the_same_for_everybody_and_asks_nothing_twice(draw: str, split: str) -> None:
    found = questions(draw, split)
    assert found == questions(draw, split)
    assert len(set(found)) == len(found)
    assert 600 <= len(found) <= 800


@pytest.mark.parametrize("split", SPLITS)
def test_balanced_exam_asks_every_family_equally_often(split: str) -> None:
    counts = Counter(question.family for question in questions("balanced", split))
    assert set(counts) == {family.name for family in FAMILIES}
    assert len(set(counts.values())) == 1


def test_seed_like_exam_asks_common_families_most() -> None:
    counts = Counter(question.family for question in questions("seeds"))
    assert counts.most_common(1)[0][0] == FAMILIES[0].name
    assert counts[FAMILIES[0].name] > 5 * counts[FAMILIES[-1].name]


def test_no_content_stands_in_two_splits() -> None:
    held_out = {split: {_content(q) for draw in DRAWS for q in questions(draw, split)} for split in SPLITS}
    assert {content[1] for content in held_out["test"]} == {"test"}
    assert {content[1] for content in held_out["validation"]} == {"validation"}
    assert not held_out["test"] & held_out["validation"]


def test_no_question_is_among_the_seeds() -> None:
    asked = {(q.instruction, q.input) for draw in DRAWS for split in SPLITS for q in questions(draw, split)}
    assert not asked & {(task.instruction, task.input) for task in seeds(3_000, 1)}


def test_no_generated_task_has_an_exams_content() -> None:
    for question in questions("balanced")[:100]:
        for rule in ("of the same task type", "but it is rarer"):
            prompt = f"{rule}\n\n#Given Prompt#:\n{question.instruction}\n{question.input}\n\n#New Prompt#:"
            posed = expert.reply([{"role": "user", "content": prompt}], temperature=1.0).text
            problem = recognise(posed)
            assert problem is not None
            assert problem.family.split(problem.data) == "pool"


@every_exam
def test_teacher_passes_the_exam(draw: str, split: str) -> None:
    for question in questions(draw, split)[:200]:
        task = f"{question.instruction}\n\nInput:\n{question.input}" if question.input else question.instruction
        answer = expert.reply([{"role": "user", "content": task}], temperature=1.0).text
        assert is_right(question, answer)
        assert score(question, answer) == 10


def test_wrong_answer_is_not_right_but_may_score() -> None:
    question = next(q for q in questions("balanced") if q.family == "addition" and q.answer != q.answer[::-1])
    assert not is_right(question, question.answer[::-1])
    assert 1 < score(question, question.answer[::-1]) < 10
    assert score(question, "") == 1


@pytest.mark.parametrize(("draw", "split"), [("balanced", "pool"), ("even", "test")])
def test_unknown_exam_is_refused_with_the_permitted_names(draw: str, split: str) -> None:
    with pytest.raises(ValueError, match=r"'balanced', 'seeds'.*'test', 'validation'"):
        questions(draw, split)


def test_question_that_is_not_the_exams_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="wanted a question of the exam"):
        score(Question("Write a poem.", "", "", "addition", "arithmetic"), "42")
