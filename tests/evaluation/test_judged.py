"""The judged suites from end to end, against a classroom on loopback and against providers that misbehave."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lion import jsonl
from lion.chat.journal import Journal
from lion.classroom.exam import questions as exam_questions
from lion.errors import DataError, ProviderError
from lion.evaluation import suites
from lion.evaluation.judged import is_same, mark, measure
from lion.evaluation.open_questions import PUBLISHED, Question, questions
from lion.evaluation.recorded import Recorded
from lion.evaluation.suite import Measured, Terms
from lion.prompts import Prompts
from lion.records import Answer, Call, Instruction, Judgement, Mark, Result
from tests.chat.scripted import completion, provider
from tests.conftest import Server
from tests.evaluation.terms import terms
from tests.evaluation.test_benchmarks import encoded, laid_out, needs_real_data

Serve = Callable[..., Server]
SENSE = exam_questions("balanced")[:12]
ORIENTED = [{"id": f"u{n}", "motivation_app": "Notes", "instruction": q.instruction} for n, q in enumerate(SENSE)]
QUESTION = Question("vicuna", "generic", Instruction("vicuna/1", "Name a fruit.", "", "seed", 0))


class Says:
    """A subject with an answer to each item, by its id; or the same to all."""

    def __init__(self, answers: Mapping[str, str] | str) -> None:
        self._answers = answers

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        known = self._answers
        return (Answer(one.id, known if isinstance(known, str) else known[one.id]) for one in instructions)


RIGHT = Says({f"user_oriented/u{n}": q.answer for n, q in enumerate(SENSE)})


@pytest.fixture(autouse=True)
def _journal(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_JOURNAL", str(journal))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with questions of the classroom's as the user-oriented suite; the recorded answers are right."""
    records = [
        {**one, "instances": [{"input": q.input, "output": q.answer}]} for one, q in zip(ORIENTED, SENSE, strict=True)
    ]
    laid_out(tmp_path, "user_oriented", encoded("user_oriented", records))
    return tmp_path


def vicuna(home: Path, count: int, recorded: Sequence[object] = ()) -> Path:
    """Vicuna's files with `count` questions; the path of the recorded answers."""
    asked = [{"question_id": n, "text": f"Why {n}?", "category": "even" if n % 2 == 0 else "odd"} for n in range(count)]
    laid_out(home, "vicuna", encoded("vicuna", asked))
    path = home / "vicuna/answer_gpt35.jsonl"
    path.write_bytes(b"".join(map(jsonl.encode, recorded)))
    return path


def recorded(count: int) -> list[dict[str, Any]]:
    return [{"question_id": n, "text": f"Because of {n}.", "model_id": "gpt-3.5-turbo:20230327"} for n in range(count)]


def judging(home: Path, url: str, *, judge: Mapping[str, Any], **changes: Any) -> Terms:
    """Terms with the judge and the teacher at `url`, and other values of the section judge."""
    given = terms(home, **changes)
    return replace(
        given,
        judge=given.judge.model_copy(update={"endpoint": url, **judge}),
        teacher=given.teacher.model_copy(update={"endpoint": url}),
        runtime=given.runtime.model_copy(update={"max_retries": 0}),
    )


def replying(text: Callable[[str], str]) -> Callable[[dict[str, Any]], tuple[int, Any]]:
    """A provider that replies to what it is asked as `text` says."""
    return lambda body: (200, completion(content=text(body["messages"][-1]["content"])))


def shown(prompt: str) -> list[str]:
    """The two answers that a judge is shown."""
    return re.findall(r"\n\[Answer of Assistant \d\]\n(.*?)\n\[End of the answer", prompt, re.DOTALL)


def value(found: Measured, name: str) -> float | None:
    return found.results[0].figures[name]["value"]


RECORDED = {"reference": "recorded"}


def test_a_candidate_identical_to_the_reference_has_the_relative_score_one(home: Path, classroom: Server) -> None:
    found = measure("user_oriented", RIGHT, judging(home, classroom.url, judge=RECORDED))
    assert [value(found, name) for name in found.results[0].figures] == [1.0, 1.0, 1.0, 0.0, 1.0, 0.0]
    assert list(found.results[0].figures) == ["relative_score", "setting_1", "setting_2", "win", "tie", "lose"]
    assert (found.results[0].items, found.results[0].unanswered) == (12, 0)


def test_dolly_s_records_are_judged_beside_their_writers_answers(tmp_path: Path, classroom: Server) -> None:
    (tmp_path / "dolly").mkdir()
    records = [
        {"instruction": q.instruction, "context": q.input, "response": q.answer, "category": "qa"} for q in SENSE
    ]
    (tmp_path / "dolly/valid.jsonl").write_bytes(b"".join(map(jsonl.encode, records)))
    right = Says({f"dolly/{n}": q.answer for n, q in enumerate(SENSE, start=1)})
    found = measure("dolly_judged", right, judging(tmp_path, classroom.url, judge=RECORDED))
    assert (value(found, "relative_score"), value(found, "tie"), found.results[0].items) == (1.0, 1.0, 12)
    assert list(found.results[0].by["category"]) == ["qa"] and found.results[0].version.startswith("sha256:")


def test_nothing_is_bought_for_a_subject_that_is_not_to_be_had(home: Path, serve: Serve) -> None:
    class Gone:
        def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
            raise LookupError

    server = serve()
    with pytest.raises(LookupError):
        measure("user_oriented", Gone(), judging(home, server.url, judge={"reference": "teacher"}))
    assert server.ledger()["answered"] == 0


def test_the_same_text_twice_is_one_question_to_the_judge(home: Path, serve: Serve) -> None:
    server = serve()
    found = measure("user_oriented", RIGHT, judging(home, server.url, judge=RECORDED))
    assert server.ledger()["answered"] == 12 and len(found.calls) == 24 == len(found.judgements)


def test_an_empty_answer_is_judged_like_any_other_and_told(home: Path, classroom: Server) -> None:
    found = measure("user_oriented", Says(""), judging(home, classroom.url, judge=RECORDED))
    assert value(found, "relative_score") == 0.1  # the judge's 1 to its 10
    assert value(found, "lose") == 1.0
    assert found.results[0].faults == {"empty": 12}
    assert all(one.figures["candidate_1"] == 1.0 for one in found.marks)


def test_the_teacher_s_answers_are_bought_once_for_all_students(home: Path, serve: Serve) -> None:
    server = serve()
    given = judging(home, server.url, judge={"reference": "teacher"})
    first = measure("user_oriented", Says("It is 7."), given)
    assert server.ledger()["answered"] == 12 + 24
    second = measure("user_oriented", Says("no idea"), replace(given, subject="other"))
    assert server.ledger()["answered"] == 12 + 24 + 24
    assert [[call.role for call in one.calls] for one in (first, second)] == [["teacher"] * 12 + ["judge"] * 24] * 2
    assert first.calls[:12] == second.calls[:12]
    assert value(first, "relative_score") != value(second, "relative_score")
    assert any(note.startswith("reference answers: expert-2, sha256:") for note in first.results[0].notes)


def test_a_rerun_buys_nothing_and_writes_the_same_bytes(home: Path, serve: Serve, tmp_path: Path) -> None:
    server = serve()
    given = judging(home, server.url, judge={"temperature": 0.5})
    for name in ("one", "other"):
        suites.measure(["user_oriented"], Says("It is 7."), given, tmp_path / name)
        assert server.ledger()["answered"] == 36
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [
        "results.jsonl",
        "user_oriented.jsonl",
        "user_oriented_calls.jsonl",
        "user_oriented_judgements.jsonl",
    ]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in files)


def test_what_is_written_can_be_read(home: Path, classroom: Server, tmp_path: Path) -> None:
    suites.measure(["user_oriented"], RIGHT, judging(home, classroom.url, judge={}), tmp_path / "out")
    suite = "user_oriented"
    kinds = {f"{suite}_calls": Call, "results": Result, suite: Mark, f"{suite}_judgements": Judgement}
    counts = {name: len(list(jsonl.read(tmp_path / f"out/{name}.jsonl", kind))) for name, kind in kinds.items()}
    assert counts == {f"{suite}_calls": 36, "results": 1, suite: 12, f"{suite}_judgements": 24}


def test_batches_bring_the_same(home: Path, serve: Serve, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    given = judging(home, server.url, judge={})
    online = measure("user_oriented", RIGHT, given)
    monkeypatch.setenv("LION_JOURNAL", str(journal.with_name("other.db")))
    batch = replace(given, runtime=given.runtime.model_copy(update={"mode": "batch"}))
    assert measure("user_oriented", RIGHT, batch) == online


def test_a_judge_that_prefers_the_first_answer_shows_in_the_settings(home: Path) -> None:
    vicuna(home, 4, recorded(4))
    with provider(replying(lambda _: "9 6\nThe first is better.")) as biased:
        found = measure("vicuna", Says("So."), judging(home, biased.url, judge=RECORDED))
    assert (value(found, "setting_1"), value(found, "setting_2")) == (round(6 / 9, 6), 1.5)
    assert value(found, "relative_score") == round((6 / 9 + 1.5) / 2, 6)
    assert (value(found, "win"), value(found, "tie"), value(found, "lose")) == (0.0, 1.0, 0.0)


def test_the_relative_score_is_that_of_sums_and_stands_by_category(home: Path) -> None:
    vicuna(home, 4, recorded(4))
    scores = {"Because of 0.": 10, "Because of 1.": 2, "Because of 2.": 8, "Because of 3.": 4, "So.": 6}
    named = "Score of the Assistant 1: {}\nScore of the Assistant 2: {}"
    with provider(replying(lambda prompt: named.format(*(scores[text] for text in shown(prompt))))) as fair:
        (result,) = measure("vicuna", Says("So."), judging(home, fair.url, judge=RECORDED)).results
    assert result.figures["setting_1"] == result.figures["setting_2"] == result.figures["relative_score"]
    assert result.figures["relative_score"]["value"] == 1.0
    assert [result.figures[name]["value"] for name in ("win", "tie", "lose")] == [0.5, 0.0, 0.5]
    by = {name: group["figures"]["relative_score"]["value"] for name, group in result.by["category"].items()}
    assert by == {"even": round(12 / 18, 6), "odd": 2.0}
    assert result.figures["relative_score"]["low"] < 1.0 < result.figures["relative_score"]["high"]


def test_an_item_that_one_order_leaves_unjudged_counts_nowhere_but_is_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vicuna(home, 4, recorded(4))

    def moody(prompt: str) -> str:
        return "I would rather not." if "Why 1?" in prompt and shown(prompt)[0] == "So." else "5 5"

    with provider(replying(moody)) as server:
        found = measure("vicuna", Says("So."), judging(home, server.url, judge=RECORDED))
        assert len(server.bodies) == 8 + 2  # attempts: 3
    (result,) = found.results
    assert (result.items, result.unanswered, result.faults) == (4, 1, {"unjudged": 1})
    assert found.marks[1].figures == {} and found.marks[1].fault == "unjudged"
    assert [one.reason for one in found.judgements if one.id == "vicuna/1"] == [None, "unreadable"]
    assert value(found, "tie") == 1.0 and result.by["category"]["odd"]["items"] == 2
    told = "vicuna: 1 of 4 items could not be judged in both orders (unreadable 1); they count in no figure"
    assert told in capsys.readouterr().err


def test_where_nothing_is_readable_the_run_ends_in_one_line_and_what_was_bought_is_kept(
    home: Path, journal: Path
) -> None:
    vicuna(home, 3, recorded(3))
    with provider(replying(lambda _: "Both are nice.")) as server, pytest.raises(ProviderError) as caught:
        measure("vicuna", Says("So."), judging(home, server.url, judge={**RECORDED, "attempts": 2}))
    assert str(caught.value).startswith("vicuna: 3 of 3 items could not be judged in both orders (unreadable 6), so")
    assert "\n" not in str(caught.value)
    assert len(server.bodies) == 12
    with closing(Journal(journal)) as book, book.reading() as connection:
        assert connection.execute("SELECT count(*) FROM replies").fetchone() == (12,)


def test_a_question_without_a_recorded_answer_is_counted_and_nobody_is_asked_about_it(
    home: Path, classroom: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    vicuna(home, 3, [{"question_id": 0, "text": "Why not?"}, {"question_id": 1, "text": " "}, *recorded(9)[5:]])
    found = measure("vicuna", Says("So."), judging(home, classroom.url, judge=RECORDED))
    assert found.results[0].faults == {"unreferenced": 2} and found.results[0].items == 3
    assert len(found.judgements) == 2
    assert "gpt-3.5-turbo:20230327, unknown" in found.results[0].notes[0]
    assert found.results[0].notes[0].endswith("; none: not recorded 2")
    assert "vicuna: 2 of 3 items have no reference answer" in capsys.readouterr().err


def test_a_question_that_the_teacher_does_not_answer_is_counted_with_the_reason(home: Path) -> None:
    vicuna(home, 3)

    def teacher(body: dict[str, Any]) -> tuple[int, Any]:
        asked = body["messages"][-1]["content"]
        return 200, completion(content="6 7" if "[Answer" in asked else "" if "Why 2?" in asked else "Because.")

    with provider(teacher) as server:
        found = measure("vicuna", Says("So."), judging(home, server.url, judge={"reference": "teacher"}))
    assert [one.fault for one in found.marks] == [None, None, "unreferenced"]
    assert found.results[0].notes[0].endswith("; none: empty 1")
    assert len(found.calls) == 1 + 1 + 3 + 4


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (None, "answer_gpt35.jsonl: not found, wanted the recorded reference answers. Put it there"),
        ([{"text": "Because."}], "answer_gpt35.jsonl:1: no 'id' among the keys ['text']"),
        ([{"question_id": 0}], "answer_gpt35.jsonl:1: no 'text' among the keys"),
        (recorded(9)[5:], "vicuna: found no reference answer to any of 3 questions (not recorded 3)"),
    ],
)
def test_recorded_answers_that_are_of_no_use_are_one_line_before_anybody_is_asked(
    home: Path, lines: list[object] | None, told: str
) -> None:
    path = vicuna(home, 3, lines or ())
    if lines is None:
        path.unlink()
    with pytest.raises(DataError) as caught:
        measure("vicuna", Says({}), judging(home, "http://127.0.0.1:9/v1", judge=RECORDED))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_a_suite_that_is_cut_is_one_line_before_anybody_is_asked(home: Path) -> None:
    vicuna(home, 2, recorded(2))
    path = home / "vicuna/question.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"question\.jsonl:2: not JSON"):
        measure("vicuna", Says({}), judging(home, "http://127.0.0.1:9/v1", judge={}))


def test_as_many_items_are_asked_as_the_parameters_want(home: Path, classroom: Server) -> None:
    found = measure("user_oriented", RIGHT, judging(home, classroom.url, judge=RECORDED, items=5))
    assert [one.id for one in found.marks] == [f"user_oriented/u{n}" for n in (0, 2, 4, 7, 9)]


@pytest.mark.parametrize(
    ("judge", "reference", "evaluate", "subject", "noted"),
    [
        ("expert-2", "teacher", {}, "student", ["the reference answers"]),
        ("gpt-4", "teacher", {}, "student", []),
        ("gpt-3.5-turbo", "recorded", {}, "student", ["the reference answers"]),
        ("gpt-4", "recorded", {}, "gpt-4-0613", ["the answers under test"]),
        ("m", "recorded", {"backend": "openai", "endpoint": "x", "model": "m"}, "s", ["the answers under test"]),
    ],
)
def test_a_judge_of_its_own_answers_is_told_in_the_result_and_on_standard_error(
    home: Path,
    classroom: Server,
    capsys: pytest.CaptureFixture[str],
    judge: str,
    reference: str,
    evaluate: dict[str, str],
    subject: str,
    noted: list[str],
) -> None:
    vicuna(home, 1, recorded(1))
    given = judging(home, classroom.url, judge={"model": judge, "reference": reference}, **evaluate)
    (result,) = measure("vicuna", Says("So."), replace(given, subject=subject)).results
    lines = [line for line in capsys.readouterr().err.splitlines() if "has written" in line]
    assert [note.split(" itself")[0] for note in result.notes[1:]] == [
        f"the judge, {judge}, has written {w}" for w in noted
    ]
    assert lines == [f"vicuna: {note}" for note in result.notes[1:]]
    assert result.protocol.startswith(f"judge: {judge} at temperature 0.")


@pytest.mark.parametrize(
    ("judge", "author", "same"),
    [
        ("gpt-4", "GPT-4-0613", True),
        ("gpt-3.5-turbo-0125", "gpt-3.5-turbo:20230327", True),
        ("gpt-4o-2024-08-06", "gpt-4o", True),
        ("vicuna-13b", "vicuna-7b", False),
        ("gpt-4", "gpt-4o", False),
        ("expert-2", "expert-3", False),
    ],
)
def test_models_are_told_apart_by_name_and_not_by_release(judge: str, author: str, same: bool) -> None:
    assert is_same(judge, author) is same


def judgements(first: tuple[float, float], second: tuple[float, float]) -> list[Judgement]:
    orders = ("reference-first", "candidate-first")
    return [
        Judgement("vicuna/1", "vicuna", order, "", 1, 1, *scores)
        for order, scores in zip(orders, (first, second), strict=True)
    ]


@pytest.mark.parametrize(
    ("first", "second", "won"),
    [((7, 8), (7, 7), "win"), ((7.3, 7.6), (8, 7.7), "tie"), ((8, 7), (7, 8), "tie"), ((9, 1), (1, 8), "lose")],
)
def test_who_has_the_higher_mean_of_both_orders_wins(
    first: tuple[float, float], second: tuple[float, float], won: str
) -> None:
    figures = mark(QUESTION, "So.", judgements(first, second)).figures
    assert [name for name in ("win", "tie", "lose") if figures[name] == 1.0] == [won]
    assert (figures["reference_1"], figures["candidate_2"]) == (first[0], second[1])


@pytest.mark.slow
@needs_real_data
def test_recorded_students_are_judged_against_recorded_chatgpt(tmp_path: Path, serve: Serve) -> None:
    server, home = serve(), Path(os.environ["LION_DATA_HOME"])
    found: dict[str, list[Result]] = {}
    for run in ("one", "other"):
        for name in ("vicuna-13b", "alpaca-13b", "llama-13b"):
            subject = Recorded(home / f"vicuna/answer_{name}.jsonl")
            given = replace(judging(home, server.url, judge=RECORDED), subject=name)
            found[name] = suites.measure(["vicuna", "user_oriented"], subject, given, tmp_path / run / name)
        if run == "one":
            bought = server.ledger()["answered"]
    assert bought == server.ledger()["answered"]
    assert [[result.items for result in results] for results in found.values()] == [[80, 252]] * 3
    assert [results[0].faults for results in found.values()] == [{}, {}, {"empty": 1}]
    assert all(results[1].faults == {"unanswered": 252} for results in found.values())
    written = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.jsonl")]
    assert len(written) == 3 * 5  # nobody was asked about the second suite
    assert all((tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes() for path in written)


@pytest.mark.slow
@needs_real_data
@pytest.mark.parametrize("suite", ["vicuna", "user_oriented"])
def test_the_recorded_reference_judged_beside_itself_has_the_relative_score_one(suite: str, serve: Serve) -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    if suite == "vicuna":
        subject: Any = Recorded(home / "vicuna/answer_gpt35.jsonl")
    else:
        subject = Says({question.id: question.recorded for question in questions(home, suite)})
    found = measure(suite, subject, judging(home, serve().url, judge=RECORDED))
    assert value(found, "relative_score") == value(found, "tie") == 1.0
    assert (len(found.marks), found.results[0].faults) == (PUBLISHED[suite], {})


def test_items_without_an_answer_are_not_judged_and_count_in_no_figure(home: Path, serve: Serve) -> None:
    server, path = serve(), home / "answers.jsonl"
    path.write_bytes(jsonl.encode({"id": "user_oriented/u0", "text": SENSE[0].answer}))
    found = measure("user_oriented", Recorded(path), judging(home, server.url, judge=RECORDED))
    assert (found.results[0].items, found.results[0].faults) == (12, {"unanswered": 11})
    assert (value(found, "relative_score"), len(found.judgements)) == (1.0, 2)


def test_a_template_of_the_judge_that_cannot_be_filled_is_told_before_anybody_is_asked(home: Path) -> None:
    given = terms(home)
    for name in ("task.txt", "task-input.txt"):
        (home / name).write_text(Path("lion/prompts/templates", name).read_text())
    (home / "judge.txt").write_text("Compare $first and $second.")
    with pytest.raises(DataError, match=r"judge\.txt: found .*, wanted .*\$task"):
        measure("user_oriented", Says(""), replace(given, prompts=Prompts(home)))
