"""The words of a text, as overlap is measured on them. Knows nothing of pools or of what is measured.

On ASCII text they are those of the reference, rouge-score without stemming. It turns every other script into nothing,
so that each Chinese text would be new; here all scripts count.
"""

from __future__ import annotations

import re
import unicodedata

import regex

ASCII = re.compile(r"[a-z0-9]+")
SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Tham}\p{Yi}"
"""Scripts that put no space between words: each of their letters counts as one."""
LETTER = regex.compile(rf"[{SPACELESS}&&[\p{{L}}\p{{N}}]]\p{{M}}*", regex.VERSION1)
WORD = regex.compile(
    LETTER.pattern
    + rf"|[[\p{{L}}\p{{N}}]--[{SPACELESS}]](?:[[\p{{L}}\p{{N}}\p{{M}}]--[{SPACELESS}]])*"
    + r"|\p{Extended_Pictographic}",
    regex.VERSION1,
)


def words(text: str) -> list[str]:
    """The words of `text` in order: lower case; runs of letters, digits and the marks that belong to them.

    Where a script has no spaces each letter is a word, and so is each emoji. Punctuation, other symbols and `_` divide
    words. Text beyond ASCII is compared in its compatibility form (NFKC), so that é is é however it is typed.
    """
    if text.isascii():
        return ASCII.findall(text.lower())
    found: list[str] = WORD.findall(unicodedata.normalize("NFKC", text).lower())
    return found


def count(text: str) -> int:
    """How many words white space divides `text` into; each letter of a script without spaces is one."""
    return len((text if text.isascii() else LETTER.sub(r" \g<0> ", text)).split())
