"""Record files: what is read, what is refused, and that nothing is ever half-written."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion import jsonl
from lion.errors import DataError
from lion.records import Answer, Instruction, Rejected, Review, Verdict

ID = "0123456789abcdef"


def faulty(path: Path, raw: bytes) -> str:
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        list(jsonl.read(path, Answer))
    message = str(caught.value)
    assert "\n" not in message
    return message


@given(text=st.text(st.characters(), max_size=200))
def test_any_text_comes_back_as_it_was_written(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "answers.jsonl"
    jsonl.write(path, [Answer(ID, text)])
    assert list(jsonl.read(path, Answer)) == [Answer(ID, text)]


def test_a_lone_surrogate_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    jsonl.write(path, [Answer(ID, "a \ud800 b"), Answer(ID, "ü")])
    assert [answer.text for answer in jsonl.read(path, Answer)] == ["a \ud800 b", "ü"]
    path.read_bytes().decode("utf-8")


def test_a_lone_surrogate_in_an_instruction_comes_back(tmp_path: Path) -> None:
    path, wanted = tmp_path / "pool.jsonl", [Instruction.seed("turn \udc00 around")]
    jsonl.write(path, wanted)
    assert list(jsonl.read(path, Instruction)) == wanted


def test_a_blank_instruction_with_a_lone_surrogate_beside_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_bytes(jsonl.encode({"id": ID, "instruction": " ", "input": "\ud800", "origin": "seed", "iteration": 0}))
    with pytest.raises(DataError, match="instruction: ' ' does not match"):
        list(jsonl.read(path, Instruction))


def test_a_value_that_is_none_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    jsonl.write(path, [Rejected(ID, "empty")])
    assert b"nearest" not in path.read_bytes()
    assert list(jsonl.read(path, Rejected)) == [Rejected(ID, "empty")]


def test_a_cut_line_is_told_with_place_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "teacher.jsonl"
    whole = jsonl.encode({"id": ID, "text": "four"})
    message = faulty(path, whole + whole[:20])
    assert message.startswith(f"{path}:2: not JSON")
    assert message.endswith(f"Restore it with: dvc checkout {path}")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"id": "0123456789abcdef"}\n', "'text' is a required property"),
        (b'{"id": "0123456789abcdef", "text": 4}\n', "text: 4 is not of type 'string'"),
        (b'{"id": "xyz", "text": "4"}\n', "id: 'xyz' does not match"),
        (b'{"id": "0123456789abcdef", "text": "4", "score": -1}\n', "'score' was unexpected"),
        (b"[]\n", "is not of type 'object'"),
        (b'{"id": "0123456789abcdef", "text": "\xff"}\n', "not UTF-8 (byte 0xff"),
    ],
)
def test_a_line_that_is_no_answer_is_told(tmp_path: Path, raw: bytes, told: str) -> None:
    assert told in faulty(tmp_path / "teacher.jsonl", raw)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl: cannot be read \(No such file.*dvc checkout"):
        list(jsonl.read(tmp_path / "none.jsonl", Answer))


def test_an_id_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "teacher.jsonl"
    jsonl.write(path, [Answer(ID, "a"), Answer(ID, "b")])
    with pytest.raises(DataError, match="stands twice"):
        jsonl.table(path, Answer)


@pytest.mark.parametrize(
    "review",
    [
        Review(ID, "teacher-first", "text"),
        Review(ID, "teacher-first", "text", teacher=8.0),
        Review(ID, "teacher-first", "text", teacher=8.0, student=-1.0),
        Review(ID, "teacher-first", "text", teacher=8.0, student=7.0, reason="unreadable"),
    ],
)
def test_a_review_has_two_scores_or_a_reason(tmp_path: Path, review: Review) -> None:
    with pytest.raises(DataError, match="not a valid review"):
        jsonl.write(tmp_path / "reviews.jsonl", [review])
    assert list(tmp_path.iterdir()) == []


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "teacher.jsonl"
    jsonl.write(path, [Answer(ID, "old")])

    def broken():
        yield Answer(ID, "new")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        jsonl.write(path, broken())
    assert [answer.text for answer in jsonl.read(path, Answer)] == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["teacher.jsonl"]


def test_a_blank_instruction_is_not_a_record(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="instruction: ' ' does not match"):
        jsonl.write(tmp_path / "pool.jsonl", [Instruction(ID, " ", "", "seed", 0)])


def limit_file_size() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from lion import jsonl
        from lion.errors import LionError
        from lion.records import Answer
        try:
            jsonl.write(Path(sys.argv[1]), (Answer("0123456789abcdef", "x" * 100) for _ in range(1000)))
        except LionError as fault:
            sys.exit(str(fault))
        """
    )
    path = tmp_path / "teacher.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        preexec_fn=limit_file_size,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},  # a cut .pyc would stay behind
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (f"{path}: cannot be written (File too large). Make room or mend it, then run again.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_json_does_not_know_is_told(tmp_path: Path, number: bytes) -> None:
    path = tmp_path / "hard.jsonl"
    path.write_bytes(b'{"id": "%s", "teacher": 9.0, "student": 7.0, "gap": %s}\n' % (ID.encode(), number))
    with pytest.raises(DataError, match=r"hard.jsonl:1: not a valid verdict: gap: ."):
        list(jsonl.read(path, Verdict))
