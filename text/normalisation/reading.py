"""Spoken words, as the rules see them.

A rule looks at words through a ``Reader``, which keeps two promises for all of them: no phrase
runs over punctuation, and the reader knows whether a decision depended on where the text ends.
The second is what makes ``open_tail`` sound: a decision that never met the end is final.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from text.letters import fold_look_alikes

LONGEST_PHRASE: Final = 32
"""Parts that one phrase may hold; bounds how much live text is held back."""


@dataclass(frozen=True, slots=True)
class Part:
    """A spoken word, or one side of a hyphenated number word."""

    word: int
    """Index of the word it belongs to."""

    core: str
    """Lower case, look-alikes folded, without the punctuation around."""

    raw: str
    """The core as the recogniser wrote it."""

    before: str
    """Punctuation before the core."""

    after: str
    """Punctuation after the core."""

    hyphened: bool = False
    """A later side of a hyphenated word."""


@lru_cache(maxsize=4096)
def _split_punctuation(word: str) -> tuple[str, str, str]:
    first, last = 0, len(word)
    while first < last and _is_punctuation(word[first]):
        first += 1
    while last > first and _is_punctuation(word[last - 1]):
        last -= 1
    return word[:first], word[first:last], word[last:]


def _is_punctuation(letter: str) -> bool:
    return not letter.isalnum() and unicodedata.category(letter)[0] in "PSZC"


@lru_cache(maxsize=4096)
def fold(core: str) -> str:
    """The form under which a word stands in the tables."""
    return fold_look_alikes(core).casefold().replace("ё", "е").replace("’", "'")


def split_parts(words: Sequence[str], is_number_word: Callable[[str], bool]) -> list[Part]:
    """Cut punctuation off; cut hyphenated words both of whose sides are number words."""
    parts = []
    for index, word in enumerate(words):
        before, raw, after = _split_punctuation(word)
        core = fold(raw)
        sides = core.split("-") if "-" in core else ()
        if len(sides) == 2 and all(is_number_word(side) for side in sides):
            left, right = raw.split("-")
            parts.append(Part(index, sides[0], left, before, ""))
            parts.append(Part(index, sides[1], right, "", after, hyphened=True))
        else:
            parts.append(Part(index, core, raw, before, after))
    return parts


class Reader:
    """The parts of a text, read from one phrase's start."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.met_end = False
        self.furthest = 0
        """Index after the furthest part that the phrase's decision looked at."""
        self._limit = 0
        self._breaks = [len(parts) + LONGEST_PHRASE] * (len(parts) + 1)
        for at in range(len(parts) - 1, -1, -1):
            following = parts[at + 1].before if at + 1 < len(parts) else ""
            self._breaks[at] = at + 1 if parts[at].after or following else self._breaks[at + 1]

    def begin(self, start: int) -> None:
        """Start a phrase."""
        self._limit = min(start + LONGEST_PHRASE, self._breaks[start])
        self.furthest = start
        self.met_end = False

    def part(self, at: int) -> Part | None:
        """The part at ``at``, or None where punctuation, or the longest phrase, ends before."""
        if at >= self._limit:
            return None
        if at >= len(self.parts):
            self.met_end = True
            return None
        if at >= self.furthest:
            self.furthest = at + 1
        return self.parts[at]

    def core(self, at: int) -> str:
        """The folded word at ``at``, or an empty string."""
        part = self.part(at)
        return part.core if part is not None else ""

    def ends_word(self, at: int) -> bool:
        """Does a word end before ``at``?"""
        return at >= len(self.parts) or not self.parts[at].hyphened
