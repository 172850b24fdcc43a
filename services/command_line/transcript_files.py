"""Transcripts as files of every format, and what a format cannot carry."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidArgument

if TYPE_CHECKING:
    from foundation.languages import Language
    from streaming.cues.model import Cue
    from streaming.formats.interface import EncodedTrack
    from streaming.recognition.offline import Utterance

FORMATS: Final = {
    "txt": "plain_text",
    "docx": "docx",
    "json": "json",
    "srt": "srt",
    "vtt": "webvtt",
    "ttml": "imsc",
    "ebu-tt-d": "ebu_tt_d",
    "ass": "ass",
    "stl": "ebu_stl",
    "scc": "scc",
}
"""Names of the command line, and of ``streaming.formats``."""

_BINARY: Final = frozenset({"docx", "stl"})
_COLUMNS: Final = {"stl": 40, "scc": 32}
"""Letters of a row where a format has a grid."""

_LACKING: Final[dict[str, frozenset[Language]]] = {
    "stl": frozenset({"kk"}),
    "scc": frozenset({"kk", "ru"}),
}
"""Languages that a format has not the letters of."""

_HINT: Final = (
    "--script latin writes Kazakh in the Latin alphabet of 2021, --transliterate everything that"
    " the format lacks; srt, vtt, ttml, ebu-tt-d, ass and docx carry every letter"
)


@dataclass(frozen=True, slots=True)
class TranscriptOutput:
    """How and where transcripts are written."""

    output_format: str
    """One of ``FORMATS``."""

    folder: Path | None
    """None: to standard output."""

    latin: bool = False
    """Kazakh in the Latin alphabet of 2021."""

    transliterate: bool = False
    """Latin letters for what the format lacks, instead of an error."""

    several: bool = False
    """More than one recording is transcribed."""

    def check(self, languages: Sequence[Language]) -> None:
        """See before any work that the format can be written, and there.

        Args:
            languages: that may be spoken.

        Raises:
            InvalidArgument: no such format, or it is none for a terminal or to be joined, or it
                lacks letters of every language.
        """
        name = self.output_format
        if name not in FORMATS:
            raise InvalidArgument("--format", f"{name!r} is not one of {', '.join(FORMATS)}")
        if name in _BINARY and self.folder is None and (self.several or sys.stdout.isatty()):
            raise InvalidArgument("--out", f"{name} files are binary: name a folder for them")
        lacking = _LACKING.get(name, frozenset())
        if self.latin and name == "stl":
            lacking -= {"kk"}
        if set(languages) <= lacking and not self.transliterate:
            raise InvalidArgument(
                "--format", f"{name} has no letters of {', '.join(languages)}; {_HINT}"
            )

    def write(self, recording: Path, utterances: Sequence[Utterance]) -> None:
        """Write one transcript; losses are told on standard error and listed beside the file.

        Raises:
            InvalidArgument: the format cannot carry a cue; says which and what helps.
        """
        from streaming.formats.carrying import NotCarried

        if self.latin:
            utterances = [_latin(utterance) for utterance in utterances]
        try:
            track = self._encoded(recording, utterances)
        except NotCarried as error:
            raise InvalidArgument("--format", f"{error.description}; {_HINT}") from None
        if self.folder is None:
            if self.several:
                sys.stderr.write(f"== {recording.name}\n")
            sys.stdout.flush()
            sys.stdout.buffer.write(track.data)
            sys.stdout.buffer.flush()
            for loss in track.losses:
                sys.stderr.write(f"dauys: {recording.name}: {loss}\n")
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{recording.stem}{track.extension}"
        _replace(target, track.data)
        listed = target.with_name(f"{target.name}.losses.txt")
        if track.losses:
            _replace(listed, "".join(f"{loss}\n" for loss in track.losses).encode())
            sys.stderr.write(f"dauys: {target}: {track.losses.summary()}; see {listed.name}\n")
        else:
            # One of an earlier run would speak of another file.
            listed.unlink(missing_ok=True)

    def _encoded(self, recording: Path, utterances: Sequence[Utterance]) -> EncodedTrack:
        from streaming.formats import encode_track
        from streaming.formats.interface import EncodedTrack, TrackOptions

        if self.output_format == "txt":
            text = "\n".join(utterance.text for utterance in utterances) + "\n"
            return EncodedTrack(text.encode("utf-8"), "text/plain", ".txt")
        options = TrackOptions(title=recording.stem, transliterate=self.transliterate)
        cues = self._cues(utterances)
        return encode_track(cues, FORMATS[self.output_format], options)

    def _cues(self, utterances: Sequence[Utterance]) -> list[Cue]:
        from streaming.cues.builder import CueBuilder
        from streaming.cues.presets import load_preset

        preset = load_preset("vod")
        columns = _COLUMNS.get(self.output_format)
        if columns is not None:
            lengths = {one: min(length, columns) for one, length in preset.max_chars.items()}
            preset = replace(preset, max_chars=lengths)
        builder = CueBuilder(preset)
        cues = []
        for utterance in utterances:
            cues += builder.push(utterance.words, utterance.language, True, utterance.end)
        return cues + builder.flush()


def _latin(utterance: Utterance) -> Utterance:
    from text.transliteration import to_latin

    if utterance.language != "kk":
        return utterance
    words = tuple(replace(word, text=to_latin(word.text)) for word in utterance.words)
    return replace(utterance, words=words, text=to_latin(utterance.text))


def _replace(target: Path, data: bytes) -> None:
    """Write a file that is whole or not there."""
    temporary = target.with_name(f".{target.name}.part")
    temporary.write_bytes(data)
    temporary.replace(target)
