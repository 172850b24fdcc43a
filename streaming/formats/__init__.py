"""Subtitle formats. A new one is a folder with a ``writer.py`` and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Final

from foundation.errors import InvalidArgument
from streaming.cues.model import Cue
from streaming.formats.interface import CueWriter

FORMATS: Final[dict[str, str]] = {
    "srt": "streaming.formats.srt.writer:SrtWriter",
    "webvtt": "streaming.formats.webvtt.writer:WebVttWriter",
    "json": "streaming.formats.json.writer:JsonWriter",
    "plain_text": "streaming.formats.plain_text.writer:PlainTextWriter",
}


def open_writer(name: str) -> CueWriter:
    """A fresh writer of the format called ``name``.

    Raises:
        InvalidArgument: there is no such format.
    """
    if name not in FORMATS:
        raise InvalidArgument("format", f"{name!r} is not one of {', '.join(FORMATS)}")
    module, _, attribute = FORMATS[name].partition(":")
    writer: CueWriter = getattr(importlib.import_module(module), attribute)()
    return writer


def write_track(cues: Iterable[Cue], name: str) -> str:
    """A whole track as text."""
    writer = open_writer(name)
    return writer.header() + "".join(writer.cue(cue) for cue in cues) + writer.footer()
