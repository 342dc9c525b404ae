"""A subject measured on suites, and its results written to a folder. Knows neither suites nor subjects from within."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from lion import jsonl
from lion.errors import DataError
from lion.evaluation import benchmarks, listing, recorded, suites
from lion.evaluation.suite import Terms
from lion.params import Params
from lion.prompts import Prompts
from lion.records import Result
from lion.rivals import folder
from lion.rivals.subject import Choice, Subject, opened
from lion.student import processes


def rehearse(choice: Choice, settings: Params, names: Sequence[str]) -> None:
    """Raise what would keep the suites `names` from being measured, or an answer on file from being of use to them."""
    found = listing.items(names, _terms(settings))
    if not choice.answers:
        return
    known = {id for ids in found.values() for id in ids}
    answered = recorded.read(choice.answers)
    strangers = [id for id in answered if id not in known]
    if strangers:
        raise DataError(
            f"{choice.answers}: {len(strangers)} of {len(answered)} ids are of no item of {', '.join(names)}, the "
            f"first is {strangers[0]!r}. Correct them, or name their suite with --suite."
        )


def measure(
    choice: Choice, settings: Params, names: Sequence[str], name: str, out: Path, *, force: bool, scratch: Path
) -> list[Result]:
    """The results of the subject, called `name`, on the suites `names`; they stand in `out`, beside those of others.

    In several processes all measure, and the first writes.
    """
    with opened(choice, settings, scratch) as subject:
        kept = folder.others(out, names, subject.prompt, subject.notes, force)
        terms = _asked_of(subject, name, _terms(settings))
        is_first = processes.rank() == 0
        with folder.writing(out, kept) if is_first else nullcontext(out) as partial:
            found = [result for suite in names for result in _measure(suite, subject, terms, partial)]
            if is_first:
                jsonl.write(partial / suites.RESULTS, [*kept, *found])
        return found


def _measure(suite: str, subject: Subject, terms: Terms, out: Path) -> list[Result]:
    """The results of one suite. An item without a reply counts as unanswered, and a note says so."""
    before = len(subject.lost)
    found = suites.measure([suite], subject.backend, terms, out)
    lost = subject.lost[before:]
    if not lost:
        return found
    note = f"no reply from the endpoint to {len(lost)} items, the first is {lost[0]}"
    return [replace(result, notes=[*result.notes, note]) for result in found]


def _asked_of(subject: Subject, name: str, terms: Terms) -> Terms:
    return replace(
        terms,
        subject=name,
        evaluate=subject.settings,
        prompt=subject.prompt,
        decoding=subject.decoding,
        notes=subject.notes,
    )


def _terms(settings: Params) -> Terms:
    """What the suites are told, of no subject yet. What a model outside the pipeline was trained on is not known."""
    return Terms(
        subject="",
        home=benchmarks.home(),
        seen=frozenset(),
        evaluate=settings.evaluate,
        judge=settings.judge,
        teacher=settings.teacher,
        prompts=Prompts(Path(settings.prompts)),
        runtime=settings.runtime,
        prompt="",
        decoding={},
    )
