"""Text of whoever wrote it, made harmless for a terminal. Knows nothing of where it comes from.

A model may write whatever it likes: escape sequences that colour, move or erase what stands above, marks that turn the
direction of writing. They are shown as Python writes them, `\\x1b` or `\\u202e`, and do nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of what is no visible sign: control, format, surrogate, private, unassigned, breaks."""
QUOTE = "| "
CUT = "…"


def shown(text: str) -> str:
    """`text` as one line, with all that acts on a terminal written out."""
    return "".join(_escaped(letter) if unicodedata.category(letter) in ACTING else letter for letter in text)


def quoted(text: str, indent: str) -> Iterable[str]:
    """The lines of `text`, each shown behind a mark that no text can imitate."""
    return (f"{indent}{QUOTE}{shown(line)}".rstrip() for line in text.split("\n"))


def brief(text: str, width: int) -> str:
    """`text` on one line of at most `width` letters."""
    line = shown(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + CUT


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
