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


class PunctuationStream:
    """Punctuates committed words that may never be changed afterwards.

    A mark after a word depends on the word that follows, so the last word is held back until the
    next one comes or the utterance ends. The sentence so far is shown to the punctuator again.
    """

    def __init__(self, punctuator: Punctuator) -> None:
        self._punctuator = punctuator
        self._sentence: list[Word] = []
        """Final words of the open sentence, as they were given out."""

        self._held: tuple[Word, ...] = ()

    def push(
        self, words: Sequence[Word], language: Language, *, ended: bool = False
    ) -> tuple[Word, ...]:
        """Words that are now final: the one held back and all of ``words`` but the last.

        All of them if the utterance ``ended``.
        """
        waiting = (*self._held, *words)
        restored = self._restore(waiting, language, ended)
        final = restored if ended else restored[:-1]
        self._held = () if ended else waiting[-1:]
        for word in final:
            self._sentence.append(word)
            if ends_sentence(word.text):
                self._sentence.clear()
        if ended:
            self._sentence.clear()
        return final

    def _restore(
        self, waiting: tuple[Word, ...], language: Language, ended: bool
    ) -> tuple[Word, ...]:
        context = self._sentence[-_CONTEXT:]
        continues = len(context) < len(self._sentence)
        restored = self._punctuator.restore(
            (*context, *waiting), language, ended=ended, continues=continues
        )
        seen = restored[: len(context)]
        if not any(ends_sentence(word.text) for word in seen):
            return restored[len(context) :]
        # On second thoughts the sentence ended earlier, but that is on air already.
        return self._punctuator.restore(waiting, language, ended=ended, continues=True)


def ends_sentence(text: str) -> bool:
    """Does a word's text end in a mark that ends a sentence?"""
    return text.rstrip("\"'»”)").endswith((".", "?", "!", "…"))
