"""What writers and readers of subtitles are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats.losses import NOTHING_LOST, LossReport


class CueWriter(Protocol):
    """Writes one track; ``header() + cue(…) + … + footer()`` is the document. UTF-8."""

    media_type: str
    extension: str
    """With its dot."""

    def header(self) -> str:
        """What stands before the first cue."""
        ...

    def cue(self, cue: Cue) -> str:
        """One cue."""
        ...

    def footer(self) -> str:
        """What stands after the last cue."""
        ...


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """What every format may be told about a whole track; each takes what it has a place for."""

    title: str = ""
    """Of the programme or recording."""

    automatic: bool = True
    """Say in the file that nobody has checked the text."""

    transliterate: bool = False
    """Write letters that the format lacks in Latin ones, instead of refusing them."""


@dataclass(frozen=True, slots=True)
class EncodedTrack:
    """A whole track as a file."""

    data: bytes
    media_type: str
    extension: str
    """With its dot."""

    losses: LossReport = NOTHING_LOST


class TrackEncoder(Protocol):
    """Writes a track of a format that must be known as a whole: counts, page flow, an archive."""

    def __call__(self, cues: Sequence[Cue], options: TrackOptions) -> EncodedTrack:
        """The file.

        Raises:
            InvalidArgument: the format cannot carry a cue; the message names cues and letters.
        """
        ...


class CueReader(Protocol):
    """Reads a text format into cues."""

    def __call__(self, text: str, language: Language) -> list[Cue]:
        """The cues in the file's order, indices from 1, without words.

        Args:
            text: the file.
            language: of cues that do not say theirs.

        Raises:
            InvalidArgument: the text is not of this format.
        """
        ...
