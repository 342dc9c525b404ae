"""Programs out of answers to HumanEval and MBPP, and what becomes of them. Knows how an item's tests are put together.

Whatever is run is run in the sandbox; see its module for what a pass can and cannot tell.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lion.errors import ParamsError
from lion.evaluation.benchmarks import Fault, string, strings
from lion.evaluation.sandbox import Limits, Why, run

Fields = Mapping[str, Any]
BLOCK = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
"""A block of code; the last may have lost its end."""
LIMITS = Limits()
CHECKED = {
    "humaneval": lambda record: [
        string(record, key) for key in ("prompt", "canonical_solution", "test", "entry_point")
    ],
    "mbpp": lambda record: [
        *(string(record, key) for key in ("text", "code", "test_setup_code")),
        _at_least_one(strings(record, "test_list")),
        _number(record, "task_id"),
    ],
}
"""What raises a Fault where a record has not all that its program is made of."""


def allow(is_allowed: bool) -> None:
    """Raise ParamsError, one line, unless programs may be run and the sandbox can hold them."""
    if not is_allowed:
        raise ParamsError(
            "evaluate.suites: found humaneval or mbpp, which run what the student writes, and evaluate.execute_code: "
            "false. Set it to true (the programs run in a sandbox), or leave the suites out."
        )
    run("", LIMITS)


def humaneval(fields: Fields, answer: str) -> str:
    """The function as answered and its tests. An answer may be the whole function or what follows the prompt."""
    name = fields["entry_point"]
    code = _code(answer, f"def {name}(")
    if re.search(rf"^\s*(?:async )?def {re.escape(name)}\(", code, re.MULTILINE):
        whole = (
            f"{fields['prompt']}\n\n{code}"  # the prompt has the imports and helpers, and then a function of no lines
        )
    else:
        indent = "" if code[:1].isspace() else "    "  # answers come without the spaces around them
        whole = f"{fields['prompt']}{indent}{code}"
    return f"{whole}\n\n{fields['test']}\n\ncheck({name})\n"


def mbpp(fields: Fields, answer: str) -> str:
    """The code as answered, then what the item's assertions take for granted (which may use the code), then them."""
    return "\n".join([_code(answer, "def "), fields["test_setup_code"], *fields["test_list"], ""])


WRITTEN: dict[str, Callable[[Fields, str], str]] = {"humaneval": humaneval, "mbpp": mbpp}


def outcomes(suite: str, items: Sequence[Fields], answers: Sequence[str]) -> list[Why | None]:
    """What became of each answer's program; None where there was no answer, and so nothing to be run.

    Programs run side by side. What ran out of time is run once more, alone, so that no busy machine fails it.
    """

    def outcome(pair: tuple[Fields, str]) -> Why | None:
        fields, answer = pair
        return run(WRITTEN[suite](fields, answer), LIMITS).why if answer.strip() else None

    pairs = list(zip(items, answers, strict=True))
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as workers:
        found = list(workers.map(outcome, pairs))
    return [outcome(pair) if why == "timeout" else why for pair, why in zip(pairs, found, strict=True)]


def _code(answer: str, wanted: str) -> str:
    """The code in an answer: its first block that has what is wanted, or else its first, or else all of it."""
    blocks: list[str] = BLOCK.findall(answer)
    return next((block for block in blocks if wanted in block), blocks[0] if blocks else answer)


def _number(record: Fields, key: str) -> int:
    if not isinstance(record.get(key), int):
        raise Fault(f"{key!r} is {type(record.get(key)).__name__}, wanted a number")
    return int(record[key])


def _at_least_one(tests: list[str]) -> list[str]:
    if not tests:
        raise Fault("an item without tests")
    return tests
