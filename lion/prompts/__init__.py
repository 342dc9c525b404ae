"""The texts that are sent to the proprietary model. Knows the templates and how to fill them, not who sends them.

A template is a text file with `$name` places (string.Template); what is filled in is never expanded again.
A folder of the user's own may take the place of `lion/prompts/templates`; it holds the same files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

from lion.errors import DataError
from lion.records import Instruction


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a chat model."""

    system: str
    user: str


class Prompts:
    """The templates of one folder, each read when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[str, Template] = {}

    def task(self, instruction: Instruction) -> str:
        """The instruction as a person would read it, its input below it where there is one."""
        if not instruction.input:
            return self._fill("task", instruction=instruction.instruction)
        return self._fill("task-input", instruction=instruction.instruction, input=instruction.input)

    def teach(self, instruction: Instruction) -> Prompt:
        """Asks the teacher to answer."""
        return Prompt(self._fill("teacher-system"), self._fill("teacher", task=self.task(instruction)))

    def compare(self, instruction: Instruction, first: str, second: str) -> Prompt:
        """Asks the referee to score two answers (paper, section 3.2)."""
        user = self._fill("referee", task=self.task(instruction), first=first, second=second)
        return Prompt(self._fill("referee-system"), user)

    def judge(self, instruction: Instruction, first: str, second: str) -> Prompt:
        """Asks the judge to score two answers (paper, Table 1): the scores first, then why."""
        user = self._fill("judge", task=self.task(instruction), first=first, second=second)
        return Prompt(self._fill("judge-system"), user)

    def same_kind(self, instruction: Instruction) -> Prompt:
        """Asks the generator for a new instruction of the same domain and task type (paper, section 3.3)."""
        return Prompt(self._fill("generator-system"), self._fill("generator-hard", task=self.task(instruction)))

    def rarer_kind(self, instruction: Instruction) -> Prompt:
        """Asks the generator for a new instruction of the same domain from the long tail (paper, section 3.3)."""
        return Prompt(self._fill("generator-system"), self._fill("generator-easy", task=self.task(instruction)))

    def _fill(self, name: str, **values: str) -> str:
        template = self._templates.get(name) or self._load(name, set(values))
        return template.substitute(values)

    def _load(self, name: str, places: set[str]) -> Template:
        path = self._folder / f"{name}.txt"
        try:
            template = Template(path.read_text("utf-8").rstrip("\n"))
        except (OSError, UnicodeDecodeError) as fault:
            raise DataError(
                f"{path}: template cannot be read ({fault}). Put it there or set `prompts` to a folder that has it."
            ) from None
        found = set(template.get_identifiers()) if template.is_valid() else None
        if found != places:
            wanted = ", ".join(f"${place}" for place in sorted(places)) or "no $place"
            told = "a $ that begins no name" if found is None else ", ".join(f"${n}" for n in sorted(found)) or "none"
            raise DataError(f"{path}: found {told}, wanted {wanted}. Write a plain dollar sign as $$.")
        self._templates[name] = template
        return template
