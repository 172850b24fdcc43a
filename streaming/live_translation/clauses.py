"""Where a stretch of words may be cut for translation: sentence ends and clause ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from foundation.languages import Language
from foundation.speech import Word
from text.sentences import split

SENTENCE_MARKS: Final = (".", "!", "?", "…")
CLAUSE_MARKS: Final = (",", ";", ":", "—", "–", "-")
CLOSERS: Final = "»”“\"'’)]"

_KAZAKH: Final = "және ал бірақ алайда дегенмен немесе әйтпесе себебі өйткені сондықтан яғни"
_RUSSIAN: Final = (
    "и а но однако или либо что чтобы если когда потому поэтому который которая которое которые"
    " где хотя пока так"
)
_ENGLISH: Final = "and but or because so that which who when where while although if though"
_CONJUNCTIONS: Final[Mapping[Language, frozenset[str]]] = MappingProxyType(
    {
        "kk": frozenset(_KAZAKH.split()),
        "ru": frozenset(_RUSSIAN.split()),
        "en": frozenset(_ENGLISH.split()),
    }
)
"""Words that begin a clause."""


def sentence_ends(words: Sequence[Word], language: Language) -> list[int]:
    """After how many words a sentence ends that a word follows, by ``text.sentences``."""
    ends = []
    starts: dict[int, int] = {}
    length = 0
    for count, word in enumerate(words):
        starts[length] = count
        length += len(word.text) + 1
    for sentence in split(" ".join(word.text for word in words), language, line_breaks=False)[:-1]:
        end = starts.get(sentence.end + len(sentence.separator))
        if end:
            ends.append(end)
    return ends


def clause_end(
    words: Sequence[Word], language: Language, first: int, committed: int, least: int
) -> int | None:
    """After how many words the last whole clause of an open sentence ends.

    Args:
        words: The sentence as far as it was heard, open words included.
        language: Of the words.
        first: The clause begins here, or later.
        committed: So many words will not change; the clause ends among them.
        least: Words from ``first`` on that a clause has.
    """
    for count in range(min(committed, len(words) - 1), first + least - 1, -1):
        ends_here = words[count - 1].text.rstrip(CLOSERS).endswith((*CLAUSE_MARKS, *SENTENCE_MARKS))
        following = words[count].text.strip("«„“\"'(").lower()
        if ends_here or following in _CONJUNCTIONS[language]:
            return count
    return None


def ends_with_mark(text: str) -> bool:
    """Does a text end as a sentence does?"""
    return text.rstrip(CLOSERS + " ").endswith(SENTENCE_MARKS)
