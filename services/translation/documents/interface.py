"""What a document is to whoever translates it: segments out, translations in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from foundation.languages import Language


class Role(StrEnum):
    """What a segment is in its document."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    CELL = "cell"
    TITLE = "title"
    NOTE = "note"
    """A footnote, an endnote, a comment or a speaker's note."""

    LABEL = "label"
    """Text that is an attribute: an image's description, a tooltip, a name in a chart."""

    CUE = "cue"
    """A sentence of subtitles, or a few, over one cue or several."""


class MarkKind(StrEnum):
    """What a mark does to the text that it stands in."""

    RANGE = "range"
    """Formatting, a link: holds the characters from ``start`` to ``end``."""

    POINT = "point"
    """A footnote's reference, an image: stands before the character ``start``; ``end`` is the
    same."""

    KEPT = "kept"
    """A range whose text stays as it is: code, a field, a name marked so. Its words are there for
    the sense; whatever the translation makes of them, the document holds the original."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something inside a segment that is no text of its own; opaque but for its place."""

    id: int
    """Unique in the segment; outer marks come before inner ones, earlier before later."""

    kind: MarkKind
    start: int
    """In characters of the segment's text."""

    end: int
    parent: int | None = None
    """The range that holds it, if any; ranges that no other holds do not overlap."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A paragraph, a cell, a label, or a few cues: what is translated in one piece."""

    text: str
    """Never blank. ``\\n`` is a line break and ``\\t`` a tab inside the paragraph: a translation
    that has as many keeps them all. A carriage return does not occur."""

    marks: tuple[Mark, ...] = ()
    role: Role = Role.PARAGRAPH


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """What a segment became."""

    text: str
    alignment: tuple[int, ...] = ()
    """For each word of ``text`` the word of the segment that it came from (both as ``str.split``
    counts), -1 where unknown; empty: nothing is known. See ``alignment.of_sentences``."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A translated document."""

    data: bytes
    file_name: str
    """The name without folders, the target language before the ending: ``report.kk.docx``."""

    media_type: str


class Document(Protocol):
    """An opened document.

    Not to be used by two threads at once; opening and saving compute, so call them outside the
    event loop.
    """

    @property
    def segments(self) -> Sequence[Segment]:
        """What there is to translate, in the order of reading."""
        ...

    def save(self, translations: Sequence[TranslatedSegment], target: Language) -> Saved:
        """Write the document with its texts replaced; may be called again with others.

        Args:
            translations: one a segment, in their order; an empty text empties the segment.
            target: the language that the document is said to be in.

        Raises:
            InvalidArgument: there are more or fewer translations than segments.
        """
        ...
