"""SubRip."""

from __future__ import annotations

import re
from typing import Final

from streaming.cues.model import Cue
from streaming.formats.clock import clock_time, cue_milliseconds
from streaming.formats.text_lines import text_lines

WORD_JOINER: Final = "\u2060"
_LOOKS_LIKE_MARKUP: Final = re.compile(r"<(?=/?(?:b|i|u|s|font)\b)|\{(?=\\)", re.IGNORECASE)


class SrtWriter:
    """Numbered cues, comma times, a blank line after each.

    SubRip has no escapes. What a player would take for a tag is broken by a WORD JOINER, which
    nobody sees.
    """

    media_type = "application/x-subrip"
    extension = ".srt"

    def header(self) -> str:
        """SubRip has none."""
        return ""

    def cue(self, cue: Cue) -> str:
        """Number, times, lines, blank line; nothing for a cue without a letter."""
        lines = text_lines(cue)
        if not lines:
            return ""
        start, end = cue_milliseconds(cue)
        text = _LOOKS_LIKE_MARKUP.sub(lambda found: found[0] + WORD_JOINER, "\n".join(lines))
        # The arrow would read as a time line.
        text = text.replace("-->", "→")
        return f"{cue.index}\n{clock_time(start, ',')} --> {clock_time(end, ',')}\n{text}\n\n"

    def footer(self) -> str:
        """SubRip has none."""
        return ""
