"""Ids and schemas of records."""

import dataclasses
import json
from importlib import resources

import pytest

from lion import records
from lion.records import Identified, Instruction, Record, identify


def concrete() -> list[type[Record]]:
    kinds = [kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, Record)]
    return [kind for kind in kinds if kind not in (Record, Identified)]


def schema(kind: type[Record]) -> dict[str, object]:
    text = resources.files("lion.schemas").joinpath(f"{kind.__name__.lower()}.json").read_text("utf-8")
    return json.loads(text)


def test_white_space_and_unicode_composition_do_not_change_an_id() -> None:
    assert identify("Name  a\ncafé. ", "") == identify("Name a cafe\u0301.", "  ")


@pytest.mark.parametrize("other", [("Name a Fruit.", ""), ("Name a fruit.", "apple"), ("", "Name a fruit.")])
def test_another_text_or_input_is_another_id(other: tuple[str, str]) -> None:
    assert identify("Name a fruit.", "") != identify(*other)


def test_moving_text_from_instruction_to_input_changes_the_id() -> None:
    assert identify("Sort: 3 1", "") != identify("Sort:", "3 1")


def test_a_lone_surrogate_has_an_id() -> None:
    assert len(identify("broken \ud800 text")) == records.ID_LENGTH


def test_there_are_twelve_kinds_of_record() -> None:
    assert len(concrete()) == 12


@pytest.mark.parametrize("kind", concrete(), ids=lambda kind: kind.__name__)
def test_a_schema_has_the_fields_of_its_record_and_no_others(kind: type[Record]) -> None:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    found = schema(kind)
    assert set(found["properties"]) == set(fields)
    assert found["additionalProperties"] is False
    required = {name for name, field in fields.items() if field.default is not None}
    assert set(found["required"]) == required


@pytest.mark.parametrize("kind", ["review", "rejected", "judgement"])
def test_the_schemas_know_every_reason(kind: str) -> None:
    text = resources.files("lion.schemas").joinpath(f"{kind}.json").read_text("utf-8")
    assert json.loads(text)["properties"]["reason"]["enum"] == list(records.Reason.__args__)


def test_a_seed_has_no_parent() -> None:
    seed = Instruction.seed("Name a fruit.")
    assert (seed.origin, seed.iteration, seed.parent) == ("seed", 0, None)
