"""What stands in a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foundation.media_time import TICKS_PER_SECOND, Ticks


@dataclass(frozen=True, slots=True)
class DocxConfig:
    """Head and paragraphs of a transcript."""

    title: str = ""
    times: bool = True
    """Each paragraph begins with the time of its first cue: [01:02:03]."""

    speakers: Mapping[int, str] = field(default_factory=dict)
    """Who speaks, by the index of a cue; a cue that is not in it goes on with the last speaker."""

    pause: Ticks = 2 * TICKS_PER_SECOND
    """So long a silence begins a new paragraph."""

    longest: Ticks = 60 * TICKS_PER_SECOND
    """A paragraph that is longer ends with the next sentence."""

    automatic: bool = True
    """Say at the top that nobody has checked the text, in the transcript's languages."""

    created: datetime | None = None
    """Of the document's properties; None: now."""
