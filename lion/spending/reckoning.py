"""What stages will ask whose inputs are not there yet: from the sizes of the pools and the lengths of the seeds.

Knows the parameters alone, and nothing of the workspace, so that it deducts nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lion.chat.tokens import FRAME_TOKENS
from lion.params import Params
from lion.spending.habits import Habit
from lion.spending.need import Amount, Need, expect
from lion.spending.texts import Frames, Lengths


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`lengths` are those of the seeds, None where they are not on this machine; `requests_per_new` of the generator.

    `habits` are by role.
    """

    settings: Params
    frames: Frames
    lengths: Lengths | None
    seeds: int
    requests_per_new: float
    habits: dict[str, Habit]

    def answer(self, stage: str, iteration: int) -> Need:
        """One answer for each seed, later for each new instruction."""
        role, lengths = self.settings.teacher, self.lengths
        count = self.settings.generate.count if iteration else self.seeds
        mean = longest = None
        if lengths:
            mean = count * lengths.teach_characters / max(lengths.count, 1)
            longest = self.frames.teach + (lengths.longest_tokens if iteration else lengths.longest_task_bytes)
        at_most = most(count * role.attempts, longest, role.max_tokens)
        return Need(stage, "teacher", None, expect(count, mean, self.habits["teacher"]), at_most)

    def referee(self, stage: str, iteration: int) -> Need:
        """Two reviews for each instruction of the cache pool."""
        role, lengths, new = self.settings.referee, self.lengths, iteration * self.settings.generate.count
        calls, longest = 2 * (self.seeds + new), None
        if lengths:
            answers = self.settings.teacher.max_tokens + self.settings.infer.max_new_tokens
            tasks = (lengths.task_bytes + new * lengths.longest_tokens) / (self.seeds + new)
            longest = self.frames.compare + answers + tasks
        at_most = most(calls * role.attempts, longest, role.max_tokens)
        return Need(stage, "referee", None, expect(calls, self._compared(calls), self.habits["referee"]), at_most)

    def _compared(self, calls: int) -> float | None:
        """Characters of `calls` comparisons; None where comparisons were measured, or the answers' length is unknown.

        The student's answers are taken to be as long as the teacher's, which it learns from.
        """
        teacher, lengths = self.habits["teacher"], self.lengths
        if self.habits["referee"].prompt_tokens is not None or teacher.completion_tokens is None or not lengths:
            return None
        answers = 2 * teacher.completion_tokens * teacher.characters_per_token
        return calls * (self.frames.compare + lengths.task_bytes / max(lengths.count, 1) + answers)

    def generate(self, stage: str, iteration: int) -> Need:
        """As many requests for each new instruction as there were, else one."""
        rules, lengths = self.settings.generate, self.lengths
        calls, mean, longest = rules.count * self.requests_per_new, None, None
        if lengths:
            mean = calls * lengths.generate_characters / max(lengths.count, 1)
            parent = max(lengths.longest_task_bytes, lengths.longest_tokens if iteration else 0)
            longest = self.frames.generate + parent
        at_most = most(
            math.ceil(rules.max_requests_per_new * rules.count), longest, lengths.longest_tokens if lengths else None
        )
        return Need(stage, "generator", None, expect(calls, mean, self.habits["generator"]), at_most)


def most(calls: int, prompt_bytes: float | None, max_tokens: int | None) -> Amount:
    """`calls` calls, each with a prompt of so many bytes at most and a reply that is as long as its limit."""
    return Amount(
        calls,
        None if prompt_bytes is None else calls * (prompt_bytes + FRAME_TOKENS),
        None if max_tokens is None else calls * max_tokens,
    )
