"""A compilation that was killed does not keep the next training waiting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LAUNCHER = """
import os, sys
from lion.student import extensions
extensions.guard()
print(os.environ["TORCH_EXTENSIONS_DIR"], flush=True)
sys.stdin.read()
"""


def launcher(home: Path, named: str = "") -> tuple[subprocess.Popen[str], Path]:
    """A process that lives until its input ends, and the folder that it guards."""
    environment = os.environ | {"HOME": str(home), "TORCH_EXTENSIONS_DIR": named}
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def locked(folder: Path) -> Path:
    """What torch leaves in `folder` where it is killed while it compiles."""
    lock = folder / "cpu_adam" / "lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    return lock


def test_lock_stays_while_any_launcher_lives_and_goes_when_all_have_ended(tmp_path: Path) -> None:
    first, folder = launcher(tmp_path)
    assert folder.is_relative_to(tmp_path)
    lock = locked(folder)
    second, same = launcher(tmp_path)
    assert same == folder
    first.kill()
    first.communicate()
    third, _ = launcher(tmp_path)
    end(second)
    end(third)
    assert lock.exists()
    last, _ = launcher(tmp_path)
    end(last)
    assert not lock.exists()


def test_a_folder_that_somebody_named_is_left_alone(tmp_path: Path) -> None:
    lock = locked(tmp_path / "named")
    process, folder = launcher(tmp_path, named=str(tmp_path / "named"))
    end(process)
    assert folder == tmp_path / "named"
    assert lock.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["named"]
