"""What the page lets one look into: a sample that is the same for the same seed, told whole, and safe to embed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lion import jsonl
from lion.records import Answer, Instruction, Rejected, Review, Verdict
from lion.report import explorer

SEED = Instruction.seed("Name a fruit </script><!--")
OTHER = Instruction.seed("Name a tree.")
CHILD = Instruction("d" * 16, "Name a rare fruit", "", "hard", 0, SEED.id)
LOST = Rejected("e" * 16, "similar", "", "Name a fruit, please", "hard", SEED.id, OTHER.id, 0.75)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    first, last = tmp_path / "iteration-0", tmp_path / "iteration-1"
    jsonl.write(first / "cache_pool.jsonl", [SEED, OTHER])
    jsonl.write(last / "cache_pool.jsonl", [SEED, OTHER, CHILD])
    jsonl.write(first / "teacher.jsonl", [Answer(SEED.id, "plum"), Answer(OTHER.id, "oak")])
    jsonl.write(first / "student.jsonl", [Answer(SEED.id, "stone")])
    jsonl.write(first / "reviews.jsonl", [Review(SEED.id, "teacher-first", "read", 9.0, 2.0)])
    jsonl.write(first / "hard.jsonl", [Verdict(SEED.id, 9.0, 2.0, 7.0)])
    jsonl.write(first / "easy.jsonl", [])
    jsonl.write(first / "unjudged.jsonl", [Rejected(OTHER.id, "unanswered", "no answer")])
    jsonl.write(first / "rejected.jsonl", [LOST])
    return tmp_path


def pool(data: Path, count: int) -> list[Instruction]:
    """A cache pool of so many, each the child of the one before."""
    found = [Instruction.seed("Begin.")]
    for n in range(count - 1):
        found.append(Instruction(f"{n:016x}", f"Go on to number {n}.", "", "hard", 0, found[-1].id))
    jsonl.write(data / "iteration-1/cache_pool.jsonl", found)
    return found


def shown(sample: explorer.Sample) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads(sample.text)["instructions"]}


def test_an_instruction_is_told_with_all_that_happened_to_it(data: Path) -> None:
    found = shown(explorer.draw(data, 1, 42))
    assert list(found) == [SEED.id, OTHER.id, CHILD.id]
    assert found[SEED.id]["children"] == [CHILD.id] and found[CHILD.id]["parent"] == SEED.id
    assert found[SEED.id]["teacher"] == "plum"
    review = ["teacher-first", 9.0, 2.0, "read", None]
    assert found[SEED.id]["turns"] == [{"k": 0, "student": "stone", "reviews": [review], "side": "hard", "gap": 7.0}]
    [turn] = found[OTHER.id]["turns"]
    assert (turn["side"], turn["why"]) == ("unjudged", "unanswered: no answer")
    assert found[CHILD.id]["turns"] == []


def test_a_rejected_candidate_is_told_with_its_reason_and_neighbour(data: Path) -> None:
    sample = explorer.draw(data, 1, 42)
    [row] = json.loads(sample.text)["rejected"]
    assert (row["reason"], row["nearest"], row["f1"], row["born"]) == ("similar", OTHER.id, 0.75, 0)
    assert (sample.shown_rejected, sample.rejected) == (1, 1)


def test_everything_has_its_category(data: Path) -> None:
    told = json.loads(explorer.draw(data, 1, 42).text)
    assert {row["category"] for kind in told.values() for row in kind} == {"name"}


def test_the_same_seed_draws_the_same_sample_and_another_one_another(data: Path) -> None:
    pool(data, 3 * explorer.MOST)
    one, two, other = (explorer.draw(data, 1, seed) for seed in (1, 1, 2))
    assert one == two
    assert set(shown(one)) != set(shown(other))
    assert (one.shown, one.instructions) == (explorer.MOST, 3 * explorer.MOST)


def test_of_a_few_thousand_instructions_all_are_shown(data: Path) -> None:
    pool(data, explorer.MOST)
    assert explorer.draw(data, 1, 42).shown == explorer.MOST


def test_whoever_is_drawn_has_its_ancestors_beside_it_as_far_as_there_is_room(data: Path) -> None:
    pool(data, explorer.MOST + 1)
    found = shown(explorer.draw(data, 1, 42))
    orphans = [id for id, row in found.items() if row["parent"] and row["parent"] not in found]
    assert len(orphans) <= 1


def test_the_sample_keeps_to_its_size_however_long_the_texts(data: Path) -> None:
    long = [Instruction.seed(f"{n} " + "x" * 100_000) for n in range(50)]
    jsonl.write(data / "iteration-1/cache_pool.jsonl", long)
    sample = explorer.draw(data, 1, 42)
    assert 20 <= sample.shown < 50
    assert len(sample.text) < explorer.MOST_BYTES + explorer.LOST_BYTES


@pytest.mark.parametrize("text", ["</script>", "<!--", "<script", "&lt;", "\u2028", "\ud800", "\x00", "é"])
def test_embedded_text_is_plain_ascii_that_ends_no_element_and_comes_back_whole(text: str) -> None:
    safe = explorer.safe({"text": text})
    assert safe.isascii() and safe.isprintable()
    assert not set(safe) & set("<>&")
    assert json.loads(safe) == {"text": text}
