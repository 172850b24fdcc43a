"""What goes into calls of Translation and comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from dauys.client._types import Segment


class Script(Enum):
    """In what letters Kazakh is written."""

    CYRILLIC = 1
    LATIN = 2


class TranslationOrigin(Enum):
    """Where a translation came from."""

    UNSPECIFIED = 0
    MODEL = 1
    MEMORY = 2
    MEMORY_ADAPTED = 3
    """The memory holds the sentence with other numbers; they were put in."""
    COPIED = 4
    """Nothing to translate."""


class TranslationWarning(Enum):
    """Why a translation should be read by a person."""

    UNSPECIFIED = 0
    NUMBERS = 1
    """A number of the source is not in it."""
    REFUSED = 2
    """Not in the target's letters, empty, or a loop; the source was kept instead."""
    CUT = 3
    """Too long for the model: the end is missing."""
    TERM = 4
    """A required term is not in it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term and its required translation."""

    source: str
    """In the nominative; inflected forms are found too."""
    target: str = ""
    """Empty: it stays as it is."""
    source_language: str = ""
    """Empty: any."""
    target_language: str = ""


@dataclass(frozen=True, slots=True)
class TranslationOptions:
    """What is asked of the translator; empty fields take the server's defaults."""

    model: str = ""
    source_language: str = ""
    """ "kk", "ru" or "en"; empty: detected, text by text."""
    terms: tuple[Term, ...] = ()
    without_memory: bool = False
    beam_size: int = 0
    script: Script = Script.CYRILLIC


@dataclass(frozen=True, slots=True)
class TranslatedSentence:
    """One sentence of a text."""

    source: str
    text: str
    origin: TranslationOrigin
    score: float
    """Mean log probability a token, 0 at best; 0 where no model was asked."""
    alternatives: tuple[str, ...] = ()
    warnings: tuple[TranslationWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class TextTranslation:
    """One text's translation."""

    text: str
    source_language: str
    sentences: tuple[TranslatedSentence, ...]
    models: tuple[str, ...]
    pivot_language: str = ""
    """The language between two models, where none translates the pair directly."""


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """In which language a text is."""

    language: str
    """Empty: no letters to tell by."""
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguagePair:
    """What a server translates."""

    source_language: str
    target_language: str
    models: tuple[str, ...]
    pivot_language: str
    licenses: tuple[str, ...]
    commercial_use: bool
    available: bool
    """All models are on the server, or pulled on first use."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """More of a live text."""

    committed: str = ""
    """New, with its spaces; never revised."""
    tentative: str = ""
    """All text still open; replaces the last."""
    endpoint: bool = False
    """The utterance ends here."""


@dataclass(frozen=True, slots=True)
class LiveTranslation:
    """What a live translation has come to."""

    committed: str
    """New, with its spaces; never revised."""
    tentative: str
    """All text still open; replaces the last."""
    source_position: int
    """Characters of committed source text that are translated for good."""
    finalized: bool = False


@dataclass(frozen=True, slots=True)
class TranslatedDocument:
    """A document and how it was translated."""

    data: bytes
    file_name: str
    media_type: str
    source_language: str
    models: tuple[str, ...]
    pivot_language: str = ""
    warnings: Mapping[TranslationWarning, int] = field(default_factory=dict)
    """How many segments carry each."""


@dataclass(frozen=True, slots=True)
class SpeechTranslation:
    """A stretch of speech and its translation."""

    segment: Segment
    translation: TextTranslation


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """A sentence and its approved translation."""

    source_language: str
    target_language: str
    source: str
    target: str
    name: str = ""
    """ "memory/{id}"; empty in a new one."""
