"""A text as it is spoken: pieces of print become tokens that know their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from text.spoken.items import Note

_CLOSING: Final = ".,!?;:…"
_TOKEN: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the print and how it is read."""

    start: int
    end: int
    words: str | None = None
    """None: as it stands."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part of the print whose reading is given: by a lexicon, by ``say-as``."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class ReadToken:
    """Spoken characters without a space among them, and their place in the print."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is spoken."""

    tokens: tuple[ReadToken, ...]
    notes: tuple[Note, ...] = ()

    @property
    def text(self) -> str:
        """With single spaces."""
        return " ".join(token.text for token in self.tokens)


def tokens_of(text: str, pieces: Iterator[Piece]) -> Iterator[ReadToken]:
    """Join pieces that touch; words that only digits kept apart get a space."""
    held = ""
    start = end = 0
    before_was_read = False
    for piece in pieces:
        read = piece.words is not None
        words = text[piece.start : piece.end] if piece.words is None else piece.words
        if not words:
            continue
        if held and (read or before_was_read) and held[-1].isalnum() and words[0].isalnum():
            yield ReadToken(held, start, end)
            held = ""
        before_was_read = read
        if held and words[0].isspace():
            yield ReadToken(held, start, end)
            held = ""
        found = list(_TOKEN.finditer(words))
        for index, match in enumerate(found):
            first = piece.start if read else piece.start + match.start()
            last = piece.end if read else piece.start + match.end()
            if held and index == 0 and not words[0].isspace():
                held, end = held + match.group(), last
            else:
                if held:
                    yield ReadToken(held, start, end)
                held, start, end = match.group(), first, last
        if held and words[-1].isspace():
            yield ReadToken(held, start, end)
            held = ""
    if held:
        yield ReadToken(held, start, end)


def marks_joined(tokens: Iterator[ReadToken]) -> Iterator[ReadToken]:
    """Marks that stand alone, where a sign before them is not read, join the word before."""
    held: ReadToken | None = None
    for token in tokens:
        if held is not None and not token.text.strip(_CLOSING):
            held = ReadToken(held.text + token.text, held.start, token.end)
            continue
        if held is not None:
            yield held
        held = token
    if held is not None:
        yield held
