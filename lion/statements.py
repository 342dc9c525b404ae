"""What a reply states to be the score of Assistant 1 and of Assistant 2, by line. Knows not which statement counts.

A unit is a line, or a sentence of it. It is a statement if it is nothing but one or both names with a number each, or
the `Overall: 8` of a section that one name heads. A statement is *bare* if neither the word score (rating, grade, mark)
nor "out of 10" says what its number is: `Assistant 1: 3` may be a score, and may be what Assistant 1 answered.

Every pattern is matched at one place of a unit of at most 400 characters, so the time is linear in the reply's length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "absent",  # no score is stated: a refusal, prose, criteria alone
    "single",  # a score for one of the two alone
    "out of range",  # below 1 or above 10
    "contradictory",  # two scores for one assistant, and no telling which counts
    "unclear",  # a range, a percentage, another scale, words in place of a number
    "cut off",  # the reply ends where a score should stand
]
LOWEST, HIGHEST = 1, 10
LONGEST_UNIT = 400

WORD = r"(?:score|rating|grade|mark)"
OVERALL = r"(?:(?:final|overall) ){0,2}"
SCALE = r"(?: ?\((?:on )?(?:a )?(?:scale )?(?:of |from |out of )?(?:[01] ?(?:-|to) ?)?/? ?10\))?"
NAME = r"(?:the )?(?:ai )?assistant[ -]?(?P<number>1|2|one|two)(?!\w)(?: ?'s?)?"
VERB = r"(?: (?:receives|received|gets|got|earns|earned|deserves|is given|would receive|would get|has))"
ANSWER = r"(?:answer|response|reply)"
LABEL = re.compile(
    rf"(?P<scored>(?:the )?{OVERALL}{WORD}s?(?:(?: given)? (?:of|for|to) (?:(?:the )?{ANSWER} (?:of|by|from) )?| ?\())?"
    rf"{NAME}(?: {ANSWER}(?:'s)?)?(?P<owned> ?[:(-]? ?{OVERALL}{WORD}| overall)?{SCALE}\)?"
    rf"(?:(?P<prose>{VERB}? an? {OVERALL}{WORD} of | (?:scores|scored) (?=[0-9]))|(?P<given> (?:as )?(?:an?|at) )"
    r"|(?P<verb> (?:is|was|would be)(?: an?)? )|(?P<colon> ?(?:[:=|]|->|→)+ ?)|(?P<dash> ?-(?![0-9.]) ?)"
    rf"|(?P<scaled>{VERB}? (?=[(\[]?[0-9.]+ ?(?:/ ?10|out of 10)))|(?P<plain> (?=[0-9])))"
)
VALUE = re.compile(
    r"[(\[<{\"']{0,2} ?(?P<value>[0-9]{1,6}(?:\.[0-9]{1,6})?)"
    r"(?P<scaled> ?/ ?10(?:\.0)?(?![0-9]|\.[0-9])| \(?(?:out )?of 10\)?(?![0-9]))?"
    r"(?: points?)?(?!\w)(?: ?[)\]>}\"']{1,2})?"
)
END = re.compile(r"[\s.!,;)\]}>|]*\Z")
JOIN = re.compile(r"[\])}]?(?: ?[,;|/&.]| -)?(?: and| while)?[ \[(]{1,3}|[,;/]")
NOTE = re.compile(r" ?\([^()0-9]{1,200}\)")
REMARK = re.compile(r"(?:[,.;]? (?:-|because|since|as|due to) )(?!.*(?:[0-9]|assistant)).*\Z")
NUMERIC = re.compile(
    r"[-+~≈<>\[(]*(?:[0-9]|n/a\b)(?:[-+~≈<>()\[\]|0-9.,/%\s⁄]|or\b|to\b|out\b|of\b|and\b|points?\b)*\Z"
)
INTRO = re.compile(
    r"(?:(?:therefore|thus|so|overall|finally|in conclusion|in summary|in my opinion|hence|based on [^,0-9]{1,60}),? )?"
    r"(?:(?P<give>(?:i|we)(?: would|'d|will| shall)? (?:also )?(?:give|rate|score|assign|award|grade) )"
    rf"|(?:my |the |here are (?:my|the) )?{OVERALL}(?:{WORD}s?|evaluation|verdict|judge?ment)(?: are)? ?[:-] ?"
    r"|overall ?: ?)?"
    r"[\[(]?"
)
HEAD = re.compile(
    rf"(?P<scored>(?:the )?{OVERALL}{WORD}s? (?:of|for) )?(?:(?:evaluation|review|assessment|analysis) of |for )?"
    rf"{NAME}(?P<owned> {WORD})?(?: (?:answer|response|reply|evaluation|review|assessment))?{SCALE}"
    r" ?(?P<mark>[:|-] ?)?(?P<rest>.*)\Z"
)
OWN = re.compile(
    rf"(?:(?P<overall>(?:final|overall)(?: {WORD})?)|{WORD}){SCALE} ?(?::|=|-(?![0-9.])| is) ?(?=[-\[(<]?[0-9])"
)
TOTAL = re.compile(rf"(?:[,;|(]|\A) ?(?:final|overall)(?: {WORD})?{SCALE} ?[:=] ?(?=[0-9])")
MENTION = re.compile(r"assistant[ -]?(1|2|one|two)(?!\w)|\b(?:assistants|both (?:answers|responses|replies))\b")
NUMBERS = {"1": 1, "one": 1, "2": 2, "two": 2}

PLAIN = {
    **{ord(mark): " " for mark in "*_`#$\\\u200b\ufeff"},
    **{ord(dash): "-" for dash in "‐‑‒–—―−"},
    **{ord(quote): "'" for quote in "‘’´"},
    **{ord(quote): '"' for quote in "“”«»"},
}
GOES_ON = re.compile(
    r"(?<![:>'(&/-])(?<! and)(?<! while) (?=(?:The |Final |Overall )?Score (?:of|for) (?:the )?Assistant [12] ?:)"
)
HALF = re.compile(r"(?<=[0-9]) ?½")
TAG = re.compile(r"</?(?:b|br|strong|em|i|p|li|ul|ol|td|tr|span|div|h[1-6]) ?/?>|\\(?:boxed|text|textbf|mathbf)(?={)")
BULLET = re.compile(r"(?:[0-9]{1,2}[.)] (?=\D)|[^\w\s\"'<>(\[{-]|-(?![0-9.])| )+")
SENTENCE = re.compile(r"(?<=[.!?]) (?=[^0-9])|\n")


@dataclass(frozen=True, slots=True)
class Stated:
    """The score of Assistant `number`, or why it is none, as the units from `start` to `end` state it."""

    number: int
    value: float | Fault
    is_bare: bool
    start: int
    end: int
    is_owned: bool = False
    """Whether it is the `Overall: 8` of a section."""


@dataclass(slots=True)
class _Section:
    """What stands under the name of Assistant `number`."""

    number: int
    says_score: bool
    is_empty: bool
    start: int
    scores: int = 0


def clean(line: str) -> str:
    """A line in lower case without markup, bullets and odd spaces; a line without letters and digits is empty.

    A quoted line keeps its sign, and so is never a statement: it is what somebody else wrote.
    """
    plain = unicodedata.normalize("NFKC", TAG.sub(" ", HALF.sub(".5", line))).translate(PLAIN)
    if not any(letter.isalnum() for letter in plain):
        return ""
    plain = " ".join(plain.split())
    if bullet := BULLET.match(plain):
        plain = plain[bullet.end() :]
    return (plain if '"' in plain else GOES_ON.sub("\n", plain)).lower()


def split(line: str) -> list[str]:
    """The sentences of a cleaned line. A number after a full stop stays with what stands before it."""
    return [unit for unit in SENTENCE.split(line) if unit]


def statements(units: Sequence[str]) -> Iterator[Stated]:
    """Every statement in `units`, in order."""
    section: _Section | None = None
    for place, unit in enumerate(units):
        if len(unit) > LONGEST_UNIT:
            section = None
        elif named := _named(unit, place):
            section = None
            yield from named
        elif section and (own := _owned(unit, place, section)):
            yield own
        elif headed := _headed(unit, place):
            section = headed
            yield from _totalled(unit, place, headed.number)
            if place == len(units) - 1 and headed.is_empty:
                yield Stated(headed.number, "cut off", not headed.says_score, place, place)
        elif section and any(NUMBERS.get(name) != section.number for name in MENTION.findall(unit)):
            section = None


def _score(found: re.Match[str]) -> float | Fault:
    value = float(found["value"])
    return value if LOWEST <= value <= HIGHEST else "out of range"


def _named(unit: str, place: int) -> list[Stated]:
    """The statements that `unit` consists of; none where it is prose."""
    intro = INTRO.match(unit)
    at, gives = (intro.end(), bool(intro["give"])) if intro else (0, False)
    found: list[Stated] = []
    while at < len(unit) and (label := LABEL.match(unit, at)):
        stated, at = _one(unit, label, gives, place)
        if stated is None and not found:
            break
        found.append(stated or Stated(NUMBERS[label["number"]], "unclear", True, place, place))
    return found


def _one(unit: str, label: re.Match[str], gives: bool, place: int) -> tuple[Stated | None, int]:
    """What is stated at `label`, none where it is prose, and where the next label begins."""
    number, value = NUMBERS[label["number"]], VALUE.match(unit, label.end())
    says_score = bool(label["scored"] or label["owned"] or label["prose"] or (gives and label["given"]))
    is_bare = not says_score and not (value and value["scaled"])
    if value and (says_score or not (label["verb"] or label["given"] or label["plain"])):
        following = _following(unit, value.end(), is_bare)
        if following is not None:
            return Stated(number, _score(value), is_bare, place, place), following
    rest = unit[label.end() :].strip()
    if NUMERIC.match(rest) or (says_score and rest and (label["colon"] or rest[0].isdigit())):
        return Stated(number, "unclear", not says_score, place, place), len(unit)
    return None, len(unit)


def _following(unit: str, at: int, is_bare: bool) -> int | None:
    """Where the next label begins after a value; the unit's length where it ends; None where something else comes."""
    if not is_bare and (note := NOTE.match(unit, at)):
        at = note.end()
    if END.match(unit, at) or (not is_bare and REMARK.match(unit, at)):
        return len(unit)
    join = JOIN.match(unit, at)
    return join.end() if join and LABEL.match(unit, join.end()) else None


def _owned(unit: str, place: int, section: _Section) -> Stated | None:
    """The `Overall: 8` of a section, or the number that stands right below its name."""
    own = OWN.match(unit)
    value = VALUE.match(unit, own.end() if own else 0)
    ends = value is not None and _following(unit, value.end(), is_bare=own is None) == len(unit)
    if own is None:
        if value is None or not ends or place != section.start + 1:
            return None
        is_bare = not (section.says_score or value["scaled"])
        return Stated(section.number, _score(value), is_bare, section.start, place)
    section.scores += not own["overall"]
    found: float | Fault = _score(value) if value and ends else "unclear"
    if not own["overall"] and section.scores > 1:
        found = "contradictory"  # a score for each criterion
    return Stated(section.number, found, False, place, place, is_owned=True)


def _totalled(unit: str, place: int, number: int) -> Iterator[Stated]:
    """The `Overall: 8` that closes a list of criteria on the line of a name."""
    for total in list(TOTAL.finditer(unit))[-1:]:
        value = VALUE.match(unit, total.end())
        ends = value is not None and END.match(unit, value.end())
        yield Stated(number, _score(value) if value and ends else "unclear", False, place, place, is_owned=True)


def _headed(unit: str, place: int) -> _Section | None:
    """The section that `unit` opens: a name alone, or a name with a colon and what is said of it."""
    head = HEAD.match(unit)
    if head is None or (head["rest"] and (head["mark"] or "").strip() != ":"):
        return None
    return _Section(NUMBERS[head["number"]], bool(head["scored"] or head["owned"]), not head["rest"], place)
