"""What of a sentence a model is shown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

# Cs: lone surrogates, which no encoder takes. Cc and Cf: controls, zero-width and direction marks,
# soft hyphens: no vocabulary knows them, and an unknown piece in a word spoils the word.
_UNREAD: Final = frozenset({"Cc", "Cf", "Cs"})


@dataclass(frozen=True, slots=True)
class CleanSentence:
    """A sentence as its words."""

    words: tuple[str, ...]

    places: tuple[int, ...]
    """For each word its place among those of the sentence as it came (``str.split``): a word of
    unread characters alone is left out."""

    @property
    def text(self) -> str:
        """The words with single spaces."""
        return " ".join(self.words)

    @property
    def speaks(self) -> bool:
        """Is there anything to translate: a letter or a digit?"""
        return any(character.isalnum() for word in self.words for character in word)


def clean(sentence: str) -> CleanSentence:
    """Leave out what no model can read; words stay apart where they were."""
    kept = []
    for place, word in enumerate(sentence.split()):
        read = "".join(c for c in word if unicodedata.category(c) not in _UNREAD)
        if read:
            kept.append((place, read))
    return CleanSentence(tuple(word for _, word in kept), tuple(place for place, _ in kept))
