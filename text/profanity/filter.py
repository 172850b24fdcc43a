"""Masks or removes obscene words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.speech import Word
from text.profanity.patterns import PATTERNS

ProfanityTreatment = Literal["off", "mask", "remove"]

PROFANITY_TREATMENTS: Final[tuple[ProfanityTreatment, ...]] = get_args(ProfanityTreatment)
_MARKS: Final = ".,!?…;:"


@dataclass(frozen=True, slots=True)
class ProfanityFilter:
    """Off by default: a recording of record must say what was said.

    Raises:
        InvalidArgument: no such treatment.
    """

    treatment: ProfanityTreatment = "off"
    """``mask``: first letter and asterisks. ``remove``: the word goes, its punctuation stays."""

    def __post_init__(self) -> None:
        if self.treatment not in PROFANITY_TREATMENTS:
            raise InvalidArgument(
                "profanity", f"{self.treatment!r} is not one of {', '.join(PROFANITY_TREATMENTS)}"
            )

    def apply(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """The words as they may be shown; those that stay keep their times.

        A removed word leaves its punctuation to the word before it, if that has none.
        """
        if self.treatment == "off":
            return tuple(words)
        shown: list[Word] = []
        for word in words:
            if not is_profane(word.text, language):
                shown.append(word)
            elif self.treatment == "mask":
                shown.append(replace(word, text=masked(word.text)))
            elif shown:
                shown[-1] = replace(shown[-1], text=_with_marks(shown[-1].text, word.text))
        return tuple(shown)


def is_profane(word: str, language: Language) -> bool:
    """Is one word, with or without punctuation around it, obscene in ``language``?"""
    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFC", word).lower()
        if letter.isalpha() or letter.isspace()
    )
    return PATTERNS[language].fullmatch(letters) is not None


def masked(word: str) -> str:
    """Every letter but the first as an asterisk; punctuation and hyphens stay."""
    first = next((index for index, letter in enumerate(word) if letter.isalnum()), 0)
    return word[: first + 1] + "".join(
        "*" if letter.isalnum() else letter for letter in word[first + 1 :]
    )


def _with_marks(kept: str, removed: str) -> str:
    marks = removed[len(removed.rstrip(_MARKS)) :]
    return kept if not marks or kept[-1:] in _MARKS else kept + marks
