"""The life of an instruction, gathered from a small run's files, from part of them, and from files of other makers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lion import biography, ids
from lion.errors import DataError
from lion.life import Life, Related, Taught
from lion.records import Answer, Verdict
from tests.run import AGAIN, CHILD, CONTAMINATED, GRANDCHILD, ITEM, PARENT, SEED, SIMILAR, Run, begin, fill, reviews


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that was stopped in its second iteration."""
    found = begin(tmp_path, monkeypatch)
    fill(found)
    return found


def _life(run: Run, id: str) -> Life:
    return biography.gather(id, run.corridor())


def test_a_seed_has_no_parent_and_its_answer_is_told_once_though_it_is_carried(run: Run) -> None:
    life = _life(run, PARENT.id)
    assert (life.instruction, life.parent) == (PARENT, None)
    assert life.teacher == [Taught(0, f"answer to {PARENT.id}")]


def test_each_iteration_has_the_students_answer_both_reviews_and_the_verdict(run: Run) -> None:
    first, second = _life(run, PARENT.id).iterations
    assert (first.student, second.student) == ("try 0", "try 1")
    assert first.reviews == reviews(PARENT, 9, 9)
    assert (first.side, first.verdict) == ("easy", Verdict(PARENT.id, 9, 9, 0))
    assert (second.side, second.verdict) == ("hard", Verdict(PARENT.id, 9, 6, 3))


def test_what_stands_in_the_train_pool_is_trained_on_when_the_training_is_over(run: Run) -> None:
    first, second = _life(run, PARENT.id).iterations
    assert (first.is_to_learn, first.is_trained) == (True, True)
    assert (second.is_to_learn, second.is_trained) == (False, False)
    run.write("iteration-1/teacher.jsonl", Answer(CHILD.id, "Blue and green."))
    [turn] = _life(run, CHILD.id).iterations
    assert (turn.is_to_learn, turn.is_trained) == (True, False)


def test_what_the_teacher_did_not_answer_is_not_learned(run: Run) -> None:
    life = _life(run, CHILD.id)
    assert life.teacher == [Taught(1, None, "length", "cut off")]
    [turn] = life.iterations
    assert not turn.is_to_learn
    assert (turn.side, turn.verdict, turn.reason) == ("unjudged", None, "unanswered")


def test_a_born_one_knows_its_parent_and_the_parent_its_children(run: Run) -> None:
    assert _life(run, CHILD.id).parent == Related(PARENT.id, PARENT.instruction)
    [child] = _life(run, PARENT.id).children
    assert (child.id, child.iteration, child.origin, child.text) == (CHILD.id, 0, "hard", CHILD.instruction)
    [grandchild] = _life(run, CHILD.id).children
    assert (grandchild.id, grandchild.iteration) == (GRANDCHILD.id, 1)


def test_a_rejected_candidate_stands_with_its_parent_and_with_whom_it_resembled(run: Run) -> None:
    [lost] = _life(run, PARENT.id).rejected_children
    assert (lost.id, lost.reason, lost.f1) == (SIMILAR.id, "similar", 0.75)
    assert lost.nearest == Related(CHILD.id, CHILD.instruction)
    assert _life(run, CHILD.id).resembling[0].id == SIMILAR.id


def test_a_rejected_candidate_has_a_life_of_its_own(run: Run) -> None:
    life = _life(run, CONTAMINATED.id)
    assert life.instruction is None and life.iterations == []
    [lost] = life.rejections
    assert (lost.text, lost.reason) == (CONTAMINATED.instruction, "contaminated")
    assert lost.parent == Related(SEED.id, "Add the numbers.\n3 and 4")
    assert lost.nearest == Related(ITEM.id, ITEM.text)


def test_a_repetition_is_told_in_the_life_of_what_it_repeats(run: Run) -> None:
    assert [(lost.iteration, lost.reason) for lost in _life(run, CHILD.id).rejections] == [(1, "duplicate")]
    assert [(lost.iteration, lost.reason) for lost in _life(run, SEED.id).rejections] == [(0, "duplicate")]
    assert AGAIN.parent == SEED.id
    assert [lost.id for lost in _life(run, SEED.id).rejected_children] == [CONTAMINATED.id, CHILD.id]


def test_overlaps_of_a_seed_have_the_items_text(run: Run) -> None:
    [touch] = _life(run, SEED.id).overlaps
    assert (touch.suite, touch.item, touch.rule, touch.f1) == ("gsm8k", Related(ITEM.id, ITEM.text), "rouge", 0.8)


def test_every_file_that_is_not_there_leaves_a_life_that_is_shorter(run: Run) -> None:
    files = sorted((run.folder / "data").rglob("*.*"), reverse=True)
    assert len(files) > 15
    for path in files:
        path.unlink()
        _life(run, PARENT.id)
    assert _life(run, PARENT.id) == Life(PARENT.id)


def test_the_threshold_is_that_with_which_the_verdict_was_reached(run: Run) -> None:
    assert _life(run, PARENT.id).iterations[0].threshold is None
    stage = run.corridor().stages["discriminate@0"]
    lock = {"stages": {stage.name: {"cmd": "", "params": {"params.yaml": {"discriminate": {"threshold": 2.5}}}}}}
    (run.folder / "dvc.lock").write_text(json.dumps(lock))
    assert _life(run, PARENT.id).iterations[0].threshold == 2.5


def test_lines_of_another_maker_are_found_whatever_the_order_of_their_keys(run: Run) -> None:
    path = run.folder / "data/iteration-0/student.jsonl"
    path.write_text(json.dumps({"text": "by hand", "id": PARENT.id}, separators=(",", ":")))
    assert _life(run, PARENT.id).iterations[0].student == "by hand"


def test_an_id_in_a_text_is_no_record_about_it(run: Run) -> None:
    run.write("iteration-0/student.jsonl", Answer(SEED.id, f"I quote {PARENT.id}"), Answer(PARENT.id, "mine"))
    assert _life(run, PARENT.id).iterations[0].student == "mine"


def test_a_broken_line_about_it_is_told_with_its_place_and_others_are_passed_over(run: Run) -> None:
    path = run.folder / "data/iteration-1/student.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["{", lines[0], *lines[1:]]))
    assert _life(run, PARENT.id).iterations[1].student == "try 1"
    path.write_text(f'\n{{"id": "{PARENT.id}", "txt": 1}}\n')
    with pytest.raises(DataError, match=r"^data/iteration-1/student\.jsonl:2: not a valid answer"):
        _life(run, PARENT.id)


def test_an_id_may_be_shortened_while_it_is_the_only_one(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text(
        "".join(f'{{"id": "{id}"}}\n' for id in ("abcd000000000001", "abcd100000000002", "1234567890abcdef"))
    )
    assert ids.resolve("1234", [path]) == "1234567890abcdef"
    assert ids.resolve("ABCD1", [path]) == "abcd100000000002"
    assert ids.resolve("abcd000000000001", [path]) == "abcd000000000001"
    with pytest.raises(
        DataError, match=r"^abcd: ambiguous, the start of abcd000000000001, abcd100000000002\. Give more"
    ):
        ids.resolve("abcd", [path])
    with pytest.raises(DataError, match=r"^90ab: no instruction and no candidate has this id"):
        ids.resolve("90ab", [path])


def test_of_many_that_begin_alike_some_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(f'{{"id": "abcd{number:012x}"}}\n' for number in range(1200)))
    with pytest.raises(DataError) as caught:
        ids.resolve("abcd", [path])
    assert str(caught.value).endswith("abcd000000000004 and 1,195 more. Give more digits")


@pytest.mark.parametrize("given", ["abc", "", "xyz1", "0" * 17, "../../etc", "a\x1b[2Jb0"])
def test_what_is_no_id_is_refused(given: str) -> None:
    with pytest.raises(DataError, match=r"^ID: found .* wanted 4 to 16") as caught:
        ids.resolve(given, [])
    assert str(caught.value).isprintable()


def test_where_nothing_was_run_it_says_how_to_begin() -> None:
    with pytest.raises(DataError, match="Begin with: dvc repro"):
        ids.resolve("abcd", [])
