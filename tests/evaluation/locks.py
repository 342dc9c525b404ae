"""Whether this kernel has what the sandbox cannot do without, asked without the sandbox."""

from __future__ import annotations

import ctypes
import sys

import pytest

CREATE_RULESET, VERSION = 444, 1


def _has_landlock() -> bool:
    return sys.platform == "linux" and ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION) > 0


needs_landlock = pytest.mark.skipif(not _has_landlock(), reason="this kernel has no Landlock, so nothing is ever run")
