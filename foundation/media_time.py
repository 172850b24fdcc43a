"""Exact media time: integer ticks of 90 kHz, the clock of MPEG-TS (ISO/IEC 13818-1 §2.4.2)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, TypeAlias

Ticks: TypeAlias = int
"""A time or duration in 1/90 000 s."""

TICKS_PER_SECOND: Final = 90_000


def from_seconds(seconds: float | Fraction) -> Ticks:
    """The nearest tick."""
    return round(seconds * TICKS_PER_SECOND)


def to_seconds(ticks: Ticks) -> float:
    """For people and for JSON; never for arithmetic."""
    return ticks / TICKS_PER_SECOND


def from_samples(samples: int, sample_rate: int) -> Ticks:
    """The nearest tick to the start of sample number ``samples``."""
    return round(Fraction(samples * TICKS_PER_SECOND, sample_rate))


def to_samples(ticks: Ticks, sample_rate: int) -> int:
    """The sample nearest to a time."""
    return round(Fraction(ticks * sample_rate, TICKS_PER_SECOND))


def to_milliseconds(ticks: Ticks) -> int:
    """The nearest millisecond, as SRT and WebVTT write it."""
    return (ticks * 2 + 90) // 180
