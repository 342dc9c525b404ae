"""How long `lion trace` takes, and how much memory, on a run of the paper's size; the files are made here."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.conf import compose
from tests.bench.paper_size import ITERATIONS, SEEDS, fill

ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        pool = fill(project)
        size = sum(path.stat().st_size for path in project.rglob("*.jsonl"))
        (project / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
        (project / "models/cub").mkdir(parents=True)
        os.chdir(project)
        (project / "params.yaml").write_text(compose(f"iterations={ITERATIONS}"))
        print(f"{len(pool):,} instructions, {ITERATIONS} iterations, {size / 2**20:,.0f} MiB")
        for row in (pool[7], pool[SEEDS + 7], pool[-7]):
            for id in (row["id"], row["id"][:7]):
                begun = time.perf_counter()
                command = [sys.executable, "-m", "lion.cli", "trace", id]
                env = os.environ | {"PYTHONPATH": str(ROOT)}
                done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
                lines = len(done.stdout.splitlines())
                print(f"lion trace {id}: {time.perf_counter() - begun:.1f} s, {lines} lines")
        os.chdir(ROOT)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process: {most / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
