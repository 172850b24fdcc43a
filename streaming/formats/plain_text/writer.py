"""Text alone, a line a cue."""

from __future__ import annotations

from streaming.cues.model import Cue


class PlainTextWriter:
    """A transcript without times."""

    media_type = "text/plain"
    extension = ".txt"

    def header(self) -> str:
        """None."""
        return ""

    def cue(self, cue: Cue) -> str:
        """The cue's text on one line."""
        return cue.text + "\n"

    def footer(self) -> str:
        """None."""
        return ""
