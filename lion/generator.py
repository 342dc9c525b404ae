"""The generator writes new instructions (paper, section 3.3). Knows what to ask and which candidates are valid.

A parent drawn from the hard set asks for the same domain and task type, one from the easy set for the same domain but
rarer. Candidates are judged in the order in which they were asked for, so that the outcome hangs on the replies alone.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from lion.chat import Chat, Exchange, Request
from lion.contamination import Contamination
from lion.errors import YieldError
from lion.novelty import Index
from lion.params import Generate, Generator
from lion.prompts import Prompts
from lion.records import Instruction, Origin, Overlap, Reason, Rejected, identify
from lion.words import count

MARKERS = ("#Given Prompt#", "#New Prompt#")
MIN_WORDS = 4
DRAWS = 1_000_000
"""More than any parent is drawn in one iteration."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One set of parents and how many new instructions are wanted from it."""

    origin: Origin
    parents: Sequence[Instruction]
    count: int


def arms(hard: Sequence[Instruction], easy: Sequence[Instruction], settings: Generate) -> list[Arm]:
    """The hard and the easy arm. Where a set is empty, which is a result (convergence), the other supplies all.

    Raises YieldError where both are empty.
    """
    if not hard and not easy:
        raise YieldError(
            "generate: no instruction of the cache pool is judged, wanted a hard or an easy one. "
            "See the reasons in unjudged.jsonl and the replies in reviews.jsonl; try another referee.model."
        )
    from_hard = round(settings.count * settings.hard_share) if easy else settings.count
    from_hard = from_hard if hard else 0
    return [Arm("hard", hard, from_hard), Arm("easy", easy, settings.count - from_hard)]


def known(pool: Iterable[Instruction], rules: Generate) -> Index:
    """The instructions of `pool` as candidates are compared with them: with their inputs or, as the paper, without."""
    return Index(
        (item.id, f"{item.instruction}\n{item.input}" if rules.compare_input else item.instruction) for item in pool
    )


class Draw:
    """Parents at random, each time with an attempt number that it had in no draw before, in this iteration or another.

    The same question with the same number would be answered from the journal, with an instruction that is known.
    """

    def __init__(self, iteration: int, random: Random) -> None:
        self._first, self._random = iteration * DRAWS, random
        self._drawn: Counter[str] = Counter()

    def __call__(self, arm: Arm) -> tuple[Arm, Instruction, int]:
        parent = self._random.choice(arm.parents)
        attempt = self._first + self._drawn[parent.id]
        self._drawn[parent.id] += 1
        return arm, parent, attempt


def generate(
    wanted: Sequence[Arm],
    known: Index,
    benchmarks: Contamination,
    settings: Generator,
    rules: Generate,
    prompts: Prompts,
    chat: Chat,
    *,
    iteration: int,
    random: Random,
) -> Iterator[tuple[Instruction | Rejected, Exchange]]:
    """Candidates until each arm has its count: every one kept as an Instruction or Rejected, with its exchange.

    Accepted ones are added to `known`. Asks in waves of exactly what is missing, so nothing is bought for the bin.
    Raises YieldError where `rules.max_requests_per_new` times the count did not suffice.
    """
    draw = Draw(iteration, random)
    missing = {arm.origin: arm.count for arm in wanted}
    left = math.ceil(rules.max_requests_per_new * sum(missing.values()))
    reasons: Counter[str] = Counter()
    while total := sum(missing.values()):
        if not left:
            raise YieldError(_collapse(total, rules, reasons))
        wave = [draw(arm) for arm in wanted for _ in range(missing[arm.origin])][:left]
        left -= len(wave)
        requests = [request(parent, arm.origin, attempt, settings, prompts) for arm, parent, attempt in wave]
        for (arm, parent, _), exchange in zip(wave, chat.ask(requests), strict=True):
            outcome = judge(exchange, parent, arm.origin, iteration, known, benchmarks, rules)
            if isinstance(outcome, Instruction):
                known.add(outcome.id, outcome.instruction)
                missing[arm.origin] -= 1
            else:
                reasons[outcome.reason] += 1
            yield outcome, exchange


def _collapse(missing: int, rules: Generate, reasons: Counter[str]) -> str:
    told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common(3))
    return (
        f"generate: {rules.count - missing} of {rules.count} new instructions after "
        f"{rules.max_requests_per_new:g} requests for each; rejected most: {told}. "
        "Lower generate.count, or raise generate.max_requests_per_new or generate.max_rouge; what was bought is kept."
    )


def request(parent: Instruction, origin: Origin, attempt: int, settings: Generator, prompts: Prompts) -> Request:
    """The question for a new instruction like `parent`, or rarer; at most so many tokens for each of its words."""
    prompt = prompts.same_kind(parent) if origin == "hard" else prompts.rarer_kind(parent)
    limit = max(settings.min_tokens, settings.tokens_per_word * count(f"{parent.instruction} {parent.input}"))
    return Request.to(settings, prompt, limit, attempt)


def judge(
    exchange: Exchange,
    parent: Instruction,
    origin: Origin,
    iteration: int,
    known: Index,
    benchmarks: Contamination,
    rules: Generate,
) -> Instruction | Rejected:
    """The candidate in an exchange as a new Instruction, or the first rule that it breaks."""
    text = exchange.replies[-1].text.strip() if exchange.replies else ""
    id = identify(text)
    if exchange.failure is not None:
        return Rejected(id, exchange.failure.reason, exchange.failure.detail, origin=origin, parent=parent.id)
    reason = fault(text, exchange.replies[-1].finish_reason, rules)
    if reason is not None:
        return Rejected(id, reason, instruction=text, origin=origin, parent=parent.id)
    if id in known:
        return Rejected(id, "duplicate", instruction=text, origin=origin, parent=parent.id)
    if nearest := known.nearest(text, rules.max_rouge):
        return Rejected(
            id, "similar", instruction=text, origin=origin, parent=parent.id, nearest=nearest.id, f1=nearest.f1
        )
    overlap = benchmarks.overlap(id, text)
    if overlap is not None:
        return _contaminated(overlap, text, origin, parent)
    return Instruction(id, text, "", origin, iteration, parent.id)


def _contaminated(overlap: Overlap, text: str, origin: Origin, parent: Instruction) -> Rejected:
    detail = f"{overlap.rule}: {overlap.detail}" if overlap.detail else overlap.rule
    return Rejected(
        overlap.id,
        "contaminated",
        detail,
        instruction=text,
        origin=origin,
        parent=parent.id,
        nearest=overlap.item,
        f1=overlap.f1,
    )


def fault(text: str, finish_reason: str, rules: Generate) -> Reason | None:
    """Which of the paper's rules (appendix: post-processing) a candidate's text breaks; None where it breaks none."""
    if finish_reason == "content_filter":
        return "refused"
    if not text:
        return "empty"
    if finish_reason == "length":
        return "length"
    if any(marker in text for marker in MARKERS):
        return "echo"
    if count(text) < MIN_WORDS:
        return "short"
    if text[0] in string.punctuation:
        return "punctuation"
    if rules.ascii_start and not text[0].isascii():
        return "non_ascii"
    return None
