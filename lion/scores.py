"""The two scores in a referee's or a judge's reply. Knows nothing of roles, requests or files.

What a careful person would read is read, and all else is refused with a reason: an unreadable reply is asked for again,
a wrong number never. Statements (`lion.statements`) that stand together are a *block*, and the last block counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lion.statements import END, HIGHEST, LOWEST, OVERALL, VALUE, WORD, Fault, Stated, clean, split, statements

Block = list[Stated]

_SHOWN = VALUE.pattern.replace("?P<value>", "").replace("?P<scaled>", "")
PAIR = re.compile(
    rf"(?P<told>(?:the |my )?{OVERALL}{WORD}s?(?: are)? ?[:=]? )?[(\[]{{0,2}}(?P<first>{_SHOWN})"
    rf"(?: ?[,;|&] ?| and | )(?P<second>{_SHOWN})"
)
CRITERION = re.compile(
    r"(?:helpful|relevan|accura|correct|detail|depth|clar|creativ|complete|concis|coheren|fluen|safe|style|tone|format|"
    r"structur|factual|harmless|useful|quality|language|grammar|original|engag|insight|specific)\w*"
)
FILLERS = {"and", "of", "level", "the", "&"}
LONGEST_HEADING_WORDS = 6
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


def read(text: str) -> Scores | Unreadable:
    """The scores that a reply states, or why it states none that can be relied on."""
    lines = [line for raw in text.splitlines() if (line := clean(raw))]
    units = [unit for line in lines for unit in split(line)]
    stated = _settle(list(_counting(list(_blocks(statements(units))), units)), units)
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


def _blocks(stated: Iterable[Stated]) -> Iterator[Block]:
    """Statements with nothing between them, together; but bare numbers are parted from scores that follow them."""
    block: Block = []
    for one in stated:
        is_other = block and block[-1].is_bare and not one.is_bare and one.number in {known.number for known in block}
        if block and (is_other or one.start > block[-1].end + 1):
            yield block
            block = []
        block.append(one)
    if block:
        yield block


def _counting(blocks: Sequence[Block], units: Sequence[str]) -> Iterator[Block]:
    """The blocks that state scores: none that is quoted or of one criterion, no bare numbers that may be anything."""
    for block in blocks:
        heading = _heading(block, units)
        if not all(one.is_owned for one in block) and not _is_approved(heading):
            if _names_criterion(heading) or (_is_heading(heading) and QUOTES.search(heading)):
                continue
            if all(one.is_bare for one in block) and not _opens_or_closes(block, units):
                continue
        yield block


def _opens_or_closes(block: Block, units: Sequence[str]) -> bool:
    """Whether bare numbers stand where scores are asked for, under nothing else and beside no other scores."""
    heading, others = _heading(block, units), [*units[: block[0].start], *units[block[-1].end + 1 :]]
    is_outermost = block[0].start == 0 or block[-1].end == len(units) - 1
    return is_outermost and not _is_heading(heading) and not any(SCENT.search(unit) for unit in others)


def _settle(blocks: Sequence[Block], units: Sequence[str]) -> Scores | Unreadable:
    """The last block's scores. Where it names one assistant alone or stands under a heading, no other may differ."""
    if not blocks:
        return Unreadable("absent")
    last = blocks[-1]
    is_whole, is_foreign = {one.number for one in last} == {1, 2}, _is_foreign(last, units)
    if is_whole and not is_foreign:
        return _agreed(last)
    relevant = blocks if is_whole else [block for block in blocks if not _is_foreign(block, units)]
    return _agreed([one for block in relevant for one in block])


def _agreed(stated: Sequence[Stated]) -> Scores | Unreadable:
    """The one score that is stated for each assistant."""
    fault = next((one.value for one in stated if isinstance(one.value, str)), None)
    if fault is not None:
        return Unreadable(fault)
    values = [{float(one.value) for one in stated if one.number == number} for number in (1, 2)]
    if any(len(found) > 1 for found in values):
        return Unreadable("contradictory")
    if not all(values):
        return Unreadable("single" if stated else "absent")
    return Scores(*(found.pop() for found in values))


def _heading(block: Block, units: Sequence[str]) -> str:
    """The unit above a block."""
    return units[block[0].start - 1] if block[0].start else ""


def _names_criterion(heading: str) -> bool:
    """Whether what stands below is the score for one criterion: `Accuracy`, `Level of detail:`."""
    words = re.findall(r"[a-z&]+|[0-9]", heading)
    if len(words) > LONGEST_HEADING_WORDS or {"overall", "final", *"0123456789"}.intersection(words):
        return False
    named = [word for word in words if CRITERION.fullmatch(word)]
    return bool(named) and (heading.endswith(":") or len(named) + len(FILLERS.intersection(words)) >= len(set(words)))


def _is_heading(unit: str) -> bool:
    return unit.endswith(":") or "|" in unit


def _is_approved(heading: str) -> bool:
    """Whether a heading says that scores follow: `My scores:`, `Overall:`, `| Assistant | Score |`."""
    says_so = APPROVES.search(heading) and (OF_SCORES.search(heading) or not OF_ANSWERS.search(heading))
    return bool(_is_heading(heading) and says_so and not QUOTES.search(heading) and not _names_criterion(heading))


def _is_foreign(block: Block, units: Sequence[str]) -> bool:
    """Whether a block stands under a heading that may make something else of it: `Usefulness for children:`."""
    heading = _heading(block, units)
    return not all(one.is_owned for one in block) and _is_heading(heading) and not _is_approved(heading)
