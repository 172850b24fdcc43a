"""Words in capitals: read as words, or letter by letter."""

from __future__ import annotations

import re
from typing import Final

from text.spoken.addresses import spell_letters
from text.spoken.tables import SpokenTable
from text.vocabulary.common_words import is_common

_VOWELS: Final = frozenset("aeiouyаеёиоуыэюяәөұүі")
_CONSONANTS_IN_A_ROW: Final = re.compile("[^aeiouyаеёиоуыэюяәөұүі]{3}")
_LONG_WORD: Final = 6
_LEAST_WORD: Final = 4
"""Letters from which a word in capitals that has vowels enough is read as one: НАТО, UNESCO."""


def read_capitals(word: str, table: SpokenTable, *, shouted: bool) -> str:
    """How a word of two or more capitals is read.

    By the table; else as a word if it is a common one or all the text is in capitals
    (``shouted``), or if it is of four letters or more and can be pronounced, in Kazakh and Russian
    also if it is one syllable (ВУЗ, БАҚ); else by its letters.
    """
    known = table.acronyms.get(word)
    if known is not None:
        return known or word.lower()
    small = word.lower()
    if is_common(small, table.language) or (shouted and len(word) >= _LEAST_WORD):
        return small
    if len(word) >= _LEAST_WORD and _can_be_pronounced(small):
        return small
    if table.language != "en" and len(word) == 3 and _closed_syllable(small):
        return small
    return spell_letters(word, table, " " if table.language == "en" else "-")


def _closed_syllable(word: str) -> bool:
    """ВУЗ, СЭЗ, БАҚ."""
    return [letter in _VOWELS for letter in word] == [False, True, False]


def _can_be_pronounced(word: str) -> bool:
    vowels = sum(letter in _VOWELS for letter in word)
    if len(word) >= _LONG_WORD:
        return vowels * 4 >= len(word)
    return vowels * 3 >= len(word) and not _CONSONANTS_IN_A_ROW.search(word)
