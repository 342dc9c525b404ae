"""What reading a record costs, beside decoding alone and beside the check by jsonschema alone: the same lines for all.

python tests/bench/records.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from random import Random
from time import process_time

from jsonschema import Draft202012Validator

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion import jsonl
from lion.records import Answer, Instruction, Record, Review
from tests.bench import paper_size

COUNT, ROUNDS = 20_000, 3


def main() -> None:
    random = Random(0)
    pool = [paper_size.born(random, "seed", 0, None) for _ in range(COUNT)]
    read = [review for row in pool[: COUNT // 2] for review in paper_size.reviews(random, row["id"])]
    print(f"microseconds a record, the best of {ROUNDS} rounds over {COUNT:,}")
    with tempfile.TemporaryDirectory() as folder:
        for kind, rows in ((Instruction, pool), (Answer, list(paper_size.answers(random, pool))), (Review, read)):
            path = Path(folder) / "records.jsonl"
            paper_size.write(path, rows)
            tell(path, kind)


def tell(path: Path, kind: type[Record]) -> None:
    """Print the three costs and the ratio of the last two."""
    schema = json.loads(resources.files("lion.schemas").joinpath(f"{kind.__name__.lower()}.json").read_text())
    thorough = Draft202012Validator(schema)
    decoded = best(lambda: [json.loads(line) for line in path.open()])
    whole = best(lambda: list(jsonl.read(path, kind)))
    slow = best(lambda: [kind(**row) for line in path.open() if thorough.is_valid(row := json.loads(line))])
    print(f"{kind.__name__}: decoded {decoded:.1f}, read {whole:.1f}, with jsonschema {slow:.1f}: {slow / whole:.1f} x")


def best(work: Callable[[], object]) -> float:
    """Microseconds of CPU for each record."""
    seconds = []
    for _ in range(ROUNDS):
        begun = process_time()
        work()
        seconds.append(process_time() - begun)
    return min(seconds) / COUNT * 1e6


if __name__ == "__main__":
    main()
