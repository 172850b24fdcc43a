"""Media time from packet timestamps: unwrapped, contiguous, discontinuities marked. Pure."""

from __future__ import annotations

from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks, from_samples
from foundation.speech import SAMPLE_RATE

WRAP: Final[Ticks] = 1 << 33
"""MPEG-TS timestamps count modulo 2^33 (ISO/IEC 13818-1 §2.4.3.7): 26.5 hours."""

GAP: Final[Ticks] = TICKS_PER_SECOND // 10
"""A timestamp this far from where it should be is a discontinuity."""

_SLEW_FROM: Final[Ticks] = TICKS_PER_SECOND // 100
"""Below 10 ms a deviation is rounding or jitter, above it is drift and is worn down."""


def unwrap(timestamp: Ticks, near: Ticks) -> Ticks:
    """The time congruent to ``timestamp`` modulo 2^33 that is nearest to ``near``."""
    return near + (timestamp - near + WRAP // 2) % WRAP - WRAP // 2


class Timeline:
    """Places audio packets on one unwrapped time line.

    Consecutive packets are placed back to back by counting samples. A timestamp within 100 ms of
    that place is drift: it is absorbed at one tick a packet. Any other is a discontinuity.
    """

    def __init__(self) -> None:
        self._anchor: Ticks | None = None
        self._samples = 0

    def place(self, timestamp: Ticks, samples: int) -> tuple[Ticks, bool]:
        """Start of a packet of ``samples`` samples, and whether it is a discontinuity.

        The first packet keeps its timestamp and is none.
        """
        if self._anchor is None:
            self._restart(timestamp, samples)
            return timestamp, False
        expected = self._anchor + from_samples(self._samples, SAMPLE_RATE)
        time = unwrap(timestamp, expected)
        deviation = time - expected
        if abs(deviation) > GAP:
            self._restart(time, samples)
            return time, True
        if abs(deviation) > _SLEW_FROM:
            step = 1 if deviation > 0 else -1
            self._anchor += step
            expected += step
        self._samples += samples
        return expected, False

    def _restart(self, time: Ticks, samples: int) -> None:
        self._anchor, self._samples = time, samples
