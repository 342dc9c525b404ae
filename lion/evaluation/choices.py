"""Which option of a multiple-choice question a reply chooses. Knows no benchmark, no files and no right answers.

*Strict*: the reply is one option and nothing else: its letter (`(B)`, `B`, `B.`), its text, or both.
*Lenient*: an option that a longer reply settles on. Where several are named and none is settled on, the reply is
ambiguous; nothing is ever guessed. Options without letters are words (`True`, `No`, `valid`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Options = Mapping[str, str]
"""The options' texts by their labels: `{"A": "12/11/1937", …}`; for words both are the same, `{"Yes": "Yes", …}`."""
Unread = Literal[
    "none",  # no option is named
    "ambiguous",  # several are, and the reply settles on none of them
]


@dataclass(frozen=True, slots=True)
class Choice:
    """The label of the option that a reply chooses, or why it chooses none."""

    label: str | None = None
    why: Unread | None = None


MARKUP = re.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf) ?|[*_`$#{}]")
MARK = re.compile(r"(?:(?:option|choice|answer) )?[(\[]?([a-z])(?:[)\]]|(?=[.:]|\Z))[.:]? ?")
"""An option's letter where a text begins, in lower case: `(b)`, `b.`, `b)`, `option b:`."""
REASON = r"(?:because|since|as)\b"
CAPITAL = rf"(?:(?<=[(\[])[A-Z](?=[)\]])|[B-HJ-Z]|[AI](?! (?!{REASON}|and\b|or\b|is\b)[a-z]))(?![\w'])"
"""An option's letter in a sentence: a capital that stands alone, but neither an article nor a pronoun."""
SETTLES = (
    r"(?:\b(?:answer|option|choice|conclusion|result)(?: is| was| would be| should be| must be|:| =)+:? ?"
    r"|\b(?:choose|pick|select|go with|chose) )(?:therefore |that |option |choice |answer |the )*"
)
SETTLED = re.compile(rf"(?i:{SETTLES})[(\[]?({CAPITAL})[)\]]?")
OR_ANOTHER = re.compile(rf",? ?(?:or|and|,|/|&) ?[(\[]?({CAPITAL})[)\]]?")
BRACKETED = re.compile(r"(?<!not )(?<!n't )(?<!nor )[(\[]([A-Za-z])[)\]]|\b(?i:option|choice) ([A-Z])(?!\w)")
REASONED = re.compile(rf"[.:,;)\]\n-]|\Z| -| {REASON}")
DENIED = re.compile(r"(?:not|n't|never)(?: \w{1,30})? \Z")
MARKS = frozenset(".,/")
"""What stands inside numbers and dates."""
LONGEST_DENIAL, LONGEST_TEXT = 40, 4_000


def strict(reply: str, options: Options) -> Choice:
    """The option that the reply is, and nothing else."""
    return _one(_whole(_folded(reply), _texts(options)))


def lenient(reply: str, options: Options) -> Choice:
    """The option that the reply settles on."""
    if found := _whole(_folded(reply), _texts(options)):
        return _one(found)
    texts = _texts({label: MARKUP.sub(" ", text) for label, text in options.items()})
    bare = MARKUP.sub(" ", unicodedata.normalize("NFKC", reply))
    plain = "\n".join(" ".join(line.split()) for line in bare.splitlines() if line.strip())
    lettered, worded = (_settled_letters, _settled_texts, _lines, _letters), (_settled_words, _lines, _leading)
    steps = lettered if any(map(_is_letter, options)) else worded
    return _one(next((found for step in steps if (found := step(plain, texts))), _contained(_folded(plain), texts)))


def is_exactly(reply: str, answer: str) -> bool:
    """Whether a reply to a question without options is the `answer` alone, but for spaces and a full stop."""
    return _folded(reply) == _folded(answer)


def is_stated(reply: str, answer: str) -> bool:
    """Whether a reply to a question without options has the `answer` as a line of its own, or after "the answer is"."""
    wanted = _folded(answer).replace(" ", "")
    lines = [_folded(line) for line in re.sub(r"[*`$]", " ", reply).splitlines()]
    ends = [re.split(r"\b(?:answer|result)(?: is|:)+:? ", line)[-1] for line in lines]
    return wanted in {line.replace(" ", "") for line in [*lines, *ends]}


def _one(labels: set[str]) -> Choice:
    if len(labels) == 1:
        return Choice(next(iter(labels)))
    return Choice(why="ambiguous" if labels else "none")


def _folded(text: str) -> str:
    """`text` as it is compared: NFKC, straight apostrophes, lower case, single spaces, no full stop at its end."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").casefold().split()).removesuffix(".").rstrip()


def _is_letter(label: str) -> bool:
    return len(label) == 1 and label.isascii() and label.isupper()


def _texts(options: Options) -> dict[str, str]:
    return {label: _folded(text) for label, text in options.items()}


def _whole(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options that `reply`, folded, is in whole. A letter with another option's text is both options."""
    by_text = {label for label, text in texts.items() if reply in (text, label.casefold())}
    mark = MARK.match(reply)
    label = mark[1].upper() if mark else ""
    if mark is None or not _is_letter(label) or label not in texts:
        return by_text
    rest = reply[mark.end() :].strip()
    if rest in ("", texts[label]):
        return {label}
    other = {label for label, text in texts.items() if text == rest}
    return by_text | other | {label} if other else by_text


def _settled_letters(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options whose letters stand after "the answer is"."""
    found = {letter for match in SETTLED.finditer(reply) for letter in (match[1], *_others(reply, match.end()))}
    return found.intersection(texts)


def _others(reply: str, at: int) -> Iterator[str]:
    """The letters that go on a list: `A or B`, `A, B and C`."""
    while more := OR_ANOTHER.match(reply, at):
        yield more[1]
        at = more.end()


def _settled_texts(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options whose texts stand after "the answer is"."""
    folded = _folded(reply)
    starts = (match.end() for match in re.finditer(SETTLES, folded))
    return {label for at in starts for label in _beginning(folded[at : at + LONGEST_TEXT].lstrip("\"'( "), texts)}


def _settled_words(reply: str, texts: Mapping[str, str]) -> set[str]:
    """As `_settled_texts`, and the word that the reply ends with after "is" or "="."""
    folded = _folded(reply)
    ends = {label for label, text in texts.items() if re.search(rf"(?:\bis|=|:) {re.escape(text)}\Z", folded[-99:])}
    return ends | _settled_texts(reply, texts)


def _beginning(start: str, texts: Mapping[str, str]) -> set[str]:
    """The options whose text `start` begins with: the longest, if one begins with another."""
    found = {label: text for label, text in texts.items() if start.startswith(text) and _stands(start, text, 0)}
    longest = max(map(len, found.values()), default=0)
    return {label for label, text in found.items() if len(text) == longest}


def _stands(reply: str, text: str, at: int) -> bool:
    """Whether `text`, which `reply` has at this place, is no part of a longer word or number there."""
    before, after = reply[max(0, at - 2) : at], reply[at + len(text) : at + len(text) + 2]
    is_inside = before[-1:].isalnum() or (before[-1:] in MARKS and before[:-1].isdigit())
    goes_on = after[:1].isalnum() or (after[:1] in MARKS and after[1:].isdigit())
    return bool(text) and not is_inside and not goes_on


def _places(reply: str, text: str) -> list[int]:
    found, at = [], reply.find(text)
    while text and at >= 0:
        if _stands(reply, text, at):
            found.append(at)
        at = reply.find(text, at + len(text))
    return found


def _lines(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options that are a line of the reply in whole."""
    return {label for line in reply.splitlines() for label in _whole(_folded(line), texts)}


def _letters(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options whose letters stand in brackets, or where the reply begins."""
    named = {(one or other).upper() for one, other in BRACKETED.findall(reply)}
    leading = re.match(CAPITAL, reply)
    others = list(_others(reply, leading.end())) if leading else []
    if leading and (others or REASONED.match(reply, leading.end())):
        named |= {leading[0], *others}
    return named.intersection(texts)


def _leading(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The word that a reply begins with before a stop or a reason, and that no other follows: `Yes, because …`."""
    folded = _folded(reply)
    first = {label for label, text in texts.items() if re.match(rf"{re.escape(text)}(?:[,.:;!]| -| {REASON})", folded)}
    second = folded.split(maxsplit=1)[1] if first and " " in folded else ""
    return first | _beginning(second, texts)


def _contained(reply: str, texts: Mapping[str, str]) -> set[str]:
    """The options whose text stands in the reply, and not as part of another's. "Not valid" names the other of two."""
    found: set[str] = set()
    for text in sorted({text for text in texts.values() if text in reply}, key=len, reverse=True):
        if places := _places(reply, text):
            is_denied = all(DENIED.search(reply[max(0, at - LONGEST_DENIAL) : at]) for at in places)
            found |= {label for label in texts if (texts[label] == text) != (is_denied and _is_pair(texts))}
            reply = reply.replace(text, "\0" * len(text))
    return found


def _is_pair(texts: Mapping[str, str]) -> bool:
    """Whether to deny one option is to choose the other."""
    return set(texts.values()) in ({"true", "false"}, {"valid", "invalid"})
