"""Clock times of text formats."""

from __future__ import annotations

from typing import Final

from foundation.media_time import Ticks, to_milliseconds
from streaming.cues.model import Cue

MILLISECOND: Final[Ticks] = 90


def clock_time(milliseconds: int, separator: str) -> str:
    """``HH:MM:SS`` + separator + ``mmm``; hours grow as they must."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{thousandths:03}"


def cue_milliseconds(cue: Cue) -> tuple[int, int]:
    """Start and end, never below zero, the end always later."""
    start = _not_negative(cue.start)
    return start, max(_not_negative(cue.end), start + 1)


def _not_negative(ticks: Ticks) -> int:
    return max(0, to_milliseconds(ticks))
