"""The profiles that Hydra composes into params.yaml, and the resolvers they use. Imported by DVC: keep it light."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from lion.errors import ParamsError


def students(iterations: int) -> dict[str, dict[str, str]]:
    """Student 0 to N, each with the folder it goes on from. Keys are strings: DVC builds no stage for a number."""
    names = ["base", *(f"iteration-{k}" for k in range(iterations))]
    return {str(k): {"previous": name} for k, name in enumerate(names)}


def rounds(iterations: int) -> dict[str, dict[str, str]]:
    """Adversarial iteration 0 to N − 1, each with the folder its new pools go to."""
    return {str(k): {"next": f"iteration-{k + 1}"} for k in range(iterations)}


def curves(iterations: int) -> dict[str, dict[str, str]]:
    """What dvc.yaml plots of each student's training: file -> column. DVC has no loops over plots."""
    numbers = range(iterations + 1)
    return {
        column: {f"data/iteration-{k}/training.csv": column for k in numbers} for column in ("loss", "learning_rate")
    }


def watched_seed(source: str) -> str:
    """What DVC hashes for `seed.source`: itself where it lies on disk, else the code that provides it."""
    if source == "classroom":
        return "lion/classroom/curriculum"
    return source if Path(source).exists() else "lion/seeds.py"


def watched_student(base: str) -> str:
    """What DVC hashes for `student.base`: itself where it lies on disk, else the code that fetches it."""
    return base if Path(base).exists() else "lion/student/checkpoint.py"


def watched_template(template: str) -> str:
    """What DVC hashes for `student.template`: itself where it is a file, else the templates that come with Lion."""
    return template if Path(template).is_file() else "lion/student/templates"


def _register(function: Callable[[Any], Any]) -> None:
    def resolve(value: Any) -> Any:
        found = function(value)
        return OmegaConf.create(found) if isinstance(found, dict) else found

    OmegaConf.register_new_resolver(function.__name__, resolve, replace=True)


for resolver in (students, rounds, curves, watched_seed, watched_student, watched_template):
    _register(resolver)


def compose(*overrides: str) -> str:
    """What `dvc exp run -S OVERRIDE …` would write to params.yaml. Raises ParamsError for a faulty override."""
    composed = deepcopy(_composed(*overrides))
    OmegaConf.resolve(composed)
    return OmegaConf.to_yaml(composed)


@cache
def _composed(*overrides: str) -> DictConfig:
    """The same, before the resolvers have looked at what lies on disk: the profiles do not change meanwhile."""
    import hydra
    from hydra.errors import HydraException

    try:
        with hydra.initialize_config_module("lion.conf", version_base=None):
            return hydra.compose("config", overrides=list(overrides))
    except HydraException as fault:
        reason = " ".join(str(fault).split())
        raise ParamsError(f"{' '.join(overrides)}: {reason}. The keys stand in lion/conf.") from None
