"""The two scores in a referee's or a judge's reply. Knows nothing of roles, requests or files.

What a careful person would read is read, and all else is refused with a reason: an unreadable reply is asked for again,
a wrong number never. Statements (`lion.statements`) that stand together are a *block*, and the last block counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lion.statements import END, HIGHEST, LOWEST, OVERALL, VALUE, WORD, Fault, Stated, clean, split, statements

_SHOWN = VALUE.pattern.replace("?P<value>", "").replace("?P<scaled>", "")
PAIR = re.compile(
    rf"(?P<told>(?:the |my )?{OVERALL}{WORD}s?(?: are)? ?[:=]? )?[(\[]{{0,2}}(?P<first>{_SHOWN})"
    rf"(?: ?[,;|&] ?| and | )(?P<second>{_SHOWN})"
)
CRITERION = re.compile(
    r"(?:helpful|relevan|accura|correct|detail|depth|clar|creativ|complete|concis|coheren|fluen|safe|style|tone|format|"
    r"structur|factual|harmless|useful|quality|language|grammar|original|engag|insight|specific)\w*"
)
FILLER = re.compile(r"and|of|for|to|level|the|&|criterion|weight|scores?|ratings?")
BEGINS = re.compile(
    rf"(?:for |on |in terms of )?(?:the )?(?:level of )?{CRITERION.pattern}(?: (?:and|&) \w{{1,20}})? ?[:-]"
)
"""What is said of one criterion: `Accuracy: both are right.`"""
VALUED = re.compile(r"[0-9](?: ?/ ?10)?[.| ]*\Z")
"""A criterion with its own score, `Accuracy: 9`, heads nothing."""
RESTATES = re.compile(
    r"(?:or )?(?:rather|no|wait|sorry|correct|revis|on (?:reflection|second thought)|in fact|actually|edit)"
)
LONGEST_HEADING_WORDS, LONGEST_TITLE_WORDS = 6, 5
APPROVES = re.compile(r"\b(?:scor|rat(?:e|ing)|grad|mark|evaluat|verdict|judg|assess|conclusion|overall|summary)")
OF_ANSWERS = re.compile(r"\b(?:answer|result|output|repl|respon|count|word|length|gave)")
QUOTES = re.compile(
    r"\b(?:ask|claim|sa(?:id|ys?|ying)\b|wr(?:ote|ites?|iting)\b|ends?\b|ended|contain|instruct|quot|inject|append|attempt|"
    r"tr(?:y|ies|ied)\b|demand|example|for instance|format)"
)
OF_SCORES = re.compile(r"\b(?:scor|rat(?:e|ing)\b|grad|mark)")
SCENT = re.compile(r"\b(?:scor|rat(?:e|ing)\b|grad|mark)[^0-9]{0,80}[0-9]|[0-9] ?/ ?10(?![0-9])")


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of the answers that were shown first and second, 1 to 10."""

    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a reply has no two scores."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that stand together, and the units `above` them, as far as the block before."""

    stated: tuple[Stated, ...]
    above: tuple[str, ...]
    may_be_bare: bool

    @property
    def heading(self) -> str:
        """The unit right above."""
        return self.above[-1] if self.above else ""

    @property
    def is_bare(self) -> bool:
        """Whether nothing says of any number that it is a score."""
        return all(one.is_bare for one in self.stated)

    @property
    def is_owned(self) -> bool:
        """Whether all stand under an assistant's own heading."""
        return all(one.is_owned for one in self.stated)


def read(text: str) -> Scores | Unreadable:
    """The scores that a reply states, or why it states none that can be relied on."""
    lines = [line for raw in text.splitlines() if (line := clean(raw))]
    units = [unit for line in lines for unit in split(line)]
    stated = _settle([block for block in _blocks(statements(units), units) if _counts(block)])
    pair = _opening_pair(lines) or _closing_pair(lines)
    if pair is None or pair == stated:
        return stated
    return pair if stated == Unreadable("absent") else Unreadable("contradictory")


def _opening_pair(lines: Sequence[str]) -> Scores | Unreadable | None:
    """The scores in a first line such as `8 9`."""
    return _pair(lines[0]) if lines else None


def _closing_pair(lines: Sequence[str]) -> Scores | Unreadable | None:
    """The scores in a last line such as `Scores: 8, 9` or `8/10, 9/10`. Two bare numbers may be anything there."""
    found = PAIR.match(lines[-1]) if lines else None
    return _pair(lines[-1]) if found and (found["told"] or all(value["scaled"] for value in _values(found))) else None


def _pair(line: str) -> Scores | Unreadable | None:
    found = PAIR.match(line)
    if found is None or not END.match(line, found.end()):
        return None
    first, second = (float(value["value"]) for value in _values(found))
    is_within = min(first, second) >= LOWEST and max(first, second) <= HIGHEST
    return Scores(first, second) if is_within else Unreadable("out of range")


def _values(found: re.Match[str]) -> list[re.Match[str]]:
    return [value for which in ("first", "second") if (value := VALUE.match(found[which]))]


def _blocks(stated: Iterable[Stated], units: Sequence[str]) -> Iterator[Block]:
    """Statements with nothing between them, together; but bare numbers are parted from scores that follow them."""
    runs: list[list[Stated]] = []
    for one in stated:
        run = runs[-1] if runs else []
        is_other = run and run[-1].is_bare and not one.is_bare and one.number in {known.number for known in run}
        if not run or is_other or one.start > run[-1].end + 1:
            runs.append([])
        runs[-1].append(one)
    ends = [0, *(run[-1].end + 1 for run in runs)]
    for run, start in zip(runs, ends, strict=False):
        yield Block(tuple(run), tuple(units[start : run[0].start]), _may_be_bare(run, units))


def _may_be_bare(run: Sequence[Stated], units: Sequence[str]) -> bool:
    """Whether numbers stand where scores are asked for, as the first or the last of a reply, and beside no others."""
    start, end = run[0].start, run[-1].end + 1
    return (start == 0 or end == len(units)) and not any(SCENT.search(unit) for unit in [*units[:start], *units[end:]])


def _counts(block: Block) -> bool:
    """Whether a block states scores: not quoted ones, not those of one criterion, no numbers that may be anything."""
    if block.is_owned or _is_approved(block.heading):
        return True
    if _names_criterion(block.heading) or (_is_heading(block.heading) and QUOTES.search(block.heading)):
        return False
    return not block.is_bare or (block.may_be_bare and not _is_heading(block.heading))


def _settle(blocks: Sequence[Block]) -> Scores | Unreadable:
    """The last block's scores. Where it names one assistant alone or may be of one criterion, no other may differ."""
    if not blocks:
        return Unreadable("absent")
    last = blocks[-1]
    is_whole, is_foreign = {one.number for one in last.stated} == {1, 2}, _is_foreign(last)
    if is_whole and not is_foreign:
        return _agreed([last])
    return _agreed(blocks if is_whole else [block for block in blocks if not _is_foreign(block)])


def _agreed(blocks: Iterable[Block]) -> Scores | Unreadable:
    """The one score that is stated for each assistant."""
    stated = [one for block in blocks for one in block.stated]
    fault = next((one.value for one in stated if isinstance(one.value, str)), None)
    if fault is not None:
        return Unreadable(fault)
    values = [{float(one.value) for one in stated if one.number == number} for number in (1, 2)]
    if any(len(found) > 1 for found in values):
        return Unreadable("contradictory")
    if not all(values):
        return Unreadable("single" if stated else "absent")
    return Scores(*(found.pop() for found in values))


def _is_foreign(block: Block) -> bool:
    """Whether something above a block may make the score of one criterion of it: `Usefulness for children:`."""
    if block.is_owned or _is_approved(block.heading):
        return False
    return _is_heading(block.heading) or any(_names_criterion(unit) or BEGINS.match(unit) for unit in block.above)


def _is_heading(unit: str) -> bool:
    is_title = (
        len(unit.split()) <= LONGEST_TITLE_WORDS and not unit.endswith((".", "!", "?")) and not VALUED.search(unit)
    )
    return bool(unit) and (unit.endswith(":") or "|" in unit or (is_title and not RESTATES.match(unit)))


def _is_approved(heading: str) -> bool:
    """Whether a heading says that scores follow: `My scores:`, `Overall:`, `Final scores`, `| Assistant | Score |`."""
    says_so = APPROVES.search(heading) and (OF_SCORES.search(heading) or not OF_ANSWERS.search(heading))
    return bool(_is_heading(heading) and says_so and not QUOTES.search(heading) and not _names_criterion(heading))


def _names_criterion(heading: str) -> bool:
    """Whether what stands below is the score for one criterion: `Accuracy`, `Level of detail (1-10):`."""
    words = re.findall(r"[a-z&]+", heading)
    if len(words) > LONGEST_HEADING_WORDS or VALUED.search(heading) or {"overall", "final"}.intersection(words):
        return False
    if not any(CRITERION.fullmatch(word) for word in words):
        return False
    return heading.endswith(":") or all(CRITERION.fullmatch(word) or FILLER.fullmatch(word) for word in words)
