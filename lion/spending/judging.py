"""What `evaluate` has still to buy: the reference answers, and the judge's readings of them beside a student's.

Knows the judged suites, from the files where they are at hand and else by their published sizes. What the students will
answer is not known before they do, so the judge's calls are reckoned and nothing is deducted from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lion.chat.journal import Journal
from lion.evaluation.open_questions import PUBLISHED, Question, is_at_hand, questions
from lion.evaluation.references import on_record
from lion.evaluation.suite import spread
from lion.params import Params
from lion.prompts import Prompts
from lion.spending import held
from lion.spending.habits import Habit
from lion.spending.need import Need, exact, expect
from lion.spending.reckoning import most
from lion.spending.texts import characters, size

SEATS = 2
"""Each item is read in both orders."""


def roles(settings: Params) -> list[str]:
    """Who is asked for the judged suites among `evaluate.suites`."""
    if not any(suite in PUBLISHED for suite in settings.evaluate.suites):
        return []
    return ["teacher", "judge"] if settings.judge.reference == "teacher" else ["judge"]


class Judging:
    """The judged suites of `settings`; `missing` are those whose items are not under `home`. `habits` are by role."""

    def __init__(self, settings: Params, prompts: Prompts, habits: Mapping[str, Habit], home: Path) -> None:
        self._settings, self._prompts, self._habits = settings, prompts, habits
        suites = [suite for suite in settings.evaluate.suites if suite in PUBLISHED]
        there, limit = [suite for suite in suites if is_at_hand(home, suite)], settings.evaluate.items
        asked = {suite: spread(list(questions(home, suite)), limit) for suite in there}
        self._asked = [question for some in asked.values() for question in some]
        self.missing = [suite for suite in suites if suite not in there]
        self._counted = sum(min(PUBLISHED[suite], limit or PUBLISHED[suite]) for suite in self.missing)
        self._recorded: dict[str, str] = {}
        if settings.judge.reference == "recorded":
            self._recorded = {
                id: text for suite, some in asked.items() for id, text in on_record(suite, some, home).texts.items()
            }

    def references(self, stage: str, journal: Journal | None) -> Need:
        """The teacher's answers to the items, which are bought once for all students."""
        role, habit = self._settings.teacher, self._habits["teacher"]
        instructions = [question.instruction for question in self._asked]
        found = held.answers(instructions, self._settings, self._prompts, journal)
        expected, at_most = exact(found.missing, habit)
        if self._counted:
            expected += expect(self._counted, None, habit)
            at_most += most(self._counted * role.attempts, None, role.max_tokens)
        return Need(stage, "teacher", found.replies, expected, at_most)

    def readings(self, stage: str) -> Need:
        """The judge's of one student's answers, two of each item."""
        role, calls = self._settings.judge, SEATS * (len(self._asked) + self._counted)
        at_most = most(calls * role.attempts, self._longest(), role.max_tokens)
        return Need(stage, "judge", None, expect(calls, self._characters(), self._habits["judge"]), at_most)

    def _longest(self) -> float | None:
        """Bytes of a prompt at most, the mean over the items. None where some of them are not known."""
        if self._counted or not self._asked:
            return None
        sizes = [
            size(self._prompts.judge(question.instruction, self._reference(question), "")) for question in self._asked
        ]
        answers = self._settings.evaluate.max_new_tokens
        if self._settings.judge.reference == "teacher":
            answers += self._settings.teacher.max_tokens
        return sum(sizes) / len(sizes) + answers

    def _characters(self) -> float | None:
        """Of all comparisons. None where comparisons were measured, or the length of items or answers is not known.

        A student's answer is taken to be as long as the reference's.
        """
        teacher = self._habits["teacher"]
        if self._counted or self._habits["judge"].prompt_tokens is not None:
            return None
        shown = [(question, self._reference(question)) for question in self._asked]
        whole: float = sum(characters(self._prompts.judge(one.instruction, text, text)) for one, text in shown)
        if self._settings.judge.reference == "teacher":
            if teacher.completion_tokens is None:
                return None
            whole += 2 * len(shown) * teacher.completion_tokens * teacher.characters_per_token
        return SEATS * whole

    def _reference(self, question: Question) -> str:
        """The recorded answer; nothing where the teacher writes it."""
        return self._recorded.get(question.id, "")
