"""SubRip."""

from __future__ import annotations

from streaming.cues.model import Cue
from streaming.formats.clock import clock_time, cue_milliseconds


class SrtWriter:
    """Numbered cues, comma times, a blank line after each."""

    media_type = "application/x-subrip"
    extension = ".srt"

    def header(self) -> str:
        """SubRip has none."""
        return ""

    def cue(self, cue: Cue) -> str:
        """Number, times, lines, blank line."""
        start, end = cue_milliseconds(cue)
        # The arrow would read as a time line.
        lines = "\n".join(line.replace("-->", "→") for line in cue.lines)
        return f"{cue.index}\n{clock_time(start, ',')} --> {clock_time(end, ',')}\n{lines}\n\n"

    def footer(self) -> str:
        """SubRip has none."""
        return ""
