"""What a subtitle writer is."""

from __future__ import annotations

from typing import Protocol

from streaming.cues.model import Cue


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
