"""BIG-Bench Hard and AGIEval as questions with options, and the accuracy of answers to them.

Knows the two suites' irregularities; where their files lie and how a reply is read, `benchmarks` and `choices` know.
The paper's Table 3 has BBH's 23 multiple-choice tasks and their mean, its Table 2 AGIEval's eight English ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase as LETTERS

from lion.errors import DataError
from lion.evaluation.benchmarks import AGIEVAL, BBH, VARIABLE, Entry, Fault, entries, string, strings, told, version
from lion.evaluation.choices import Unread, is_exactly, is_stated, lenient, strict
from lion.evaluation.result import mean_of_shares, proportion, tell
from lion.evaluation.suite import Measured, Terms
from lion.records import Instruction, Mark, Result
from lion.student.backend import Backend

FREE = ("dyck_languages", "multistep_arithmetic_two", "object_counting", "word_sorting")
"""The tasks of BBH whose answers are written out; they have no options."""
TASKS = {"bbh": tuple(task for task in BBH if task not in FREE), "agieval": AGIEVAL}
"""The multiple-choice tasks of each suite."""
WORDS = {
    "boolean_expressions": ("True", "False"),
    "sports_understanding": ("yes", "no"),
    "web_of_lies": ("Yes", "No"),
}
"""The options of the tasks that do not list any."""
WITHOUT = f"Point {VARIABLE} to the folder that has them, or leave the suite out."
PROTOCOL = (
    "zero-shot, no chain of thought. strict: the answer is one option and nothing else; lenient: an option that a "
    "longer answer settles on. The means are over tasks, each with the same weight"
)
FIGURES = {"strict": proportion("strict"), "lenient": proportion("lenient")}
OVERALL = {f"{name}_mean": mean_of_shares(name, "task") for name in FIGURES}
HEADING = "\nOptions:\n"
LISTED = re.compile(r"\(([A-Z])\)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """An item as a model is shown it (`text`), its options' texts by label, and the label of the right one.

    Options with letters have them as labels (`A`), others their own text (`True`). A question of FREE has no options;
    its `gold` is the answer itself.
    """

    id: str
    suite: str
    task: str
    text: str
    options: Mapping[str, str]
    gold: str

    @property
    def right_answer(self) -> str:
        """What a perfect model replies, as the suite writes it."""
        return f"({self.gold})" if len(self.gold) == 1 and self.gold in self.options else self.gold


def questions(folder: Path, suite: str, tasks: Collection[str] | None = None) -> Iterator[Question]:
    """The questions of `suite`, in its order: of its multiple-choice tasks, or of `tasks`, which FREE may be among.

    Raises DataError, one line with the place, where a file is not there or a record is no question with its answer.
    """
    known = BBH if suite == "bbh" else TASKS[suite]
    if unknown := sorted(set(tasks or ()).difference(known)):
        raise DataError(f"{suite}: no task {unknown[0]!r}, wanted one of {', '.join(known)}. Mend the name.")
    for entry in entries(folder, [suite], WITHOUT, TASKS[suite] if tasks is None else tasks):
        with told(entry.where):
            question = _bbh(entry) if suite == "bbh" else _agieval(entry)
        yield question


def measure(suite: str, subject: Backend, terms: Terms) -> Measured:
    """The accuracy of the subject's answers, read strictly and leniently: by task, their mean, and over all items."""
    tasks = BBH if suite == "bbh" and terms.evaluate.bbh_tasks == "all" else TASKS[suite]
    asked = terms.spread(list(questions(terms.home, suite, tasks)))
    answers = subject.answers([Instruction(question.id, question.text, "", "seed", 0) for question in asked])
    marks = [mark(question, answer.text) for question, answer in zip(asked, answers, strict=True)]
    return Measured([result(suite, marks, terms, version(terms.home, suite, tasks))], marks)


def mark(question: Question, reply: str | None) -> Mark:
    """What becomes of a reply to a question; without one it is unanswered."""
    reply = reply or ""
    if not question.options:
        right = is_exactly(reply, question.gold), is_stated(reply, question.gold)
        return _mark(question, reply, right, None if reply.strip() else "none")
    exact, chosen = strict(reply, question.options), lenient(reply, question.options)
    return _mark(question, reply, (exact.label == question.gold, chosen.label == question.gold), chosen.why)


def _mark(question: Question, reply: str, right: tuple[bool, bool], why: Unread | None) -> Mark:
    figures = {"strict": float(right[0]), "lenient": float(right[1])}
    return Mark(question.id, question.suite, {"task": question.task}, reply, figures, why)


def result(suite: str, marks: Sequence[Mark], terms: Terms, version: str) -> Result:
    """The accuracies of `marks`; the mean of the tasks' is the paper's figure."""
    return tell(suite, marks, FIGURES, terms, version=version, protocol=PROTOCOL, overall=OVERALL)


def _bbh(entry: Entry) -> Question:
    """An item of BBH: its options stand at the end of its text, or are the words of its task.

    Three published items list the parts of a name with commas as options of their own, and have the whole name as the
    answer: it is then an option without a letter.
    """
    task, text, target = str(entry.task), string(entry.fields, "input"), string(entry.fields, "target").strip()
    if task in FREE:
        return Question(entry.id, entry.suite, task, text, {}, target)
    options = {word: word for word in WORDS[task]} if task in WORDS else _listed(text)
    letter = LISTED.fullmatch(target)
    gold = letter[1] if letter and not letter[2] else target
    if gold not in options:
        if gold != target or not set(options).issubset(LETTERS):
            raise Fault(f"the answer {target!r} is none of its options")
        options[gold] = gold
    return Question(entry.id, entry.suite, task, text, options, gold)


def _listed(text: str) -> dict[str, str]:
    """The options below the heading in a text of BBH: `(A) …` or `- …`, one a line."""
    _, heading, below = text.rpartition(HEADING)
    lines = [line.strip() for line in below.splitlines() if line.strip()] if heading else []
    words = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    if lines and len(words) == len(lines):
        return _distinct((word, word) for word in words)
    letters = [found for line in lines if (found := LISTED.fullmatch(line))]
    if not lines or len(letters) < len(lines):
        raise Fault("an item without options, or with a line among them that is none")
    return _distinct((found[1], found[2]) for found in letters)


def _agieval(entry: Entry) -> Question:
    """An item of AGIEval. Options may stand in another order than their letters; one without has its place's."""
    fields = entry.fields
    passage = "" if fields.get("passage") is None else string(fields, "passage")
    listed = strings(fields, "options")
    if len(listed) > len(LETTERS):
        raise Fault(f"{len(listed)} options, wanted at most {len(LETTERS)}")
    options = _distinct(_lettered(option, letter) for option, letter in zip(listed, LETTERS, strict=False))
    gold = string(fields, "label").strip()
    if not options:
        raise Fault("an item without options")
    if gold not in options:
        raise Fault(f"the answer {gold!r} is none of its options")
    shown = [passage, string(fields, "question"), *(f"({letter}) {text}" for letter, text in options.items())]
    return Question(entry.id, entry.suite, str(entry.task), "\n".join(shown).strip(), options, gold)


def _lettered(option: str, letter: str) -> tuple[str, str]:
    """An option's letter and its text: `(B)plum`; where it has lost the brackets, `B plum` or `B? plum`."""
    if found := LISTED.fullmatch(option.strip()):
        return found[1], found[2]
    return letter, re.sub(rf"\A{letter}[?.:)]? +", "", option.strip())


def _distinct(options: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, text in options:
        if label in found:
            raise Fault(f"option {label!r} stands twice, wanted once")
        found[label] = text
    return found
