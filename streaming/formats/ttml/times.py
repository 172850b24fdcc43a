"""Media times of TTML: ``HH:MM:SS.fraction``, in both profiles; no frame rate touches them."""

from __future__ import annotations

from foundation.media_time import TICKS_PER_SECOND, Ticks


def media_time(ticks: Ticks, digits: int) -> str:
    """The nearest time with so many digits of a second, halves up; at least two of hours.

    Args:
        ticks: not negative.
        digits: with 5 the nearest tick to what is written is ``ticks``.
    """
    units = rounded(ticks, digits)
    seconds, fraction = divmod(units, 10**digits)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{fraction:0{digits}}"


def media_interval(start: Ticks, end: Ticks, digits: int) -> tuple[str, str]:
    """Start and end, never below zero, the end always later.

    Args:
        start: media time.
        end: media time.
        digits: of a second.
    """
    first = max(0, start)
    last = max(0, end)
    if rounded(last, digits) <= rounded(first, digits):
        unit: int = 10**digits
        last = -(-(rounded(first, digits) + 1) * TICKS_PER_SECOND // unit)
    return media_time(first, digits), media_time(last, digits)


def rounded(ticks: Ticks, digits: int) -> int:
    """Units of ``10 ** -digits`` s, halves up."""
    unit: int = 10**digits
    return (2 * ticks * unit + TICKS_PER_SECOND) // (2 * TICKS_PER_SECOND)
