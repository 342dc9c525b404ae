"""The answers that a judge compares a candidate's with: the teacher's, or those that come with the suite.

Knows who wrote them, and nothing of judges. The teacher's are bought as its answers to a pool are, with its own prompt
and settings, so that the journal has them for every student after the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lion import jsonl, teacher
from lion.chat import Chat
from lion.errors import DataError
from lion.evaluation import recorded
from lion.evaluation.open_questions import Question
from lion.evaluation.suite import Terms
from lion.progress import track
from lion.records import Answer, Call, Reason
from lion.student.lineage import digest

ANSWERS = Path("vicuna/answer_gpt35.jsonl")
"""Vicuna's recorded reference: ChatGPT's answers, as FastChat published them."""
PEOPLE = "the suite's own authors"
WITHOUT = "Put it there as it was published, or set judge.reference to teacher."


@dataclass(frozen=True, slots=True)
class References:
    """The reference answers by the ids of their questions; `missing` says why there is none to the others.

    `author` is a model's name, or PEOPLE; `calls` are what the answers cost.
    """

    texts: Mapping[str, str]
    author: str
    missing: Mapping[str, int]
    calls: Sequence[Call] = ()

    def told(self) -> str:
        """For the results: whose answers, which they are, and how many are missing."""
        whole = digest(part for id, text in self.texts.items() for part in (id, text))
        missing = ", ".join(f"{reason} {count}" for reason, count in self.missing.items())
        return f"reference answers: {self.author}, sha256:{whole}" + (f"; none: {missing}" if missing else "")


def find(suite: str, asked: Sequence[Question], terms: Terms) -> References:
    """The reference answers to `asked`, as `judge.reference` wants them.

    Raises DataError where there is not one, or where a file of recorded answers cannot be read.
    """
    found = _by_teacher(asked, terms) if terms.judge.reference == "teacher" else on_record(suite, asked, terms.home)
    if asked and not found.texts:
        reasons = ", ".join(f"{reason} {count}" for reason, count in found.missing.items())
        raise DataError(
            f"{suite}: found no reference answer to any of {len(asked)} questions ({reasons}), wanted those of "
            f"{found.author}. Mend judge.reference ({terms.judge.reference}), or the section teacher."
        )
    return found


def _by_teacher(asked: Sequence[Question], terms: Terms) -> References:
    settings, texts = terms.teacher, {}
    calls: list[Call] = []
    missing: Counter[Reason] = Counter()
    with Chat("teacher", settings.endpoint, terms.runtime) as chat:
        outcomes = teacher.answer([question.instruction for question in asked], settings, terms.prompts, chat)
        for outcome, exchange in track(outcomes, "reference", len(asked), chat.told):
            calls += exchange.calls("teacher")
            if isinstance(outcome, Answer):
                texts[outcome.id] = outcome.text
            else:
                missing[outcome.reason] += 1
    return References(texts, settings.model, dict(sorted(missing.items())), calls)


def on_record(suite: str, asked: Sequence[Question], home: Path) -> References:
    """The answers that come with the suite. Raises DataError where their file is not there or cannot be read."""
    if suite == "vicuna":
        author, known = _on_file(home / ANSWERS)
    else:
        author, known = PEOPLE, {question.id: question.recorded for question in asked}
    texts = {question.id: known[question.id] for question in asked if known.get(question.id, "").strip()}
    lost = len(asked) - len(texts)
    return References(texts, author, {"not recorded": lost} if lost else {})


def _on_file(path: Path) -> tuple[str, dict[str, str]]:
    """Who wrote the answers in a file, and the answers by the ids of their questions."""
    if not path.is_file():
        raise DataError(f"{path}: not found, wanted the recorded reference answers. {WITHOUT}")
    known = recorded.read(path)
    records = (jsonl.decode(line, where, WITHOUT) for where, line in jsonl.lines(path, WITHOUT))
    authors = {str(record.get("model_id", "unknown")) for record in records}
    return ", ".join(sorted(authors)), known
