"""How quick stored predictions are scored: `python tests/bench/multiple_choice.py`; needs LION_DATA_HOME. Prints only.

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
from lion.evaluation.multiple_choice import TASKS, Question, predictions, questions, score

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
                found = score(questions(home, suite), predictions(path))
                seconds = perf_counter() - start
            counts = f"{found.whole.strict:5} strict, {found.whole.lenient:5} lenient of {found.whole.items}"
            print(f"{suite:8} {name:20} {seconds:5.2f} s  {counts}")


if __name__ == "__main__":
    main()
