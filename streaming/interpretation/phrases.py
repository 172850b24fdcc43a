"""Committed words become phrases that are spoken in one breath."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from foundation.languages import Language
from foundation.media_time import Ticks
from foundation.speech import Word
from text.sentences import split

_TERMINALS = (".", "!", "?", "…")
_CLOSING = "\"'»”’)]"
_PAUSES = (",", ";", ":", "—", "–")
_FOLLOWING = {"kk": "Бұл", "ru": "Это", "en": "This"}
"""Begins a sentence: tells whether the words before it end one, or with an abbreviation."""


@dataclass(slots=True)
class Phrase:
    """Words that are spoken together; corrections change them until they are."""

    language: Language
    parts: list[tuple[int, tuple[Word, ...]]] = field(default_factory=list)
    """Events' ids and their words."""

    start: Ticks = 0
    """Media time of the source's first word."""

    end: Ticks = 0

    @property
    def text(self) -> str:
        """What is spoken."""
        return " ".join(word.text for _, words in self.parts for word in words)

    def add(self, event_id: int, word: Word) -> None:
        """One word more."""
        if not self.parts:
            self.start = word.start
        self.end = max(self.end, word.end)
        if self.parts and self.parts[-1][0] == event_id:
            self.parts[-1] = event_id, (*self.parts[-1][1], word)
        else:
            self.parts.append((event_id, (word,)))

    def correct(self, event_id: int, words: tuple[Word, ...]) -> bool:
        """Let an event's words read otherwise; False if the phrase has none of them.

        An event that was spoken in part is left alone: what of it was heard cannot be told again.
        """
        for place, (owner, own) in enumerate(self.parts):
            if owner != event_id:
                continue
            within = tuple(w for w in words if own[0].start <= w.start <= own[-1].start)
            self.parts[place] = owner, within
            return True
        return False


class PhraseBuilder:
    """Gathers words until a sentence ends, or a part of one that is long enough.

    Args:
        longest: Characters of a phrase.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._open: Phrase | None = None

    @property
    def open(self) -> Phrase | None:
        """Words that wait for their sentence's end."""
        return self._open

    def push(self, event_id: int, words: tuple[Word, ...], language: Language) -> Iterator[Phrase]:
        """Take committed words; yields the phrases that they complete."""
        if self._open is not None and self._open.language != language:
            yield from self.flush()
        for word in words:
            if self._open is None:
                self._open = Phrase(language)
            self._open.add(event_id, word)
            if self._ends(self._open, word):
                yield from self.flush()

    def flush(self) -> Iterator[Phrase]:
        """What is open is complete: the speaker pauses."""
        phrase, self._open = self._open, None
        if phrase is not None:
            yield phrase

    def forget(self) -> None:
        """What is open is not to be spoken."""
        self._open = None

    def _ends(self, phrase: Phrase, word: Word) -> bool:
        bare = word.text.rstrip(_CLOSING)
        text = phrase.text
        if bare.endswith(_TERMINALS):
            probe = f"{text} {_FOLLOWING[phrase.language]}"
            return len(tuple(split(probe, phrase.language))) > 1
        # A breath is taken at a comma from half the length on, else between words.
        return len(text) >= self._longest or (
            bare.endswith(_PAUSES) and len(text) >= self._longest // 2
        )
