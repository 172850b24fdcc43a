"""What gives words of a bare recogniser their capitals and punctuation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from foundation.languages import Language
from foundation.speech import Word

_CONTEXT: Final = 40
"""Words of the open sentence that are shown again."""


class Punctuator(Protocol):
    """Restores case and punctuation; rules or a model. Stateless, safe to share."""

    def restore(
        self, words: Sequence[Word], language: Language, *, ended: bool, continues: bool
    ) -> tuple[Word, ...]:
        """As many words, with the same times and letters, in written case and punctuated.

        Args:
            words: as recognised. Marks that they already carry are kept.
            language: of the utterance.
            ended: the utterance ends after the last word, so a sentence does. If not, the last word
                gets no mark: what follows is not known.
            continues: the first word continues the sentence of the words before.
        """
        ...


def ends_sentence(text: str) -> bool:
    """Does a word's text end in a mark that ends a sentence?"""
    return text.rstrip("\"'»”)").endswith((".", "?", "!", "…"))
