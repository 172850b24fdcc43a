"""The canonical subtitle. Every format is written from it; none is converted from another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foundation.languages import Language
from foundation.media_time import Ticks
from foundation.speech import Word


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle on the screen."""

    index: int
    """Counts from 1 within its track."""

    start: Ticks
    """Media time it appears."""

    end: Ticks
    """Media time it goes; always after ``start``."""

    lines: tuple[str, ...]
    language: Language
    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The lines joined by a space."""
        return " ".join(self.lines)

    def shifted(self, offset: Ticks) -> Cue:
        """The same cue, ``offset`` later."""
        return replace(
            self,
            start=self.start + offset,
            end=self.end + offset,
            words=tuple(word.shifted(offset) for word in self.words),
        )
