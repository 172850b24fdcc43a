"""What is done to a sentence before a model reads it, and undone in its translation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from foundation.languages import Language
from text.protection import PlaceholderStyle, protect, restore

Restore: TypeAlias = Callable[[str], str]
"""From a stretch of the model's translation, whole words, to what is shown."""


class Preparation(Protocol):
    """Makes a sentence ready for a model; one for all sentences of a track.

    A sentence that goes on must be made ready as its beginning was, as far as that reaches: what is
    committed of its translation stays.
    """

    def prepare(
        self, sentence: str, source: Language, target: Language, style: str | None
    ) -> tuple[str, Restore]:
        """The text for the model, and how its translation is put right.

        Args:
            sentence: A sentence, or its beginning.
            source: Its language.
            target: The track's language.
            style: Of placeholders that all models of the route copy; None: they copy none.
        """
        ...


class ProtectedSpans:
    """Addresses, markup, numbers with units: carried over by placeholders (``text.protection``).

    Models that copy no placeholders get the text as it is.
    """

    def prepare(
        self, sentence: str, source: Language, target: Language, style: str | None
    ) -> tuple[str, Restore]:
        """See ``Preparation.prepare``."""
        if style is None:
            return sentence, _same
        protected = protect(
            sentence,
            style=PlaceholderStyle(style),
            cyrillic_units={source, target} == {"kk", "ru"},
        )
        if not protected.spans:
            return sentence, _same
        return protected.text, lambda translated: restore(translated, protected).text


def _same(translated: str) -> str:
    return translated
