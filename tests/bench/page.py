"""How long the page of a run of the paper's size takes, its memory and its size, and how soon a browser has it open.

64,000 instructions after four iterations; the files are made here. The stage runs as in dvc.yaml, in a process of its
own. Limits: 60 s, 1 GB, 10 MB; open in 2 s. The page is open when its list of instructions is filled.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.conf import compose
from tests.bench.paper_size import ITERATIONS, lay, measured

ROOT = Path(__file__).parent.parent.parent
READY = "document.getElementById('hits').textContent !== ''"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        lay(project)
        (project / "models/cub").mkdir(parents=True)
        os.chdir(project)
        (project / "params.yaml").write_text(compose(f"iterations={ITERATIONS}"))
        command = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["report"]["cmd"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        seconds, most = measured(["sh", "-c", command], env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": path})
        os.chdir(ROOT)
        page = project / "metrics/report.html"
        print(f"the stage report: {seconds:.1f} s, {most:.0f} MiB")
        print(f"the page: {page.stat().st_size / 1e6:.2f} MB, {opened(page)}")


def opened(page: Path) -> str:
    """How soon Chromium has it open: the median of five fresh tabs."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return "no Chromium here to open it"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds = []
        for _ in range(5):
            tab = browser.new_page()
            begun = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_function(READY)
            seconds.append(time.perf_counter() - begun)
            tab.close()
        browser.close()
    return f"open in {sorted(seconds)[2]:.2f} s"


if __name__ == "__main__":
    main()
