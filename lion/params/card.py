"""The section of params.yaml that only the cards of what is published tell. Knows no card, and no licence."""

from __future__ import annotations

from pydantic import Field

from lion.params.sections import Section

HUB_NAME = r"^[a-z0-9][a-z0-9.\-]*$"


class Card(Section):
    """Under which licence a user publishes; null: not stated. No stage lists these: changing one reruns nothing."""

    license: str | None = Field(pattern=HUB_NAME)
    """Of the student, as the Hugging Face hub names it, such as `apache-2.0` or `llama3`."""
    data_license: str | None = Field(pattern=HUB_NAME)
    """The same of the pools and the teacher's answers, such as `cc-by-nc-4.0`."""
