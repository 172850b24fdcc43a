"""What a synthesiser renders: sentences of spans, breaks and marks.

The same for plain text and for SSML. Places in the source are characters of the whole input, from
0; of a stream, of all pieces together; of SSML, of the document with its markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from foundation.languages import Language

Gender = Literal["male", "female", "neutral"]


@dataclass(frozen=True, slots=True)
class Prosody:
    """How a span is to be spoken, against the voice's own manner."""

    rate: float = 1.0
    """Speed: 2 is twice as fast, 0.5 half as fast."""

    pitch: float = 0.0
    """In semitones, upwards if positive."""

    volume: float = 0.0
    """In dB; ``-inf`` is silent."""


PLAIN: Final = Prosody()
"""The voice's own manner."""


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """What SSML's ``voice`` asks for; a field that asks for nothing is empty."""

    names: tuple[str, ...] = ()
    """In order of preference."""

    gender: Gender | None = None

    languages: tuple[Language, ...] = ()


@dataclass(frozen=True, slots=True)
class SpokenToken:
    """One run of spoken characters between spaces, and what it stands for."""

    start: int
    """In characters of the span's ``text``."""

    end: int

    source_start: int
    """In characters of the source. The words of one number share a place: ``21`` is two words."""

    source_end: int


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """Words of one language for one voice in one manner."""

    language: Language

    text: str
    """What is said: no digits, no abbreviations; with punctuation, single spaces between words."""

    tokens: tuple[SpokenToken, ...]
    """In order; between them they cover all of ``text`` but the spaces."""

    ipa: str = ""
    """The pronunciation, if SSML or the lexicon gives one; ``text`` is for voices without it."""

    voice: VoiceChoice | None = None
    """None: the voice of the request."""

    prosody: Prosody = PLAIN


@dataclass(frozen=True, slots=True)
class Break:
    """Silence."""

    seconds: float
    """0: none here, where the voice might make one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place whose time the caller wants to know."""

    name: str

    source: int
    """In characters of the source."""


Part = SpokenSpan | Break | Mark


class NoteKind(StrEnum):
    """What happened to a part of the source that is not simply spoken."""

    EMOJI = "emoji"
    """Left out."""

    UNSPEAKABLE = "unspeakable"
    """Signs and letters of other scripts that no voice of the suite speaks; left out."""

    DIGITS = "digits"
    """A number too long for words: read digit by digit."""

    ADDRESS = "address"
    """The beginning of an address that is not read: ``https://www.``"""

    SPLIT = "split"
    """A sentence was longer than is spoken at once, and was cut between words."""


@dataclass(frozen=True, slots=True)
class Note:
    """Tells the caller what was not simply spoken."""

    kind: NoteKind
    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """What is synthesised at once.

    A sentence without spans holds breaks and marks that stand between sentences, or notes on text
    of which nothing is spoken.
    """

    parts: tuple[Part, ...]
    start: int
    """In characters of the source."""
    end: int
    ends_paragraph: bool = False
    notes: tuple[Note, ...] = field(default=())

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(span.text for span in self.spans)

    @property
    def spans(self) -> Iterator[SpokenSpan]:
        """The parts that are spoken."""
        return (part for part in self.parts if isinstance(part, SpokenSpan))
