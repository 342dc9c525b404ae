"""Does the loop do what the paper says, and what does it take? The default profile, or another, on several seeds.

    python tests/bench/loop.py --seed 1 --seed 2 --seed 3
    python tests/bench/loop.py --profile smoke --seed 42

Each seed is a run from nothing in a throw-away copy. Prints, asserts nothing.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.pipeline.conftest import Project, fresh


@click.command()
@click.option("--profile", default="classroom", show_default=True)
@click.option("--seed", "seeds", type=int, multiple=True, default=[42], show_default=True)
@click.option("--set", "overrides", multiple=True, help="A parameter to override, key=value.")
def main(profile: str, seeds: tuple[int, ...], overrides: tuple[str, ...]) -> None:
    print("seed  student  balanced  like seeds    hard  hard of seeds  relative score")
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            project = fresh(Path(folder) / "project")
            project.compose(f"profile={profile}", f"random_seed={seed}", *overrides)
            first, again = timed(project), timed(project)
            show(seed, project)
            peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            print(f"      run {first:.0f} s, up to date {again:.1f} s, largest process {peak_gb:.2f} GB", flush=True)


def timed(project: Project) -> float:
    started = time.monotonic()
    project.sh("dvc", "repro", timeout_s=3600)
    return time.monotonic() - started


def show(seed: int, project: Project) -> None:
    summary = json.loads((project.folder / "metrics/summary.json").read_text())
    for number, found in summary["iterations"].items():
        exam, judged = found["student"], found.get("discrimination", {})
        shares = [exam[suite]["accuracy"] for suite in ("exam-balanced", "exam-seeds")]
        shares += [judged.get(name, float("nan")) for name in ("hard_share", "hard_share_of_seeds", "relative_score")]
        cells = (f"{value:{width}.4f}" for value, width in zip(shares, (8, 12, 8, 15, 16), strict=True))
        print(f"{seed:4}  {number:>7}  " + "".join(cells))


if __name__ == "__main__":
    main()
