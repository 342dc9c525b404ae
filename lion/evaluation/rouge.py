"""How near answers come to reference answers, as ROUGE-L. Knows neither the items nor who answers.

The measure of the literature on distilling into small models (MiniLLM, Gu et al., 2024,
https://arxiv.org/abs/2306.08543; its figures are ours times 100): the F-measure of the rouge-score library on stemmed
words, the best over an item's references, and the mean over items.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.metadata import version

from lion.errors import ModelError
from lion.evaluation import rouge_items
from lion.evaluation.result import mean, tell
from lion.evaluation.rouge_items import Referenced
from lion.evaluation.suite import Measured, Terms
from lion.records import Answer, Instruction, Mark, identify
from lion.student.backend import Backend

FIGURES = {"rouge_l": mean("rouge_l")}
Score = Callable[[Sequence[str], str], float]
"""The ROUGE-L of an answer: the best over the references, which come first."""


def measure(suite: str, subject: Backend, terms: Terms) -> Measured:
    """ROUGE-L of the subject's answer to each item of `vicuna_rouge` or `dolly`: the mean, over all and by category."""
    score = scorer()
    found = rouge_items.load(suite, terms.home)
    asked = terms.spread(found.items)
    answers = subject.answers([item.instruction for item in asked])
    marks = [_mark(suite, item, answer, score) for item, answer in zip(asked, answers, strict=True)]
    protocol = f"ROUGE-L F-measure of rouge-score {version('rouge-score')} with stemming, the best over the references"
    notes = [*found.notes, *_known([item.instruction for item in asked], terms.seen)]
    return Measured([tell(suite, marks, FIGURES, terms, version=found.version, protocol=protocol, notes=notes)], marks)


def scorer() -> Score:
    """What scores an answer. Raises ModelError, one line, where rouge-score is not installed."""
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise ModelError(
            "rouge-score: not installed, wanted for the suites dolly and vicuna_rouge. "
            "Run: pip install 'lion-distillation[eval]', or leave them out"
        ) from None
    inner = RougeScorer(["rougeL"], use_stemmer=True)
    return lambda references, answer: float(inner.score_multi(references, answer)["rougeL"].fmeasure)


def _mark(suite: str, item: Referenced, answer: Answer, score: Score) -> Mark:
    figures = {"rouge_l": score(item.references, answer.text)}
    return Mark(answer.id, suite, dict(item.groups), answer.text, figures, None if answer.text.strip() else "empty")


def _known(asked: Sequence[Instruction], seen: Collection[str]) -> list[str]:
    """How many of the items the subject may have been trained on, where there are any."""
    known = sum(identify(instruction.instruction, instruction.input) in seen for instruction in asked)
    return [f"{known} of {len(asked)} items stand in the cache pool"] if known else []
