"""WebVTT (https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

from streaming.cues.model import Cue
from streaming.formats.clock import clock_time, cue_milliseconds

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class WebVttWriter:
    """Cue identifiers are the cues' indices; hours are always written."""

    media_type = "text/vtt"
    extension = ".vtt"

    def header(self) -> str:
        """The signature line."""
        return "WEBVTT\n\n"

    def cue(self, cue: Cue) -> str:
        """Identifier, times, escaped lines, blank line."""
        start, end = cue_milliseconds(cue)
        lines = "\n".join(line.translate(_ESCAPES) for line in cue.lines)
        return f"{cue.index}\n{clock_time(start, '.')} --> {clock_time(end, '.')}\n{lines}\n\n"

    def footer(self) -> str:
        """WebVTT has none."""
        return ""
