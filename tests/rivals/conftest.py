"""A folder of its own for every test, with the parameters of the smoke profile, and the cub at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lion import params
from lion.cli import main
from lion.conf import compose
from lion.params import Params
from tests.one_thread import one_thread as one_thread

CUB = str(Path(__file__).parent.parent.parent / "models/cub")
Evaluate = Callable[..., Result]


@pytest.fixture(scope="session")
def settings() -> Params:
    return params.parse(compose("profile=smoke"), "the smoke profile", "")


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """`lion evaluate` in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(compose("profile=smoke"))

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["evaluate", *map(str, arguments)], catch_exceptions=False)

    return run
