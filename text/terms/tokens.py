"""A text cut into words and marks, as terms are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from text.vocabulary.sounds import plain_letters

# Marks that make letters (decomposed й) belong to the word; marks of direction and soft hyphens are
# nothing at all.
_TOKEN: Final = re.compile(
    r"(?P<word>(?:[^\W_][\u0300-\u036f]*)+)"
    r"|(?P<mark>[^\w\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|_)"
)
_LONGEST_WORD: Final = 80
HYPHENS: Final = "-\u2010\u2011\u2013"
APOSTROPHES: Final = "'\u2019\u02bc"
_SAME: Final = str.maketrans(dict.fromkeys(HYPHENS, "-") | dict.fromkeys(APOSTROPHES, "'"))


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark."""

    text: str
    start: int
    end: int
    word: bool
    apart: bool
    """Something stands between it and the token before."""

    @property
    def letters(self) -> str:
        """Of a word: lower case, NFC, look-alikes folded; of a mark: itself, one of a kind."""
        if not self.word:
            return self.text.translate(_SAME)
        return plain_letters(self.text[:_LONGEST_WORD])


def tokens(text: str) -> list[Token]:
    """Words and marks of ``text`` in order."""
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        found.append(
            Token(match.group(), start, match.end(), match.lastgroup == "word", start > end)
        )
        end = match.end()
    return found
