"""Facts as Hugging Face cards: Markdown below a block of metadata. Knows no file of a run.

The metadata is that of https://github.com/huggingface/hub-docs (modelcard.md, datasetcard.md). A licence that is not
stated is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined

from lion.records import Reason, Result

TAGS = ["distillation", "adversarial-distillation"]
SIZES = {1_000: "n<1K", 10_000: "1K<n<10K", 100_000: "10K<n<100K", 1_000_000: "100K<n<1M", 10_000_000: "1M<n<10M"}
WHY: dict[Reason, str] = {
    "duplicate": "the same instruction and input stand in the pool already",
    "failed": "the endpoint gave no reply within the bounded number of tries",
    "refused": "the provider's filter, or the model itself, declined",
    "empty": "a reply without text",
    "length": "cut off by a limit of length, or longer than it",
    "unanswered": "the teacher has no answer to it",
    "unreadable": "no two scores could be read from the referee's replies",
    "short": "three words or fewer",
    "punctuation": "begins with punctuation",
    "non_ascii": "begins with a non-ASCII character",
    "echo": "repeats the prompt's own markers",
    "similar": "too close to a known instruction (ROUGE-L F1)",
    "contaminated": "overlaps an item of a benchmark",
}


def model(facts: Mapping[str, Any]) -> str:
    """The card of the last student."""
    base, seed = facts["base"], facts["seed"]
    head = {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": TAGS,
        **_license(facts["card"].license),
        **({"base_model": base["name"]} if base["on_hub"] else {}),
        **({"datasets": [seed["name"]]} if seed["on_hub"] else {}),
        "model-index": [{"name": _name(facts), "results": [_entry(result) for result in facts["results"]]}],
    }
    return _card("model", head, facts)


def data(facts: Mapping[str, Any]) -> str:
    """The card of the last pools."""
    count = facts["iterations"][str(facts["last"])]["pools"]["cache"]
    head = {
        "pretty_name": f"{_name(facts)}: pools and answers",
        "task_categories": ["text-generation"],
        "size_categories": [next((size for most, size in SIZES.items() if count < most), "n>10M")],
        "tags": TAGS,
        **_license(facts["card"].data_license),
        "configs": [{"config_name": name.removesuffix(".jsonl"), "data_files": name} for name in facts["files"]],
    }
    return _card("data", head, facts)


def _name(facts: Mapping[str, Any]) -> str:
    return f"lion-{facts['settings']['profile']}-student-{facts['last']}"


def _license(stated: str | None) -> dict[str, str]:
    return {"license": stated} if stated else {}


def _entry(result: Result) -> dict[str, Any]:
    """One suite in the model index, with every figure that was measured."""
    metrics = [
        {"type": name, "name": name, "value": found["value"]}
        for name, found in result.figures.items()
        if found["value"] is not None
    ]
    return {
        "task": {"type": "text-generation"},
        "dataset": {"type": result.suite, "name": result.suite, "args": {"version": result.version}},
        "metrics": metrics,
    }


def _card(template: str, head: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FunctionLoader(_template),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=cell, count=_count, yaml=_yaml, figure=_figure)
    rejected = _rejected(facts)
    contaminated = sum(row["count"] for row in rejected if row["reason"] == "contaminated")
    told = {**facts, "name": _name(facts), "why": WHY, "rejected": rejected, "contaminated": contaminated}
    body = environment.get_template(template).render(told)
    return f"---\n{_yaml(head)}---\n\n{body}"


def _template(name: str) -> str:
    return resources.files("lion.publishing").joinpath(f"{name}.md.jinja").read_text("utf-8")


def _rejected(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was not kept: seeds, instructions without an answer or a verdict, candidates; by reason."""
    rows = [("seeds", facts["seeds_rejected"])]
    for number, found in facts["iterations"].items():
        rows.append((f"without an answer, iteration {number}", found["pools"]["unanswered"]))
        rows.append((f"unjudged, iteration {number}", found.get("discrimination", {}).get("unjudged", {})))
        rows.append((f"candidates, iteration {number}", found.get("generation", {}).get("rejected", {})))
    return [
        {"what": what, "reason": reason, "count": count} for what, counts in rows for reason, count in counts.items()
    ]


def cell(text: object) -> str:
    """`text` for a table or a line: no line ends, and nothing that Markdown or HTML would take for its own."""
    plain = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    for mark in "\\`*_[]|":
        plain = plain.replace(mark, "\\" + mark)
    return plain


def _count(number: int) -> str:
    return f"{number:,}"


def _figure(found: Mapping[str, float | None] | None) -> str:
    """`0.452 (0.415 to 0.490)`; a dash where nothing was measured."""
    if found is None or found["value"] is None:
        return "–"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


def _yaml(tree: Any) -> str:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
