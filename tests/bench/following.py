"""How long `lion trace` takes, and how much memory, on a run of the paper's size; the files are made here."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.conf import compose
from tests.bench.paper_size import ITERATIONS, SEEDS, lay, measured

ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        pool = lay(project)
        ids = [pool[n] for n in (7, SEEDS + 7, -7)]
        (project / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
        (project / "models/cub").mkdir(parents=True)
        os.chdir(project)
        (project / "params.yaml").write_text(compose(f"iterations={ITERATIONS}"))
        for id in (shown for whole in ids for shown in (whole, whole[:7])):
            command = [sys.executable, "-m", "lion.cli", "trace", id]
            seconds, most = measured(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
            print(f"lion trace {id}: {seconds:.1f} s, {most:.0f} MiB")
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
