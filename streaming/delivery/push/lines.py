"""Committed words, or finished cues, as pieces of running text for services that show lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.session_events import CommittedText, CueReady, SessionEvent

_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_ENDS_SENTENCE: Final = re.compile(r"[.!?…][\"'»”)]*$")
TextUnit: TypeAlias = Literal["words", "cues"]
"""What is sent: words as they are committed, which is soonest, or finished cues in their lines."""

_PAUSE: Final = 2 * TICKS_PER_SECOND
"""Silence after which text goes on in another line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one line at most."""

    text: str
    """Without controls and line breaks; never empty."""

    onset: Ticks
    """Media time at which its first word begins."""

    until: Ticks
    """Media time at which its last word has begun."""

    language: Language

    new_line: bool
    """It begins a line; else it goes on with one, after a space."""

    known_at: float
    """Monotonic seconds when it was known."""


def last_onset(cue: Cue) -> Ticks:
    """When the last word of a cue begins."""
    return cue.words[-1].start if cue.words else cue.start


class LineFlow:
    """Lays a track's text out in lines.

    A line ends where it is full, after a sentence, with a change of language and with a pause of
    2 s. A word longer than a line is cut.

    Args:
        track: The session's name of it.
        unit: What is sent.
        line_characters: The most in a line.
    """

    def __init__(self, track: str, unit: TextUnit, line_characters: int) -> None:
        self._track = track
        self._unit = unit
        self._most = line_characters
        self._column = 0
        """Characters in the open line; 0: it is to begin."""
        self._until: Ticks = 0
        self._language: Language | None = None

    def take(self, event: SessionEvent, now: float) -> list[Piece]:
        """The pieces that an event adds.

        Args:
            event: Of any track.
            now: Monotonic seconds.
        """
        if event.track != self._track:
            return []
        match event.body:
            case CommittedText(words, language) if self._unit == "words":
                return self._words(words, language, now)
            case CueReady(cue) if self._unit == "cues":
                onset = cue.words[0].start if cue.words else cue.start
                pieces = []
                for line in cue.lines:
                    self._column = 0
                    words = tuple(Word(text, onset, cue.end, 1.0) for text in line.split())
                    pieces += self._words(words, cue.language, now, sentences=False)
                self._column = 0
                return [replace(piece, until=last_onset(cue)) for piece in pieces]
            case _:
                return []

    def new_line(self) -> None:
        """What comes next does not go on with what was shown."""
        self._column = 0

    def _words(
        self, words: Sequence[Word], language: Language, now: float, *, sentences: bool = True
    ) -> list[Piece]:
        """Consecutive words of one line are one piece."""
        pieces: list[Piece] = []
        if language != self._language:
            self._language, self._column = language, 0
        open_piece: tuple[list[str], Ticks, bool] | None = None
        until: Ticks = 0

        def close() -> None:
            nonlocal open_piece
            if open_piece is not None:
                texts, onset, new_line = open_piece
                pieces.append(Piece(" ".join(texts), onset, until, language, new_line, now))
            open_piece = None

        for word in words:
            if word.start - self._until > _PAUSE:
                close()
                self._column = 0
            self._until = max(self._until, word.end)
            for text in self._parts(word.text):
                if self._column and self._column + 1 + len(text) > self._most:
                    close()
                    self._column = 0
                if open_piece is None:
                    open_piece = [], word.start, not self._column
                open_piece[0].append(text)
                until = word.start
                self._column += len(text) + bool(self._column)
            if sentences and _ENDS_SENTENCE.search(word.text):
                close()
                self._column = 0
        close()
        return pieces

    def _parts(self, text: str) -> Iterator[str]:
        cleaned = _NO_TEXT.sub(" ", text).split()
        for part in cleaned:
            for start in range(0, len(part), self._most):
                yield part[start : start + self._most]
