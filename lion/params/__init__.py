"""params.yaml as typed, frozen sections. Knows the permitted keys and values, and nothing of what they do.

Every section forbids unknown keys; all faults of a file are reported together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import Field, ValidationError, model_validator
from yaml import YAMLError

from lion import conf
from lion.errors import ParamsError
from lion.params.card import Card
from lion.params.measuring import Evaluate, Judge, Suite
from lion.params.runtime import KeyNames, Price, Runtime
from lion.params.sections import (
    Answering,
    Benchmark,
    Decontaminate,
    Discriminate,
    Generate,
    Generator,
    Infer,
    Lora,
    Referee,
    Role,
    Section,
    Seed,
    Student,
    Teacher,
    Train,
)

__all__ = [
    "Answering",
    "Benchmark",
    "Card",
    "Decontaminate",
    "Discriminate",
    "Evaluate",
    "Generate",
    "Generator",
    "Infer",
    "Judge",
    "KeyNames",
    "Lora",
    "Params",
    "Price",
    "Referee",
    "Role",
    "Runtime",
    "Section",
    "Seed",
    "Student",
    "Suite",
    "Teacher",
    "Train",
    "parse",
    "read",
]


class Watched(Section):
    """What DVC hashes for a source that lies on disk; composed from `seed` and `student`."""

    seed: str
    student: str
    template: str


class Params(Section):
    """The whole of params.yaml."""

    profile: str
    iterations: int = Field(ge=0)
    random_seed: int = Field(ge=0)
    prompts: str
    seed: Seed
    student: Student
    teacher: Teacher
    referee: Referee
    generator: Generator
    train: Train
    infer: Infer
    discriminate: Discriminate
    generate: Generate
    evaluate: Evaluate
    judge: Judge
    runtime: Runtime
    card: Card
    watched: Watched
    students: dict[str, dict[str, str]]
    rounds: dict[str, dict[str, str]]
    curves: dict[str, dict[str, str]]

    @model_validator(mode="after")
    def _derived_values_fit(self) -> Params:
        """What follows from other values must not be left behind where those are edited by hand."""
        derived = {
            "students": (self.students, conf.students(self.iterations)),
            "rounds": (self.rounds, conf.rounds(self.iterations)),
            "curves": (self.curves, conf.curves(self.iterations)),
            "watched.seed": (self.watched.seed, conf.watched_seed(self.seed.source)),
            "watched.student": (self.watched.student, conf.watched_student(self.student.base)),
            "watched.template": (self.watched.template, conf.watched_template(self.student.template)),
        }
        stale = [name for name, (found, wanted) in derived.items() if found != wanted]
        if stale:
            raise ValueError(
                f"values that fit the others, but {', '.join(stale)} were not composed anew; "
                "change values with `dvc exp run -S key=value` or `lion params key=value > params.yaml`"
            )
        return self


def read(path: Path) -> Params:
    """The parameters in `path`. Raises ParamsError, one line that names every fault."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found. Restore it with: git checkout {path}") from None
    except (OSError, UnicodeDecodeError) as fault:
        reason = " ".join(str(fault).split())
        raise ParamsError(f"{path}: not readable as YAML ({reason}). Mend it or: git checkout {path}") from None
    return parse(text, str(path), f"Mend it or: git checkout {path}")


def parse(text: str, where: str, remedy: str) -> Params:
    """The parameters in `text`. Raises ParamsError, one line that begins with `where` and names every fault."""
    try:
        tree = OmegaConf.to_container(OmegaConf.create(text), resolve=True)
    except (YAMLError, OmegaConfBaseException) as fault:
        raise ParamsError(f"{where}: not readable as YAML ({' '.join(str(fault).split())}). {remedy}") from None
    try:
        return Params.model_validate(tree)
    except ValidationError as faults:
        told = "; ".join(_tell(dict(fault)) for fault in faults.errors())
        raise ParamsError(f"{where}: {told}. The keys stand in lion/conf.") from None


def _tell(fault: dict[str, Any]) -> str:
    """One pydantic fault in our words."""
    place = ".".join(str(part) for part in fault["loc"]) or "the whole"
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    if fault["type"] == "missing":
        return f"{place}: missing"
    if fault["type"] == "value_error":
        return f"{place}: wanted {fault['ctx']['error']}"
    return f"{place}: found {fault['input']!r}, wanted: {fault['msg']}"
