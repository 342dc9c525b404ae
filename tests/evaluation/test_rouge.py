"""ROUGE-L against reference answers: the literature's measure, Vicuna's questions and Dolly's records."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rapidfuzz.distance import LCSseq

from lion import jsonl
from lion.errors import DataError
from lion.evaluation import rouge_items, suites
from lion.evaluation.recorded import Recorded
from lion.evaluation.rouge import measure, scorer
from lion.records import Answer, Instruction, identify
from tests.evaluation.terms import terms
from tests.evaluation.test_benchmarks import needs_real_data

TEXTS = st.text("aB cde.ing 1é\n", max_size=60)


class Said:
    """A model that says what it is told to, item by item, and remembers what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, list[Instruction]()

    def answers(self, instructions: Sequence[Instruction]) -> Iterator[Answer]:
        self.asked = list(instructions)
        return (Answer(one.id, text) for one, text in zip(instructions, self.texts, strict=False))


def dolly(home: Path, *records: dict[str, object], name: str = "databricks-dolly-15k.jsonl") -> Path:
    (home / "dolly").mkdir(exist_ok=True)
    (home / "dolly" / name).write_bytes(b"".join(map(jsonl.encode, records)))
    return home / "dolly" / name


def record(number: int, **change: object) -> dict[str, object]:
    whole = {"instruction": f"Say {number}.", "context": "", "response": f"{number} it is", "category": "open_qa"}
    return {**whole, **change}


def refused(home: Path, suite: str) -> str:
    with pytest.raises(DataError) as caught:
        rouge_items.load(suite, home)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def by_hand(reference: str, answer: str) -> float:
    """ROUGE-L's F-measure from its definition, on words of ASCII letters and digits, long ones stemmed."""
    stem = PorterStemmer().stem
    kept = "abcdefghijklmnopqrstuvwxyz0123456789"
    left, right = (
        [stem(word) if len(word) > 3 else word for word in "".join(c if c in kept else " " for c in text).split()]
        for text in (reference.lower(), answer.lower())
    )
    common = LCSseq.similarity(left, right)
    return 2 * common / (len(left) + len(right)) if common else 0.0


@given(TEXTS, TEXTS)
def test_the_score_is_rouge_l_of_stemmed_words(reference: str, answer: str) -> None:
    assert scorer()([reference], answer) == pytest.approx(by_hand(reference, answer))


def test_a_worked_example() -> None:
    """The, cat and sleep, in order, of four and of six words."""
    score = scorer()
    assert score(["The cats were sleeping"], "the cat is fast asleep, sleeps") == pytest.approx(2 * 3 / (4 + 6))
    assert score(["nothing alike", "The cats were sleeping"], "THE CAT WERE SLEEPING!") == 1.0
    assert score(["something"], "") == score([""], "something") == 0.0


def test_dolly_asks_the_context_as_input_and_counts_by_category(tmp_path: Path) -> None:
    records = [record(1), record(2, context="Two apples.", category="closed_qa"), record(3), record(4)]
    dolly(tmp_path, *records)
    subject = Said("1 it is", "it is", " \n", "four")
    found = measure("dolly", subject, terms(tmp_path))
    assert [(one.id, one.instruction, one.input) for one in subject.asked[:2]] == [
        ("dolly/1", "Say 1.", ""),
        ("dolly/2", "Say 2.", "Two apples."),
    ]
    assert [mark.figures["rouge_l"] for mark in found.marks] == pytest.approx([1.0, 0.8, 0.0, 0.0])
    assert [mark.fault for mark in found.marks] == [None, None, "empty", None]
    (result,) = found.results
    assert result.figures["rouge_l"]["value"] == pytest.approx(0.45) and result.items == 4
    assert (result.unanswered, result.faults) == (1, {"empty": 1})
    by = {name: (one["items"], one["figures"]["rouge_l"]["value"]) for name, one in result.by["category"].items()}
    assert by == {"open_qa": (3, pytest.approx(1 / 3, abs=1e-6)), "closed_qa": (1, 0.8)}
    assert result.notes == [] and "stemming" in result.protocol and result.version.startswith("sha256:")


def test_five_hundred_records_are_held_out_whatever_their_order(tmp_path: Path) -> None:
    records = [record(number) for number in range(700)]
    chosen = []
    for order in (records, records[::-1]):
        dolly(tmp_path, *order)
        found = rouge_items.load("dolly", tmp_path)
        chosen.append({item.instruction.instruction for item in found.items})
        numbers = [int(item.instruction.id.removeprefix("dolly/")) for item in found.items]
        assert len(numbers) == 500 and numbers == sorted(numbers)
        assert [order[n - 1]["instruction"] for n in numbers] == [one.instruction.instruction for one in found.items]
        assert found.notes == ("500 of 700 records, those whose hash comes first",)
    assert chosen[0] == chosen[1] != {one["instruction"] for one in records[:500]}
    last = max(identify(text) for text in chosen[0])
    assert all(identify(str(one["instruction"])) > last for one in records if one["instruction"] not in chosen[0])


def test_a_split_of_at_most_five_hundred_is_used_as_it_is(tmp_path: Path) -> None:
    """The layout of the split that goes with MiniLLM."""
    rows = [
        {"topic": "qa", "instruction": f"Say {n}.", "input": "", "output": ["a", "b"], "prompt": "x"} for n in (2, 1)
    ]
    dolly(tmp_path, *rows, name="valid.jsonl")
    found = rouge_items.load("dolly", tmp_path)
    assert [item.instruction.instruction for item in found.items] == ["Say 2.", "Say 1."]
    assert [(item.references, item.groups) for item in found.items] == [(("a", "b"), {"category": "qa"})] * 2
    assert found.notes == ()


def test_items_that_the_model_was_trained_on_are_told(tmp_path: Path) -> None:
    dolly(tmp_path, record(1), record(2))
    found = measure("dolly", Said("a", "b"), terms(tmp_path, seen={identify("Say 2.")}))
    assert found.results[0].notes == ["1 of 2 items stand in the cache pool"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"instruction": " "}, "'instruction' is blank"),
        ({"context": 3}, "'context' is int, wanted text"),
        ({"response": None}, "'response' is NoneType, wanted text"),
        ({"response": []}, "'response' is empty, wanted an answer"),
        ({"response": [1]}, "'response' is no list of texts"),
        ({"category": 1}, "'category' is int, wanted text"),
    ],
)
def test_a_record_of_dolly_that_cannot_be_used_is_one_line(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = dolly(tmp_path, record(1), record(2, **change))
    assert refused(tmp_path, "dolly").startswith(f"{path}:2: {told}")


def test_dolly_s_file_must_be_there_and_be_one(tmp_path: Path) -> None:
    assert refused(tmp_path, "dolly").startswith(f"{tmp_path / 'dolly'}: found none, wanted one .jsonl file")
    dolly(tmp_path, record(1))
    path = dolly(tmp_path, record(1), name="valid.jsonl")
    assert "found databricks-dolly-15k.jsonl, valid.jsonl, wanted one" in refused(tmp_path, "dolly")
    path.unlink()
    (tmp_path / "dolly/databricks-dolly-15k.jsonl").write_text("[1]\n")
    assert "jsonl:1: found list, wanted an object" in refused(tmp_path, "dolly")


def vicuna(home: Path, *answered: int) -> None:
    (home / "vicuna").mkdir()
    questions = [{"question_id": n, "text": f"Why {n}?", "category": "generic"} for n in (1, 2)]
    answers = [{"question_id": n, "text": f"because {n}"} for n in answered]
    (home / "vicuna/question.jsonl").write_bytes(b"".join(map(jsonl.encode, questions)))
    (home / "vicuna/answer_gpt35.jsonl").write_bytes(b"".join(map(jsonl.encode, answers)))


def test_vicuna_s_references_are_found_by_the_question_s_number(tmp_path: Path) -> None:
    vicuna(tmp_path, 2, 1)
    found = measure("vicuna_rouge", Said("because 1", "because not"), terms(tmp_path))
    assert [mark.id for mark in found.marks] == ["vicuna/1", "vicuna/2"]
    assert [mark.figures["rouge_l"] for mark in found.marks] == [1.0, 0.5]
    assert set(found.results[0].by["category"]) == {"generic"}


def test_vicuna_without_recorded_answers_is_one_line(tmp_path: Path) -> None:
    vicuna(tmp_path, 1)
    assert refused(tmp_path, "vicuna_rouge").startswith(
        f"{tmp_path / 'vicuna/answer_gpt35.jsonl'}: no answer to vicuna/2"
    )
    (tmp_path / "vicuna/answer_gpt35.jsonl").unlink()
    assert refused(tmp_path, "vicuna_rouge").startswith(
        f"{tmp_path}: not found there: the recorded answers of ChatGPT (vicuna/answer_gpt35.jsonl)."
    )


@needs_real_data
@pytest.mark.parametrize(("name", "value"), [("gpt35", 1.0), ("vicuna-13b", None)])
def test_recorded_answers_to_vicuna_s_questions_are_measured(tmp_path: Path, name: str, value: float | None) -> None:
    home = Path(os.environ["LION_DATA_HOME"])
    subject = Recorded(home / f"vicuna/answer_{name}.jsonl")
    (result,) = suites.measure(["vicuna_rouge"], subject, terms(home), tmp_path / "first")
    figure = result.figures["rouge_l"]
    assert result.items == 80 and result.unanswered == 0 and len(result.by["category"]) == 9
    assert figure["value"] is not None and figure["low"] is not None and figure["high"] is not None
    assert figure["value"] == value if value else 0.2 < figure["low"] < figure["value"] < figure["high"] < 0.5
    suites.measure(["vicuna_rouge"], subject, terms(home), tmp_path / "second")
    for file in ("results.jsonl", "vicuna_rouge.jsonl"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
    assert json.loads((tmp_path / "first/results.jsonl").read_text())["suite"] == "vicuna_rouge"
