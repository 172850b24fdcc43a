"""Live translation of plain text that comes in pieces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from foundation.languages import Language
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.live_translation.config import LiveTranslationConfig
from streaming.live_translation.preparation import Protectors
from streaming.live_translation.translator import LiveTranslator
from streaming.translation import TranslationModels, default_protector
from workers.interface import WorkerPool

_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class TextUpdate:
    """What became of the text so far."""

    committed: str
    """New, with the space before it; never revised."""

    tentative: str
    """All that is open, with the space before it; replaces the last update's."""

    source_position: int
    """Characters of committed source text that are translated for good."""

    endpoint: bool = False
    """An utterance's end was reached."""

    finalized: bool = False
    """A ``finalize`` was carried out."""


class LiveTextTranslator:
    """A ``LiveTranslator`` of text; the parameters are its.

    Pieces may end inside a word: it is translated when a space, an endpoint or ``finalize``
    follows.
    """

    def __init__(
        self,
        pool: WorkerPool,
        models: TranslationModels,
        source: Language,
        target: Language,
        session: str,
        config: LiveTranslationConfig | None = None,
        protectors: Protectors = default_protector,
    ) -> None:
        self._translator = LiveTranslator(pool, models, target, session, config, protectors)
        self._source = source
        self._length = 0
        self._tail = ""
        """Committed, perhaps not to the end of the word."""
        self._utterance = 0
        self._anything_told = False
        self._last = TextUpdate("", "", 0)

    @property
    def lag(self) -> float:
        """See ``LiveTranslator.lag``."""
        return self._translator.lag

    async def push(self, committed: str, tentative: str = "", *, endpoint: bool = False) -> None:
        """Take more text; waits while too much waits to be translated.

        Args:
            committed: New, with its spaces.
            tentative: All that is still open after it; passed over at an endpoint.
            endpoint: The utterance ends after ``committed``.
        """
        self._push(committed, tentative, endpoint=endpoint)
        await self._translator.wait_for_room()

    def finalize(self) -> None:
        """Commit the translation of all that was committed so far; an update says when."""
        self._push("", "", endpoint=True, finalized=True)

    def close(self) -> None:
        """The text ends: ``run`` returns when all of it is translated."""
        if self._tail:
            self._push("", "", endpoint=True)
        self._translator.close()

    async def run(self, emit: Callable[[TextUpdate], None]) -> None:
        """Translate until ``close`` was called and all committed text is translated.

        Raises:
            DauysError: see ``LiveTranslator.run``.
        """

        def tell(hypothesis: Hypothesis) -> None:
            update = self._update(hypothesis)
            if update != self._last or update.committed or update.endpoint or update.finalized:
                self._last = update
                emit(update)

        await self._translator.run(tell)

    def _push(
        self, committed: str, tentative: str, *, endpoint: bool, finalized: bool = False
    ) -> None:
        begins = self._length - len(self._tail)
        text = self._tail + committed
        self._length += len(committed)
        whole = len(text) if endpoint else len(text) - len(_tail(text))
        self._tail = text[whole:]
        open_text = "" if endpoint else self._tail + tentative
        self._translator.push(
            Hypothesis(
                committed=_words(text[:whole], begins),
                tentative=_words(open_text, begins + whole),
                language=self._source,
                utterance=self._utterance,
                endpoint=endpoint,
                finalized=finalized,
                committed_until=begins + whole,
            )
        )
        self._utterance += endpoint

    def _update(self, hypothesis: Hypothesis) -> TextUpdate:
        committed = self._spaced(hypothesis.committed)
        self._anything_told = self._anything_told or bool(committed)
        return TextUpdate(
            committed,
            self._spaced(hypothesis.tentative),
            hypothesis.committed_until,
            hypothesis.endpoint,
            hypothesis.finalized,
        )

    def _spaced(self, words: tuple[Word, ...]) -> str:
        text = " ".join(word.text for word in words)
        return f" {text}" if text and self._anything_told else text


def _tail(text: str) -> str:
    """The last word, if no space follows it."""
    return re.split(r"\s", text)[-1]


def _words(text: str, begins: int) -> tuple[Word, ...]:
    """Words whose times are their places, in characters."""
    return tuple(
        Word(match.group(), begins + match.start(), begins + match.end(), 1.0)
        for match in _WORD.finditer(text)
    )
