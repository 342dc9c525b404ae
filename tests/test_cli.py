"""The commands outside the pipeline."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from lion.cli import main
from lion.conf import compose


def test_params_prints_what_the_overrides_compose() -> None:
    done = CliRunner().invoke(main, ["params", "profile=smoke", "discriminate.threshold=2.5"])
    assert done.exit_code == 0
    assert done.stdout == compose("profile=smoke", "discriminate.threshold=2.5")
    assert "threshold: 2.5" in done.stdout


@pytest.mark.parametrize("override", ["teacher.temprature=1", "profile=none", "=", "generate.count=["])
def test_a_faulty_override_is_one_line(override: str) -> None:
    done = CliRunner().invoke(main, ["params", override])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {override}: ")
    assert done.stderr.count("\n") == 1


def test_the_classroom_can_be_served_by_hand() -> None:
    done = CliRunner().invoke(main, ["classroom", "serve", "--help"])
    assert "--server-error-share" in done.stdout
