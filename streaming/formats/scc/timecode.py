"""Timecodes of 30000 / 1001 frames a second (SMPTE ST 12-1)."""

from __future__ import annotations

from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks

FRAME: Final[Ticks] = TICKS_PER_SECOND * 1001 // 30_000
"""Ticks of a frame: exactly 3003."""

_PER_MINUTE: Final = 60 * 30 - 2
_PER_TEN_MINUTES: Final = 10 * 60 * 30 - 9 * 2


def nearest_frame(ticks: Ticks) -> int:
    """The frame nearest to a media time, halves later."""
    return (2 * ticks + FRAME) // (2 * FRAME)


def frames_of_hours(hours: int, drop_frame: bool) -> int:
    """Frames before the timecode of so many whole hours."""
    return hours * (6 * _PER_TEN_MINUTES if drop_frame else 108_000)


def timecode(frame: int, drop_frame: bool) -> str:
    """``HH:MM:SS:FF``, or ``HH:MM:SS;FF`` where numbers are left out to keep to the clock.

    Numbers 0 and 1 of every minute but each tenth are left out; no frame is.
    """
    if drop_frame:
        tens, rest = divmod(frame, _PER_TEN_MINUTES)
        minutes = 0 if rest < 1800 else 1 + (rest - 1800) // _PER_MINUTE
        frame += 18 * tens + 2 * minutes
    seconds, number = divmod(frame, 30)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    separator = ";" if drop_frame else ":"
    return f"{hours:02}:{minute:02}:{second:02}{separator}{number:02}"
