"""Terms for measuring in tests: those of the default profile."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from lion import conf, params
from lion.evaluation.suite import Terms, decoding
from lion.params import Params
from lion.prompts import Prompts


@cache
def composed() -> Params:
    """The default profile."""
    return params.parse(conf.compose(), "composed", "")


def terms(home: Path = Path(), *, seen: Collection[str] = (), **evaluate: Any) -> Terms:
    """The default profile's terms with other values in `evaluate`."""
    settings = composed()
    changed = settings.evaluate.model_copy(update=evaluate)
    return Terms(
        subject="student",
        home=home,
        seen=seen,
        evaluate=changed,
        judge=settings.judge,
        teacher=settings.teacher,
        prompts=Prompts(Path(settings.prompts)),
        runtime=settings.runtime,
        prompt="as it comes",
        decoding=decoding(changed),
    )
