"""The settings of a measurement: a composed profile with what the measurement changes. So a new key is everywhere."""

from __future__ import annotations

from lion import conf, params
from lion.params import Params


def composed(*overrides: str) -> Params:
    """What `lion params OVERRIDE …` would write, as typed sections. Of two overrides of a key the later one counts."""
    return params.parse(conf.compose(*overrides), " ".join(overrides) or "the default profile", "")
