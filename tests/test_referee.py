"""Reading the referee's replies, and reviews in both orders."""

from lion.chat import Exchange, Failure, Reply, Request
from lion.prompts import Prompts
from lion.records import Instruction, Review
from lion.referee import Pair, is_readable, judge, pair, read, request
from lion.scores import Unreadable
from tests.test_params import ROOT

ID = "a" * 16
PROMPTS = Prompts(ROOT / "lion/prompts/templates")
ASKED = Request("classroom", "expert-1", "", "Which is better?", 0.2, 1.0, 512)


def exchange(*texts: str, failure: Failure | None = None) -> Exchange:
    replies = tuple(Reply(ASKED.later(n).key, text, "stop", 1, 1) for n, text in enumerate(texts))
    return Exchange(ASKED, replies, failure)


def test_the_scores_follow_the_order_in_which_the_answers_were_shown() -> None:
    reply = exchange("Score of the Assistant 1: 9\nScore of the Assistant 2: 4")
    assert (judge(ID, "teacher-first", reply).teacher, judge(ID, "student-first", reply).teacher) == (9.0, 4.0)


def test_a_reply_without_second_score_is_unreadable_and_has_no_number() -> None:
    review = judge(ID, "teacher-first", exchange("nonsense", "Score of the Assistant 1: 9"))
    assert review == Review(ID, "teacher-first", "Score of the Assistant 1: 9", reason="unreadable")


def test_a_reply_that_was_cut_off_is_unreadable_though_it_shows_two_scores() -> None:
    text = "Score of the Assistant 1: 9\nScore of the Assistant 2: 1"
    cut = Exchange(ASKED, (Reply(ASKED.key, text, "length", 1, 1),))
    assert judge(ID, "teacher-first", cut).reason == "unreadable"
    assert read(cut.replies[0]) == Unreadable("cut off")
    assert [is_readable(reply) for reply in (*cut.replies, *exchange(text).replies)] == [False, True]


def test_a_request_that_failed_keeps_its_reason() -> None:
    assert judge(ID, "student-first", exchange(failure=Failure("failed", "timed out"))).reason == "failed"


def test_the_student_s_answer_stands_first_when_it_is_shown_first() -> None:
    both = Pair(Instruction.seed("Name a fruit."), "TEACHER", "STUDENT")
    assert both and ID
    from lion.params import Referee

    settings = Referee(endpoint="classroom", model="m", temperature=0.2, top_p=1, max_tokens=512, attempts=3)
    shown = request(both, "student-first", settings, PROMPTS).user
    assert shown.index("STUDENT") < shown.index("TEACHER")


def test_only_instructions_that_both_answered_are_paired() -> None:
    pool = [Instruction.seed("Name a fruit."), Instruction.seed("Name a river.")]
    from lion.records import Answer

    by_teacher = {pool[0].id: Answer(pool[0].id, "apple")}
    by_student = {i.id: Answer(i.id, "") for i in pool}
    assert pair(pool, by_teacher, by_student) == [Pair(pool[0], "apple", "")]
