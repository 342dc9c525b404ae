"""Arms, draws and the paper's rules for candidates."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from lion import params
from lion.chat import Chat, Exchange, Reply, Request
from lion.classroom.seeds import seeds
from lion.contamination import Contamination
from lion.errors import YieldError
from lion.generator import Arm, Draw, arms, generate, judge, request
from lion.novelty import Index
from lion.params import Decontaminate, Generate, Generator
from lion.prompts import Prompts
from lion.records import Instruction, Item, Rejected
from tests.test_params import ROOT

RULES = Generate(
    count=10,
    hard_share=0.5,
    max_rouge=0.7,
    compare_input=False,
    ascii_start=True,
    max_requests_per_new=3,
    decontaminate=Decontaminate(suites=[], ngram=13),
)
NO_BENCHMARK = Contamination()
ASKED = Request("classroom", "expert-1", "", "Write one.", 1.0, 1.0, 64)
HARD = [Instruction.seed(f"Name {n} rivers that run through France.") for n in range(3, 8)]
EASY = [Instruction.seed(f"Sort these words by length: fig{n}, apple, plum.") for n in range(5)]
PROMPTS = Prompts(ROOT / "lion/prompts/templates")
RUNTIME = params.read(ROOT / "params.yaml").runtime
SETTINGS = Generator(endpoint="classroom", model="expert-1", temperature=1, top_p=1, tokens_per_word=4, min_tokens=32)


def candidate(
    text: str, finish_reason: str = "stop", rules: Generate = RULES, benchmarks: Contamination = NO_BENCHMARK
) -> Instruction | Rejected:
    known = Index([(HARD[0].id, HARD[0].instruction)])
    exchange = Exchange(ASKED, (Reply(ASKED.key, text, finish_reason, 1, 1),), None)
    return judge(exchange, HARD[0], "hard", 2, known, benchmarks, rules)


@pytest.mark.parametrize(
    ("text", "finish_reason", "reason"),
    [
        ("Name the longest river of", "length", "length"),
        ("", "stop", "empty"),
        ("", "content_filter", "refused"),
        ("#New Prompt#: Name a lake in Spain.", "stop", "echo"),
        ("Name a lake.", "stop", "short"),
        ("- Name a lake in Spain.", "stop", "punctuation"),
        ("Öffne das Fenster im Zimmer.", "stop", "non_ascii"),
        ("Name 3 rivers that run through Spain.", "stop", "similar"),
    ],
)
def test_a_candidate_that_breaks_a_rule_is_rejected_by_that_rule(text: str, finish_reason: str, reason: str) -> None:
    outcome = candidate(text, finish_reason)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason
    assert (outcome.origin, outcome.parent) == ("hard", HARD[0].id)


def test_a_candidate_that_comes_too_close_names_its_neighbour() -> None:
    outcome = candidate("Name 3 rivers that run through Spain.")
    assert isinstance(outcome, Rejected)
    assert outcome.nearest == HARD[0].id
    assert outcome.f1 == pytest.approx(12 / 14)


def test_an_exact_copy_is_a_duplicate_whatever_the_limit() -> None:
    outcome = candidate(HARD[0].instruction, rules=RULES.model_copy(update={"max_rouge": 1.0}))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "duplicate"


QUESTION = (
    "A farmer sells the eggs of forty hens at the market every Friday and keeps a dozen for the village school. "
    "How many does she sell in a year?"
)
BENCHMARKS = Contamination([Item("gsm8k", "gsm8k/7", QUESTION), Item("mbpp", "mbpp/3", "Write a function to add.")])


@pytest.mark.parametrize(
    ("text", "item", "detail", "f1"),
    [
        (QUESTION.replace(".", " !"), "gsm8k/7", "exact", None),
        (
            f"Is this true? {QUESTION[:70]} of the town.",
            "gsm8k/7",
            "ngram: a farmer sells the eggs of forty hens at the market every friday",
            None,
        ),
        ("Write a function to add two.", "mbpp/3", "rouge", 10 / 11),
    ],
)
def test_a_candidate_that_overlaps_a_benchmark_names_the_item_and_the_rule(
    text: str, item: str, detail: str, f1: float | None
) -> None:
    outcome = candidate(text, benchmarks=BENCHMARKS)
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, outcome.nearest, outcome.detail, outcome.instruction) == (
        "contaminated",
        item,
        detail,
        text,
    )
    assert outcome.f1 == (None if f1 is None else pytest.approx(f1))


def test_the_pool_is_looked_at_before_the_benchmarks() -> None:
    text = "Name 3 rivers that run through Spain."
    outcome = candidate(text, benchmarks=Contamination([Item("vicuna", "vicuna/1", text)]))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "similar"


def test_a_valid_candidate_knows_where_it_comes_from() -> None:
    outcome = candidate("  Which lake in Spain is the deepest?\n")
    assert isinstance(outcome, Instruction)
    assert (outcome.instruction, outcome.input) == ("Which lake in Spain is the deepest?", "")
    assert (outcome.origin, outcome.iteration, outcome.parent) == ("hard", 2, HARD[0].id)


def test_the_word_instruction_is_no_reason_to_reject() -> None:
    assert isinstance(candidate("Write an instruction for folding a paper boat."), Instruction)


def test_other_languages_may_begin_as_they_like_where_the_user_says_so() -> None:
    rules = RULES.model_copy(update={"ascii_start": False})
    assert isinstance(candidate("Öffne das Fenster im Zimmer.", rules=rules), Instruction)


def test_half_of_the_new_instructions_come_from_each_set() -> None:
    assert [(arm.origin, arm.count) for arm in arms(HARD, EASY, RULES)] == [("hard", 5), ("easy", 5)]


@pytest.mark.parametrize(("hard", "easy", "counts"), [(HARD, [], [10, 0]), ([], EASY, [0, 10])])
def test_an_empty_set_leaves_all_to_the_other(
    hard: list[Instruction], easy: list[Instruction], counts: list[int]
) -> None:
    assert [arm.count for arm in arms(hard, easy, RULES)] == counts


def test_two_empty_sets_are_told_with_the_place_to_look() -> None:
    with pytest.raises(YieldError, match=r"no instruction of the cache pool is judged.*unjudged\.jsonl"):
        arms([], [], RULES)


def test_a_parent_drawn_again_is_another_attempt() -> None:
    draws = [Draw(iteration, Random(1)) for iteration in (0, 1)]
    drawn = [draw(Arm("hard", HARD[:2], 9)) for draw in draws for _ in range(9)]
    assert len({(parent.id, attempt) for _, parent, attempt in drawn}) == 18


def test_a_new_instruction_may_take_four_tokens_for_each_word_of_its_parent() -> None:
    long = Instruction.seed("Add up all of these.", " ".join("12345678"))
    assert request(long, "hard", 0, SETTINGS, PROMPTS).max_tokens == 4 * 13
    assert request(HARD[0], "hard", 0, SETTINGS, PROMPTS).max_tokens == 32


def test_candidates_come_until_each_arm_has_its_count_and_all_are_accounted_for(tmp_path: Path) -> None:
    pool = [Instruction.seed(task.instruction, task.input) for task in seeds(40, 1)]
    known = Index((item.id, item.instruction) for item in pool)
    with Chat("generator", "classroom", RUNTIME, tmp_path / "journal.db") as chat:
        found = [outcome for outcome, _ in run(arms(pool[:20], pool[20:], RULES), known, RULES, chat)]
    kept = [outcome for outcome in found if isinstance(outcome, Instruction)]
    assert [sum(item.origin == origin for item in kept) for origin in ("hard", "easy")] == [5, 5]
    assert len({item.id for item in [*pool, *kept]}) == 50
    assert {item.parent for item in kept} <= {item.id for item in pool}
    assert all(isinstance(outcome, Instruction | Rejected) for outcome in found)


def run(
    wanted: list[Arm], known: Index, rules: Generate, chat: Chat, benchmarks: Contamination = NO_BENCHMARK
) -> list[tuple[Instruction | Rejected, Exchange]]:
    return list(generate(wanted, known, benchmarks, SETTINGS, rules, PROMPTS, chat, iteration=0, random=Random(1)))


def test_a_contaminated_candidate_is_told_and_another_asked_in_its_place(tmp_path: Path) -> None:
    pool = [Instruction.seed(task.instruction, task.input) for task in seeds(40, 1)]
    wanted = arms(pool[:20], pool[20:], RULES)

    def candidates(benchmarks: Contamination) -> list[Instruction | Rejected]:
        known = Index((item.id, item.instruction) for item in pool)
        with Chat("generator", "classroom", RUNTIME, tmp_path / "journal.db") as chat:
            return [outcome for outcome, _ in run(wanted, known, RULES, chat, benchmarks)]

    first = next(outcome for outcome in candidates(NO_BENCHMARK) if isinstance(outcome, Instruction))
    found = candidates(Contamination([Item("vicuna", "vicuna/1", first.instruction)]))
    told = next(outcome for outcome in found if outcome.id == first.id)
    assert isinstance(told, Rejected)
    assert (told.reason, told.nearest) == ("contaminated", "vicuna/1")
    assert sum(isinstance(outcome, Instruction) for outcome in found) == 10


def test_a_yield_that_collapses_is_told_with_its_reasons(tmp_path: Path) -> None:
    rules = RULES.model_copy(update={"max_rouge": 0.0, "max_requests_per_new": 2.0})
    known = Index((i.id, i.instruction) for i in [*HARD, *EASY])
    with (
        Chat("generator", "classroom", RUNTIME, tmp_path / "journal.db") as chat,
        pytest.raises(YieldError, match=r"\d of 10 new instructions after 2 requests for each; rejected most: similar"),
    ):
        run(arms(HARD, EASY, rules), known, rules, chat)
