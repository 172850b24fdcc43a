"""WebVTT (https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

from streaming.cues.model import Cue
from streaming.formats.clock import clock_time, cue_milliseconds
from streaming.formats.text_lines import text_lines

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class WebVttWriter:
    """Cue identifiers are the cues' indices; hours are always written."""

    media_type = "text/vtt"
    extension = ".vtt"

    def header(self) -> str:
        """The signature line."""
        return "WEBVTT\n\n"

    def cue(self, cue: Cue) -> str:
        """Identifier, times, escaped lines, blank line; nothing for a cue without a letter."""
        lines = text_lines(cue)
        if not lines:
            return ""
        start, end = cue_milliseconds(cue)
        text = "\n".join(line.translate(_ESCAPES) for line in lines)
        return f"{cue.index}\n{clock_time(start, '.')} --> {clock_time(end, '.')}\n{text}\n\n"

    def footer(self) -> str:
        """WebVTT has none."""
        return ""
