"""Tokens of a speech model become words with times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.media_time import Ticks, from_seconds
from foundation.speech import Word

_WORD_START: Final = "\u2581"
"""What SentencePiece writes in place of the space before a word."""

_CLOSE_FRAMES: Final = 3
"""A pause of so few frames between two words is no pause: tokens mark a moment, not a span."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token that a decoder gave out."""

    id: int
    frame: int
    """The encoder's frame that it was given out at, since the start of window or stream."""

    frames: int
    """How long it lasts as far as the decoder tells (TDT durations), else 1."""

    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class TokenText:
    """How a model's tokens are written.

    Args:
        vocabulary: Each token as it stands in the vocabulary.
        to_text: Ids to text, as the model's tokenizer joins them.
        frame_seconds: Duration of one of the encoder's frames.
    """

    vocabulary: tuple[str, ...]
    to_text: Callable[[list[int]], str]
    frame_seconds: float

    def starts_word(self, token: Token) -> bool:
        """Does a word begin with, or right after, this token?"""
        return self.vocabulary[token.id].startswith((_WORD_START, " "))

    def is_punctuation(self, token: Token) -> bool:
        """Is it nothing but marks that belong to the word before?"""
        text = self.vocabulary[token.id].strip(_WORD_START + " ")
        return bool(text) and not any(letter.isalnum() for letter in text)

    @property
    def punctuates(self) -> bool:
        """Can the model write the end of a sentence?"""
        return any(piece.strip(_WORD_START + " ") in (".", "?") for piece in self.vocabulary)

    def split(self, tokens: Sequence[Token]) -> list[list[Token]]:
        """The tokens of each word; a punctuation mark goes with the word before it."""
        words: list[list[Token]] = []
        for token in tokens:
            if not words or (self.starts_word(token) and not self.is_punctuation(token)):
                words.append([])
            words[-1].append(token)
        return words

    def words(
        self, tokens: Sequence[Token], longest: Ticks, earliest: Ticks = 0
    ) -> tuple[Word, ...]:
        """Words with times from the first frame on, between ``earliest`` and ``longest``.

        A word's confidence is that of its weakest token.
        """
        written = [(self._written(part), part) for part in self.split(tokens)]
        spoken = [(text, part) for text, part in written if text]
        words: list[Word] = []
        for place, (text, part) in enumerate(spoken):
            end = max(token.frame + max(1, token.frames) for token in self._sounding(part))
            if place + 1 < len(spoken):
                following = spoken[place + 1][1][0].frame
                if following - end <= _CLOSE_FRAMES:
                    end = max(following, part[0].frame + 1)
            start_time = min(self._time(part[0].frame), longest)
            start_time = max(start_time, words[-1].end if words else earliest)
            # A transducer may give out several words at one frame.
            end_time = max(self._time(end), start_time + self._time(1))
            end_time = max(start_time, min(end_time, longest))
            confidence = min(token.confidence for token in part)
            words.append(Word(text, start_time, end_time, confidence))
        return tuple(words)

    def _written(self, part: Sequence[Token]) -> str:
        return "".join(self.to_text([token.id for token in part]).split())

    def _sounding(self, part: Sequence[Token]) -> list[Token]:
        """Marks are given out when the pause is heard: they do not make the word longer."""
        return [token for token in part if not self.is_punctuation(token)] or list(part[:1])

    def _time(self, frame: int) -> Ticks:
        return from_seconds(frame * self.frame_seconds)
