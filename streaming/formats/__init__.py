"""Subtitle formats. A new one is a folder with a ``writer.py`` and one line here."""

from __future__ import annotations

import codecs
import importlib
from collections.abc import Sequence
from typing import Any, Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats.interface import CueReader, CueWriter, EncodedTrack, TrackOptions

FORMATS: Final[dict[str, str]] = {
    "srt": "streaming.formats.srt.writer:SrtWriter",
    "webvtt": "streaming.formats.webvtt.writer:WebVttWriter",
    "json": "streaming.formats.json.writer:JsonWriter",
    "plain_text": "streaming.formats.plain_text.writer:PlainTextWriter",
    "imsc": "streaming.formats.ttml.writer:imsc_writer",
    "ebu_tt_d": "streaming.formats.ttml.writer:ebu_tt_d_writer",
    "ass": "streaming.formats.ass.writer:ass_writer",
}
"""Text formats, written cue by cue."""

_WITH_OPTIONS: Final = frozenset({"imsc", "ebu_tt_d", "ass"})
"""Those with a place for a title and a label: they are opened with options and language."""

TRACK_FORMATS: Final[dict[str, str]] = {
    "ebu_stl": "streaming.formats.ebu_stl.writer:encode",
    "scc": "streaming.formats.scc.writer:encode",
    "docx": "streaming.formats.docx.writer:encode",
}
"""Formats that must know the whole track before the first byte is written."""

READERS: Final[dict[str, str]] = {
    "srt": "streaming.formats.srt.reader:read",
    "webvtt": "streaming.formats.webvtt.reader:read",
    "imsc": "streaming.formats.ttml.reader:read",
    "ebu_tt_d": "streaming.formats.ttml.reader:read",
}


def open_writer(
    name: str, options: TrackOptions | None = None, language: Language | None = None
) -> CueWriter:
    """A fresh writer of the text format called ``name``.

    Args:
        name: one of ``FORMATS``.
        options: title and label.
        language: of the track; None where cues of several languages come, or it is not known yet.

    Raises:
        InvalidArgument: there is no such format.
    """
    build = _named(name, FORMATS)
    with_options = name in _WITH_OPTIONS
    writer: CueWriter = build(options or TrackOptions(), language) if with_options else build()
    return writer


def write_track(cues: Sequence[Cue], name: str, options: TrackOptions | None = None) -> str:
    """A whole track as text.

    Raises:
        InvalidArgument: there is no such text format.
    """
    writer = open_writer(name, options, cues[0].language if cues else None)
    return writer.header() + "".join(writer.cue(cue) for cue in cues) + writer.footer()


def encode_track(
    cues: Sequence[Cue], name: str, options: TrackOptions | None = None
) -> EncodedTrack:
    """A whole track as a file of any format, and what it lost.

    Raises:
        InvalidArgument: there is no such format, or it cannot carry a cue; the message names
            cues and letters.
    """
    options = options or TrackOptions()
    if name in TRACK_FORMATS:
        encoded: EncodedTrack = _named(name, TRACK_FORMATS)(cues, options)
        return encoded
    if name not in FORMATS:
        raise InvalidArgument("format", f"{name!r} is not one of {_known(FORMATS | TRACK_FORMATS)}")
    writer = open_writer(name, options)
    data = write_track(cues, name, options).encode("utf-8")
    return EncodedTrack(data, writer.media_type, writer.extension)


def read_track(text: str | bytes, name: str, language: Language) -> list[Cue]:
    """The cues of a file.

    Args:
        text: the file; bytes are UTF-8, or UTF-16 with a byte order mark.
        name: one of ``READERS``.
        language: of cues that do not say theirs.

    Raises:
        InvalidArgument: there is no such reader, or the text is not of this format.
    """
    reader: CueReader = _named(name, READERS)
    return reader(_decoded(text) if isinstance(text, bytes) else text, language)


def _decoded(data: bytes) -> str:
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidArgument("text", f"neither UTF-8 nor UTF-16 with its mark: {error}") from error


def _named(name: str, registry: dict[str, str]) -> Any:
    if name not in registry:
        raise InvalidArgument("format", f"{name!r} is not one of {_known(registry)}")
    module, _, attribute = registry[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def _known(registry: dict[str, str]) -> str:
    return ", ".join(registry)
