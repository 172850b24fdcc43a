"""Where one engine's words end and another's go on: no word is lost and none is told twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from streaming.recognition.policies.alignment import count_committed

_LOOK_BACK: Final = 10 * TICKS_PER_SECOND
"""Told words that the next engine's are laid beside."""

_PAST: Final = 2 * TICKS_PER_SECOND
"""A word that starts so long after the told ones is one of the next engine's own for certain."""


class Seam:
    """Takes the words of the engine that takes over, gives those that were not told.

    The two engines hear the same audio, spell it each in its own way and place words a little
    differently, so the split is looked for by text and time together, as it is between two windows
    of one engine.

    Args:
        told: The latest words that went on air, in order.
    """

    def __init__(self, told: Iterable[Word]) -> None:
        self._told = tuple(told)
        self._until = self._told[-1].end if self._told else None
        self._start = 0 if self._until is None else max(0, self._until - _LOOK_BACK)
        self._heard: list[Word] = []
        self._passed = 0

    def take(
        self, committed: Sequence[Word], tentative: Sequence[Word]
    ) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
        """What of these is new.

        Args:
            committed: Words that the engine committed since the last call.
            tentative: All its words that are open now.

        Returns:
            The committed and the tentative words that were not told.
        """
        if self._until is None:
            return tuple(committed), tuple(tentative)
        self._heard += [word for word in committed if word.end > self._start]
        both = [*self._heard, *(word for word in tentative if word.end > self._start)]
        known = max(self._passed, count_committed(self._told, both, self._start))
        new = self._heard[known:]
        self._passed = max(self._passed, len(self._heard))
        if new and new[-1].start > self._until + _PAST:
            open_words = both[len(self._heard) :]
            until, self._until = self._until, None
            return _after(until, new), _after(until, open_words)
        return _after(self._until, new), _after(self._until, both[max(known, len(self._heard)) :])


def _after(until: Ticks, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words, none starting before ``until``: times never run back on air."""
    return tuple(
        word if word.start >= until else replace(word, start=until, end=max(until, word.end))
        for word in words
    )
