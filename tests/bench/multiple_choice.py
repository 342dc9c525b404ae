"""How quick stored predictions are scored: `python -m tests.bench.multiple_choice`; needs LION_DATA_HOME. Prints only.

Each suite with four files of predictions: right letters, right letters in a sentence, nothing, and the question echoed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from lion import jsonl
from lion.evaluation.multiple_choice import TASKS, Question, measure, questions
from lion.evaluation.recorded import Recorded
from tests.evaluation.terms import terms

REPLIES: dict[str, Callable[[Question], str]] = {
    "right letters": lambda question: question.right_answer,
    "in a sentence": lambda question: f"Let me think. The answer is {question.right_answer}, for it fits best.",
    "nothing": lambda question: "",
    "the question echoed": lambda question: question.text,
}


def main() -> None:
    if "LION_DATA_HOME" not in os.environ:
        sys.exit("multiple_choice: LION_DATA_HOME is not set, wanted the folder that holds bbh and agieval")
    home = Path(os.environ["LION_DATA_HOME"])
    for suite in TASKS:
        for name, reply in REPLIES.items():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "predictions.jsonl"
                lines = [jsonl.encode({"id": one.id, "text": reply(one)}) for one in questions(home, suite)]
                path.write_bytes(b"".join(lines))
                start = perf_counter()
                (found,) = measure(suite, Recorded(path), terms(home)).results
                seconds = perf_counter() - start
            strict, lenient = (
                round(found.items * (found.figures[name]["value"] or 0)) for name in ("strict", "lenient")
            )
            counts = f"{strict:5} strict, {lenient:5} lenient of {found.items}"
            print(f"{suite:8} {name:20} {seconds:5.2f} s  {counts}")


if __name__ == "__main__":
    main()
