"""The harness's suites, over small files written here and over the real ones. The harness itself is the real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lion.errors import DataError, LionError, ModelError, ParamsError
from lion.evaluation import benchmarks, harness, suites
from lion.evaluation.suite import Measured
from lion.records import Answer, Instruction
from tests.evaluation.locks import needs_landlock
from tests.evaluation.terms import terms

needs_harness = pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-evaluation-harness is not installed")
HOME = os.environ.get("LION_DATA_HOME")
needs_data = pytest.mark.skipif(HOME is None, reason="LION_DATA_HOME is not set")
SUITES = ("gsm8k", "math", "humaneval", "mbpp", "infinitebench")

GSM8K = [
    {"question": "One and one?", "answer": "1 + 1 = <<1+1=2>>2\n#### 2"},
    {"question": "A thousand and one?", "answer": "#### 1,001"},
]
MATH = [
    {
        "problem": "What is half of one?",
        "solution": "It is $\\boxed{\\frac{1}{2}}$.",
        "answer": "\\frac{1}{2}",
        "subject": "Algebra",
        "level": 1,
        "unique_id": "test/algebra/1.json",
    }
]
MBPP = [
    {
        "text": "Add two numbers.",
        "code": "def add(a, b):\r\n    return a + b",
        "task_id": number,
        "test_setup_code": "two = 2",
        "test_list": ["assert add(1, 1) == two", "assert add(1, 2) == 3"],
        "challenge_test_list": [],
    }
    for number in (10, 11, 12, 510, 511)
]
HUMANEVAL = [
    {
        "task_id": "HumanEval/0",
        "prompt": 'import math\n\n\ndef twice(x: int) -> int:\n    """Twice x."""\n',
        "entry_point": "twice",
        "canonical_solution": "    if x:\n        return 2 * x\n    return 0\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n",
    }
]
INFINITEBENCH = {
    "passkey": [
        {"id": n, "context": f"Much text. The pass key is {n}. More text.", "input": "What is it?", "answer": [str(n)]}
        for n in (11, 22)
    ],
    "math_find": [
        {
            "id": 0,
            "context": "[3, 1, 2]",
            "input": "You should find the largest number of it. The largest number of the list is",
            "answer": 3,
        }
    ],
    "longbook_choice_eng": [
        {"id": 0, "context": "A book.", "input": "Who?", "answer": ["Ann"], "options": ["Bob", "Ann", "Carl", "Dan"]}
    ],
    "longbook_qa_chn": [{"id": 0, "context": "一本书。", "input": "谁？", "answer": ["安"], "options": []}],
}


class Student:
    """Answers by the items' ids, and what was asked."""

    def __init__(self, texts: Mapping[str, str] | str) -> None:
        self._texts = texts
        self.asked: list[Instruction] = []
        self.calls = 0

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        self.calls += 1
        self.asked = list(instructions)
        texts = self._texts
        return (Answer(i.id, texts if isinstance(texts, str) else texts.get(i.id, "")) for i in self.asked)


def write(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with small files of all suites."""
    import gzip

    write(tmp_path / "gsm8k/test.jsonl", GSM8K)
    write(tmp_path / "math500/test.jsonl", MATH)
    write(tmp_path / "mbpp/mbpp.jsonl", MBPP)
    (tmp_path / "humaneval").mkdir()
    (tmp_path / "humaneval/HumanEval.jsonl.gz").write_bytes(gzip.compress(json.dumps(HUMANEVAL[0]).encode()))
    for task, records in INFINITEBENCH.items():
        write(tmp_path / f"infinitebench/{task}.jsonl", records)
    return tmp_path


def measured(suite: str, student: Student, home: Path, **evaluate: Any) -> Measured:
    return harness.measure(suite, student, terms(home, **{"execute_code": True, **evaluate}))


def values(found: Measured) -> dict[str, float | None]:
    (result,) = found.results
    return {name: figure["value"] for name, figure in result.figures.items()}


def block(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}\n```\n\nDone."


@needs_harness
def test_gsm8k_has_a_strict_and_a_flexible_reading(home: Path) -> None:
    student = Student({"gsm8k/1": "One and one are\n#### 2", "gsm8k/2": "That is 1001 in all."})
    found = measured("gsm8k", student, home)
    assert values(found) == {"flexible": 1.0, "strict": 0.5}
    assert [mark.figures for mark in found.marks] == [
        {"strict": 1.0, "flexible": 1.0},
        {"strict": 0.0, "flexible": 1.0},
    ]
    assert [record.id for record in student.asked] == ["gsm8k/1", "gsm8k/2"] and student.calls == 1
    assert student.asked[0].instruction.startswith("One and one?\n\nThink step by step.")


@needs_harness
def test_answers_without_a_number_and_without_text_are_told_apart(home: Path) -> None:
    found = measured("gsm8k", Student({"gsm8k/1": "I do not know."}), home)
    assert [mark.fault for mark in found.marks] == ["none", "empty"]
    (result,) = found.results
    assert (result.items, result.unanswered, result.faults) == (2, 2, {"empty": 1, "none": 1})


@needs_harness
@pytest.mark.parametrize(
    ("answer", "accuracy", "fault"),
    [
        ("So it is $\\boxed{\\dfrac{1}{2}}$.", 1.0, None),
        ("\\boxed{1/2}", 1.0, None),
        ("\\boxed{0.5}", 1.0, None),
        ("First \\boxed{3}, no: \\boxed{\\frac12}", 1.0, None),
        ("\\boxed{2}", 0.0, None),
        ("\\frac{1}{2}", 0.0, "none"),
        ("\\boxed{\\frac{1}{2}", 0.0, "none"),
        ("\\boxed3", 0.0, "none"),
        ("\\boxed{\\sqrt}", 0.0, None),
        ("", 0.0, "empty"),
    ],
)
def test_math_compares_what_is_boxed(home: Path, answer: str, accuracy: float, fault: str | None) -> None:
    found = measured("math", Student(answer), home)
    assert values(found) == {"accuracy": accuracy} and found.marks[0].fault == fault
    assert found.marks[0].groups == {"subject": "Algebra", "level": "1"}


@needs_landlock
@needs_harness
@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (block("def twice(x):\n    return 2 * x"), 1.0),
        ("def twice(x):\n    return x + x", 1.0),
        ("if x:\n        return 2 * x\n    return 0", 1.0),
        ("```\n    return 2 * x\n```", 1.0),
        ("```python\ndef twice(x):\n    return 2 * x", 1.0),
        (block("print('twice')") + block("import math\ndef twice(x):\n    return int(math.fsum([x, x]))"), 1.0),
        (block("def twice(x):\n    return 3 * x"), 0.0),
        (block("def thrice(x):\n    return 3 * x"), 0.0),
        (block("import os\ndef twice(x):\n    os._exit(0)"), 0.0),
        (block("def twice(x):\n    return 2 * x\nraise SystemExit"), 0.0),
        ("I cannot.", 0.0),
    ],
)
def test_humaneval_runs_the_function_as_answered(home: Path, answer: str, passes: float) -> None:
    assert values(measured("humaneval", Student(answer), home)) == {"pass_at_1": passes}


@needs_landlock
@needs_harness
def test_mbpp_is_its_test_split_and_runs_its_assertions(home: Path) -> None:
    texts = {"mbpp/11": block(MBPP[0]["code"]), "mbpp/12": "def add(a, b): return 2"}
    found = measured("mbpp", Student(texts), home)
    assert [mark.id for mark in found.marks] == ["mbpp/11", "mbpp/12", "mbpp/510"]
    assert [mark.figures["pass_at_1"] for mark in found.marks] == [1.0, 0.0, 0.0]
    assert found.results[0].notes == ["programs: 1 failed, 1 passed"] and found.results[0].faults == {"empty": 1}


@needs_harness
def test_infinitebench_scores_the_tasks_whose_files_are_there(home: Path) -> None:
    texts = {
        "infinitebench/passkey/1": "11",
        "infinitebench/passkey/2": "23\n22",
        "infinitebench/math_find/1": "3",
        "infinitebench/longbook_choice_eng/1": "B",
        "infinitebench/longbook_qa_chn/1": "安",
    }
    student = Student(texts)
    found = measured("infinitebench", student, home)
    (result,) = found.results
    assert student.calls == 1 and result.items == 5 and result.figures["score"]["value"] == 0.8
    tasks = {task: group["figures"]["score"]["value"] for task, group in result.by["task"].items()}
    assert tasks == {"passkey": 0.5, "math_find": 1.0, "longbook_choice_eng": 1.0, "longbook_qa_chn": 1.0}
    assert {mark.id: mark.answer for mark in found.marks} == texts


@needs_harness
def test_long_context_is_the_input_so_that_a_cut_spares_the_question(home: Path) -> None:
    student = Student("")
    measured("infinitebench", student, home)
    first = student.asked[0]
    assert first.input == "Much text. The pass key is 11. More text."
    assert first.instruction.endswith("What is it?") and first.input not in first.instruction
    assert first.instruction.startswith("There is an important info hidden")


@needs_landlock
@needs_harness
@pytest.mark.parametrize("suite", SUITES)
def test_at_most_so_many_items_are_asked(home: Path, suite: str) -> None:
    found = measured(suite, Student("1"), home, items=1)
    assert found.results[0].items == len(found.marks) == 1


@needs_landlock
@needs_harness
@pytest.mark.parametrize("suite", SUITES)
def test_result_is_the_same_on_every_run_and_names_the_release_the_task_and_the_data(
    home: Path, suite: str, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        suites.measure(
            [suite], Student("def add(a, b): return a + b  # 2"), terms(home, execute_code=True), tmp_path / folder
        )
    written = {path.name for path in (tmp_path / "one").iterdir()}
    assert written == {f"{suite}.jsonl", "results.jsonl"}
    for name in written:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    result = json.loads((tmp_path / "one/results.jsonl").read_text())
    assert result["version"].startswith("lm_eval 0.4.") and result["version"].count("sha256:") >= 2
    assert result["protocol"].startswith("zero-shot")


@needs_harness
def test_another_prompt_or_another_right_answer_is_another_version(home: Path) -> None:
    before = measured("gsm8k", Student(""), home).results[0].version
    write(home / "gsm8k/test.jsonl", [{**GSM8K[0], "answer": "#### 3"}, GSM8K[1]])
    after = measured("gsm8k", Student(""), home).results[0].version
    assert before.split("; ")[1] != after.split("; ")[1] and before.split("; ")[2] != after.split("; ")[2]


@needs_harness
def test_only_the_first_process_scores_and_the_others_ask_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Student("1"), Student("1")
    measured("gsm8k", first, home)
    monkeypatch.setenv("RANK", "1")
    assert measured("gsm8k", second, home) == Measured((), ())
    assert first.asked == second.asked


@needs_harness
def test_nothing_is_printed_but_what_the_subject_says(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Loud(Student):
        def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
            print("infer: 2 of 2", file=sys.stderr)
            return super().answers(instructions)

    measured("gsm8k", Loud("1"), home)
    assert capfd.readouterr() == ("", "infer: 2 of 2\n")


@needs_harness
def test_probabilities_are_refused_in_one_line() -> None:
    from lion.evaluation.asking import Asked

    with pytest.raises(ModelError, match="output_type is generate_until") as fault:
        Asked(Student(""), lambda doc, text: Instruction.seed(text, ""), sys.stderr).loglikelihood([])
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("suite", ["humaneval", "mbpp"])
def test_programs_are_run_only_where_that_is_allowed(home: Path, suite: str) -> None:
    pytest.importorskip("lm_eval")
    student = Student("")
    with pytest.raises(ParamsError, match=r"evaluate\.execute_code") as fault:
        measured(suite, student, home, execute_code=False)
    assert "\n" not in str(fault.value) and student.calls == 0


BAD: list[tuple[str, str, bytes, str]] = [
    ("gsm8k", "gsm8k/test.jsonl", b'{"question": "One?", "ans', "test.jsonl:1: not JSON"),
    ("gsm8k", "gsm8k/test.jsonl", b'{"question": "One?"}', "test.jsonl:1: no 'answer'"),
    ("gsm8k", "gsm8k/test.jsonl", b'{"question": "One?", "answer": "1"}', "without #### in its 'answer'"),
    ("gsm8k", "gsm8k/test.jsonl", b"", "no item of gsm8k"),
    ("math", "math500/test.jsonl", b'{"unique_id": "a", "problem": "x"}', "no 'solution'"),
    ("math", "math500/test.jsonl", b'{"unique_id": "a", "problem": "x", "solution": "1"}', "without \\boxed"),
    ("humaneval", "humaneval/HumanEval.jsonl.gz", b"\x1f\x8b\x08cut", "HumanEval.jsonl.gz: cannot be read"),
    ("mbpp", "mbpp/mbpp.jsonl", b'{"task_id": 11, "text": "x", "code": "y"}', "no 'test_setup_code'"),
    (
        "mbpp",
        "mbpp/mbpp.jsonl",
        b'{"task_id": 11, "text": "x", "code": "y", "test_setup_code": "", "test_list": []}',
        "an item without tests",
    ),
    (
        "mbpp",
        "mbpp/mbpp.jsonl",
        b'{"task_id": "eleven", "text": "x", "code": "y", "test_setup_code": "", "test_list": ["assert y"]}',
        "mbpp.jsonl:1: 'task_id' is str, wanted a number",
    ),
    ("infinitebench", "infinitebench/passkey.jsonl", b'{"context": "x", "input": "y"}', "without 'answer'"),
    ("infinitebench", "infinitebench/passkey.jsonl", b'["x"]', "found list, wanted an object"),
    (
        "infinitebench",
        "infinitebench/longbook_choice_eng.jsonl",
        b'{"context": "x", "input": "y", "answer": ["z"], "options": ["z"]}',
        "1 options, wanted 4",
    ),
]


@needs_landlock
@needs_harness
@pytest.mark.parametrize(("suite", "file", "content", "told"), BAD)
def test_bad_file_is_told_in_one_line(home: Path, suite: str, file: str, content: bytes, told: str) -> None:
    (home / file).write_bytes(content)
    student = Student("")
    with pytest.raises(DataError) as fault:
        measured(suite, student, home)
    assert told in str(fault.value) and "\n" not in str(fault.value) and student.calls == 0


@needs_landlock
@needs_harness
@pytest.mark.parametrize("suite", ["gsm8k", "math", "humaneval", "mbpp"])
def test_missing_file_is_told_in_one_line(tmp_path: Path, suite: str) -> None:
    with pytest.raises(DataError, match=r"not found there.*LION_DATA_HOME") as fault:
        measured(suite, Student(""), tmp_path)
    assert "\n" not in str(fault.value)


def in_a_process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )


def test_infinitebench_that_is_neither_here_nor_fetched_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    code = (
        "from pathlib import Path; from lion.errors import DataError; from lion.evaluation import infinitebench\n"
        f"try: infinitebench.files(Path({str(tmp_path)!r}), ['passkey'])\n"
        "except DataError as fault: print(fault)"
    )
    told = in_a_process(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path), LION_DATA_HOME="").stdout
    assert "passkey.jsonl: not found there, and xinrongzhang2022/InfiniteBench cannot be fetched" in told
    assert told.count("\n") == 1


def test_without_the_harness_a_suite_is_refused_in_one_line(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from lion.errors import ParamsError; from lion.evaluation import harness\n"
        "sys.path = [path for path in sys.path if 'site-packages' not in path]\n"
        "try: harness.measure('gsm8k', None, None)\n"
        "except ParamsError as fault: print(fault)"
    )
    told = in_a_process(code).stdout
    assert "pip install 'lion-distillation[eval]'" in told and told.count("\n") == 1


def test_import_of_the_room_neither_loads_the_harness_nor_torch() -> None:
    code = (
        "import sys; from lion.evaluation import harness, sandbox, programs, suites\n"
        "print({'lm_eval', 'torch'} & set(sys.modules))"
    )
    assert in_a_process(code).stdout == "set()\n"


PUBLISHED = {"gsm8k": 1319, "math": 500, "humaneval": 164, "mbpp": 500}


def perfect(suite: str, home: Path) -> dict[str, str]:
    """The data set's own answers, in the form that is asked for."""
    name = {"math": "math500"}.get(suite, suite)
    fields = {entry.id: entry.fields for entry in benchmarks.entries(home, [name], "")}
    match suite:
        case "gsm8k":
            return {id: item["answer"] for id, item in fields.items()}
        case "math":
            return {id: item["solution"] for id, item in fields.items()}
        case "humaneval":
            return {id: block(item["prompt"] + item["canonical_solution"]) for id, item in fields.items()}
    return {id: block(item["code"]) for id, item in fields.items()}


@needs_harness
@needs_data
@pytest.mark.parametrize("suite", ["gsm8k", "math"])
def test_published_answers_are_all_right_and_no_answers_all_wrong(suite: str) -> None:
    home = Path(str(HOME))
    for texts, value in ((perfect(suite, home), 1.0), ({}, 0.0)):
        found = measured(suite, Student(texts), home)
        assert found.results[0].items == PUBLISHED[suite] and set(values(found).values()) == {value}
        assert found.results[0].unanswered == (0 if texts else PUBLISHED[suite])


@needs_landlock
@needs_harness
@needs_data
@pytest.mark.parametrize("suite", ["humaneval", "mbpp"])
def test_published_programs_pass_a_sample_of_the_items(suite: str) -> None:
    home = Path(str(HOME))
    assert values(measured(suite, Student(perfect(suite, home)), home, items=20)) == {"pass_at_1": 1.0}
    found = measured(suite, Student({}), home)
    assert values(found) == {"pass_at_1": 0.0} and found.results[0].unanswered == PUBLISHED[suite]


@needs_landlock
@needs_harness
@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("suite", ["humaneval", "mbpp"])
def test_published_programs_all_pass(suite: str) -> None:
    home = Path(str(HOME))
    found = measured(suite, Student(perfect(suite, home)), home)
    assert values(found) == {"pass_at_1": 1.0} and found.results[0].items == PUBLISHED[suite]


def test_every_suite_of_the_harness_can_be_measured_by_name(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    assert set(SUITES) == set(harness.FIGURES) == set(harness.PROTOCOLS)
    with pytest.raises(LionError, match="execute_code"):
        suites.measure(["mbpp"], Student(""), terms(home), tmp_path)
