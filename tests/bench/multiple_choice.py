"""How quick stored predictions are scored: `python tests/bench/multiple_choice.py`; needs LION_DATA_HOME. Prints only.

Each suite with four files of predictions: right letters, right letters in a sentence, nothing, and the question echoed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion import jsonl
from lion.evaluation.multiple_choice import TASKS, Question, measure, questions
from lion.evaluation.recorded import Recorded
from lion.records import Result
from tests.evaluation.terms import terms

REPLIES: dict[str, Callable[[Question], str]] = {
    "right letters": lambda question: question.right_answer,
    "in a sentence": lambda question: f"Let me think. The answer is {question.right_answer}, for it fits best.",
    "nothing": lambda question: "",
    "the question echoed": lambda question: question.text,
}


def timed(home: Path, suite: str, reply: Callable[[Question], str]) -> tuple[Result, float, float]:
    """The result of a file of predictions, and the seconds that it took, by the clock and of CPU time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.jsonl"
        lines = [jsonl.encode({"id": one.id, "text": reply(one)}) for one in questions(home, suite)]
        path.write_bytes(b"".join(lines))
        start, start_cpu = perf_counter(), process_time()
        (found,) = measure(suite, Recorded(path), terms(home)).results
        return found, perf_counter() - start, process_time() - start_cpu


def main() -> None:
    if "LION_DATA_HOME" not in os.environ:
        sys.exit("multiple_choice: LION_DATA_HOME is not set, wanted the folder that holds bbh and agieval")
    home = Path(os.environ["LION_DATA_HOME"])
    for name, reply in REPLIES.items():
        both = both_cpu = 0.0
        for suite in TASKS:
            found, seconds, cpu = timed(home, suite, reply)
            both, both_cpu = both + seconds, both_cpu + cpu
            strict, lenient = (round(found.items * (found.figures[key]["value"] or 0)) for key in ("strict", "lenient"))
            counts = f"{strict:5} strict, {lenient:5} lenient of {found.items}"
            print(f"{name:20} {suite:8} {seconds:5.2f} s  {counts}")
        print(f"{name:20} both     {both:5.2f} s, of CPU time {both_cpu:.2f} s")


if __name__ == "__main__":
    main()
