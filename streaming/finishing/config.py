"""What is done to recognised text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from foundation.languages import Language
from text.normalisation import NormalisationOptions
from text.profanity import ProfanityFilter
from text.vocabulary import Glossary

_HOTWORD_LETTERS: Final = 200


@dataclass(frozen=True, slots=True)
class FinishingConfig:
    """One session's wishes. A session on air takes another as a whole."""

    glossary: Glossary = field(default_factory=Glossary)
    """Names and terms that are written right where they are heard nearly so."""

    numbers: bool = True
    """Spoken numbers, dates, times and money are written in digits."""

    number_options: NormalisationOptions = field(default_factory=NormalisationOptions)

    punctuation: bool = True
    """Punctuation and capitals are restored where the model gives none."""

    profanity: ProfanityFilter = field(default_factory=ProfanityFilter)

    def hotwords(
        self, languages: Sequence[Language], asked_for: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """What a model that takes hotwords is told of: those asked for, then the weightiest names.

        Each costs decoding time, so the glossary's share is short.
        """
        share = _HOTWORD_LETTERS // len(languages)
        names = [name for code in languages for name in self.glossary.hotwords(code, share)]
        return tuple(dict.fromkeys([*asked_for, *names]))

    @classmethod
    def verbatim(cls) -> FinishingConfig:
        """Words as the model gives them."""
        return cls(numbers=False, punctuation=False)
