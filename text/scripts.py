"""Translations that are none: in letters of another script, or going round in circles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from foundation.languages import Language
from text.protection.patterns import MARKUP

_RUN: Final = re.compile(
    r"(?P<latin>[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff]+)"
    r"|(?P<cyrillic>[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]+)"
    r"|(?P<foreign>[^\W\d_A-Za-z\u00aa\u00ba\u00c0-\u02af\u1e00-\u1eff\u0400-\u052f]+)"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_LONGEST_ROUND: Final = 8
"""Words."""

_MOST_OF_A_WORD: Final = 5
_MOST_OF_A_PHRASE: Final = 4
"""Times that speech repeats a word or a phrase without a break: бар, бар, бар, бар, бар."""

_LETTERS_AGAIN: Final = re.compile(r"([^\W\d_]{1,8}?)\1{9,}")
"""A letter or a syllable ten times over."""

_LEAST_FOREIGN: Final = 2
_FOREIGN_SHARE: Final = 0.2
_NAMES_SHARE: Final = 4
"""Latin letters for each Cyrillic one that names and commands in a sentence may bring."""


def wrong_script(text: str, language: Language, source: str) -> bool:
    """Are the letters of a translation mostly of a script that its language is not written in?

    Or a fifth of them of a script that none of the three languages is written in (Chinese, Arabic),
    which a translator without words falls into. What stands in the source may be copied: other
    scripts and, into Kazakh and Russian, Latin names and abbreviations, of a source in Latin
    letters those with a capital. Addresses, markup and placeholders do not count. Kazakh counts as
    Cyrillic. Which of the languages of a script it is, is not asked.

    Args:
        text: the translation.
        language: what it should be in.
        source: what was translated.
    """
    source = MARKUP.sub(" ", source)
    copied = {match.group().casefold() for match in _RUN.finditer(source)}
    latin_source = _is_latin(source)
    counts = {"latin": 0, "cyrillic": 0, "foreign": 0}
    for match in _RUN.finditer(MARKUP.sub(" ", text)):
        kind, run = str(match.lastgroup), match.group()
        may_be_copied = kind == "foreign" or (
            kind == "latin" and language != "en" and (not latin_source or run != run.lower())
        )
        if not (may_be_copied and run.casefold() in copied):
            counts[kind] += len(run)
    right = counts["latin" if language == "en" else "cyrillic"]
    letters = sum(counts.values())
    foreign = counts["foreign"]
    if foreign >= _LEAST_FOREIGN and foreign >= _FOREIGN_SHARE * letters:
        return True
    return letters - right > right


def looped(text: str) -> bool:
    """Does it say the same again and again, as a translator does that has lost its way?

    A word six times in a row, a phrase of up to eight words five times, a syllable ten times. What
    the source repeats as often is no fault: ask of both.
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    # A phrase said so often has words that stand as often in the text: mostly there are none.
    often = max(Counter(words).values(), default=0) > _MOST_OF_A_PHRASE
    for size in range(1, _LONGEST_ROUND + 1) if often else ():
        most = _MOST_OF_A_WORD if size == 1 else _MOST_OF_A_PHRASE
        if _longest_match(words, size) >= size * most:
            return True
    return _LETTERS_AGAIN.search(text) is not None


def _longest_match(words: Sequence[str], size: int) -> int:
    """The longest run of words that each stand ``size`` words before, too."""
    breaks = [at for at in range(size, len(words)) if words[at] != words[at - size]]
    return max((b - a - 1 for a, b in pairwise([size - 1, *breaks, len(words)])), default=0)


def _is_latin(text: str) -> bool:
    """Is it a sentence in Latin letters, not a name or a sentence with names?"""
    runs = list(_RUN.finditer(text))
    latin = sum(len(match.group()) for match in runs if match.lastgroup == "latin")
    cyrillic = sum(len(match.group()) for match in runs if match.lastgroup == "cyrillic")
    return len(runs) > 1 and latin > _NAMES_SHARE * cyrillic
