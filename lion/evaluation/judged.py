"""The suites vicuna, user_oriented and dolly_judged: how a judge likes the candidate's answers beside a reference's.

Knows what is made of the judge's scores; `judge` asks for them, `references` has the other answers. The relative score
is that of the paper's Table 1, by category that of its Figure 4.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lion import progress
from lion.chat import Chat
from lion.errors import ProviderError
from lion.evaluation import references
from lion.evaluation.judge import ORDERS, Case, judge
from lion.evaluation.open_questions import Question, questions, selection, version
from lion.evaluation.references import References
from lion.evaluation.result import among, mean_of_ratios, proportion, ratio, tell
from lion.evaluation.suite import Measured, Terms
from lion.records import Answer, Call, Judgement, Mark, Result
from lion.student import processes
from lion.student.backend import Backend, Incomplete

FIRST, SECOND = ("candidate_1", "reference_1"), ("candidate_2", "reference_2")
FIGURES = {
    "relative_score": mean_of_ratios(FIRST, SECOND),
    "setting_1": ratio(*FIRST),
    "setting_2": ratio(*SECOND),
    **{name: among(name, proportion(name)) for name in ("win", "tie", "lose")},
}
PROTOCOL = (
    "It scores the candidate's and the reference's answer from 1 to 10, in both orders. setting_1 (reference first), "
    "setting_2 (candidate first): the sum of the candidate's scores over that of the reference's; relative_score: the "
    "mean of the two; win, tie, lose: whose mean over both orders is higher. An item that was not judged in both "
    "orders counts in none of them"
)
RELEASE = re.compile(r"(?:[-:@](?:\d{4}|\d{8}|\d{4}-\d\d-\d\d|v\d+))+\Z")
DIGITS = 6
"""Of a difference, so that 7.3 + 8 against 7.6 + 7.7 is a tie."""


def measure(suite: str, subject: Backend, terms: Terms) -> Measured:
    """The judge's scores of the subject's answers and of the reference's, and what follows from them.

    Only the first process asks the teacher and the judge. Raises ProviderError where not one item could be judged:
    then nothing was measured, and whatever is asked next would be paid for in vain.
    """
    asked = terms.spread(list(questions(terms.home, suite)))
    _assert_judgeable(suite, asked, terms)
    answering = subject.answers([question.instruction for question in asked])  # begins when it is read
    found = references.find(suite, asked, terms) if processes.rank() == 0 else None
    answers = list(answering)
    missing = subject.missing if isinstance(subject, Incomplete) else frozenset[str]()
    if found is None:
        return Measured([], [])
    cases = [
        Case(suite, question.instruction, found.texts[question.id], answer.text)
        for question, answer in zip(asked, answers, strict=True)
        if question.id in found.texts and question.id not in missing
    ]
    judgements, calls = _judge(cases, terms)
    marks = list(_marks(asked, answers, found, judgements))
    _warn(suite, marks, judgements, terms)
    return Measured([_result(suite, marks, found, terms)], marks, judgements, [*found.calls, *calls])


def _assert_judgeable(suite: str, asked: Sequence[Question], terms: Terms) -> None:
    """Raise what can be known to keep the suite from being judged, before anybody is asked."""
    if terms.judge.reference == "recorded":
        references.on_record(suite, asked, terms.home)
    for question in asked[:1]:
        terms.prompts.judge(question.instruction, "", "")


def _judge(cases: Sequence[Case], terms: Terms) -> tuple[list[Judgement], list[Call]]:
    judgements: list[Judgement] = []
    calls: list[Call] = []
    with Chat("judge", terms.judge.endpoint, terms.runtime) as chat:
        found = judge(cases, terms.judge, terms.prompts, chat)
        for judgement, exchange in progress.track(found, "judge", len(ORDERS) * len(cases), chat.told):
            judgements.append(judgement)
            calls += exchange.calls("judge")
    return judgements, calls


def _marks(
    asked: Sequence[Question], answers: Sequence[Answer], found: References, judgements: Sequence[Judgement]
) -> Iterator[Mark]:
    """A mark for every question: one without a reference answer is told, and counts for nobody."""
    by_order = {(judgement.id, judgement.order): judgement for judgement in judgements}
    for question, answer in zip(asked, answers, strict=True):
        both = [by_order[question.id, order] for order in ORDERS if (question.id, order) in by_order]
        found_none = "unreferenced" if question.id not in found.texts else "unanswered"
        yield mark(question, answer.text, both, found_none)


def mark(question: Question, answer: str, judgements: Sequence[Judgement], unasked: str = "unreferenced") -> Mark:
    """What becomes of an answer, by its judgements in both orders; it has figures only where both have scores.

    `unasked` says why the judge was not asked, where it was not.

    An empty answer is marked as such, and has the judge's scores like any other.
    """
    figures = _figures(judgements)
    fault = None if answer.strip() else "empty"
    if not figures:
        fault = "unjudged" if judgements else unasked
    return Mark(question.id, question.suite, {"category": question.category}, answer, figures, fault)


def _figures(judgements: Sequence[Judgement]) -> dict[str, float]:
    """Both sides' scores in either setting, and who wins: whose mean is higher. Nothing where a score is missing."""
    found: dict[str, float] = {}
    for setting, judgement in enumerate(judgements, start=1):
        if judgement.reference is None or judgement.candidate is None:
            return {}
        found |= {f"reference_{setting}": judgement.reference, f"candidate_{setting}": judgement.candidate}
    if not found:
        return {}
    lead = round(sum(found[candidate] - found[reference] for candidate, reference in (FIRST, SECOND)), DIGITS)
    return {**found, "win": float(lead > 0), "tie": float(lead == 0), "lose": float(lead < 0)}


def _result(suite: str, marks: Sequence[Mark], found: References, terms: Terms) -> Result:
    judge = f"{terms.judge.model} at temperature {terms.judge.temperature:g}"
    interests = _interests(found.author, terms)
    for note in interests:
        progress.tell(f"{suite}: {note}")
    return tell(
        suite,
        marks,
        FIGURES,
        terms,
        version=version(terms.home, suite),
        protocol=f"judge: {judge}. {PROTOCOL}",
        notes=[found.told(), *selection(terms.home, suite), *interests],
    )


def _interests(author: str, terms: Terms) -> list[str]:
    """That the judge judges its own answers, where it does: models are known to like these best."""
    judge, settings = terms.judge.model, terms.evaluate
    student = settings.model if settings.backend == "openai" and settings.model else terms.subject
    sides = {"the reference answers": author, "the answers under test": student}
    return [
        f"the judge, {judge}, has written {what} itself, going by the name {name}: it may favour them"
        for what, name in sides.items()
        if is_same(judge, name)
    ]


def is_same(judge: str, author: str) -> bool:
    """Whether two names are of one model, but for the date or version of a release: `gpt-4` and `gpt-4-0613`."""
    return RELEASE.sub("", judge.casefold()) == RELEASE.sub("", author.casefold())


def _warn(suite: str, marks: Sequence[Mark], judgements: Sequence[Judgement], terms: Terms) -> None:
    """Tell of items that count in no figure. Raises ProviderError where none could be judged."""
    faults = Counter(mark.fault for mark in marks)
    if faults["unreferenced"]:
        progress.tell(f"{suite}: {faults['unreferenced']} of {len(marks)} items have no reference answer")
    if not faults["unjudged"]:
        return
    reasons = Counter(judgement.reason for judgement in judgements if judgement.reason)
    told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    whole = f"{suite}: {faults['unjudged']} of {len(marks)} items could not be judged in both orders ({told})"
    if any(mark.figures for mark in marks):
        progress.tell(f"{whole}; they count in no figure")
        return
    raise ProviderError(
        f"{whole}, so that nothing was measured. Read what {terms.judge.model} replied (lion journal export FILE) and "
        "change judge.model, judge.max_tokens or the template judge.txt. What was bought is kept."
    )
