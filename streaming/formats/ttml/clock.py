"""Time expressions of TTML (TTML2 §12.3.1, ``<timeExpression>``) into exact seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND, Ticks

PARAMETER: Final = "{http://www.w3.org/ns/ttml#parameter}"
_CLOCK: Final = re.compile(r"(\d{2,}):(\d\d):(\d\d)(?:(\.\d+)|:(\d{2,})(?:\.(\d+))?)?", re.ASCII)
_OFFSET: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|f|t)", re.ASCII)
_LONGEST: Final = 40
"""Characters of a time: more is no time, and cheap to refuse."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What a document says of its frames and ticks."""

    frame_rate: Fraction = Fraction(30)
    sub_frames: int = 1
    tick_rate: Fraction = Fraction(1)

    def read(self, expression: str) -> Fraction:
        """Seconds of a time expression.

        Raises:
            InvalidArgument: it is none.
        """
        expression = expression.strip()
        if len(expression) > _LONGEST:
            raise InvalidArgument("text", f"{expression[:_LONGEST]!r}… is no time")
        if found := _CLOCK.fullmatch(expression):
            hours, minutes, seconds, fraction, frames, sub_frames = found.groups()
            whole = Fraction(int(hours) * 3600 + int(minutes) * 60 + int(seconds))
            counted = int(frames or 0) + Fraction(int(sub_frames or 0), self.sub_frames)
            return whole + Fraction(fraction or 0) + counted / self.frame_rate
        if found := _OFFSET.fullmatch(expression):
            count, metric = Fraction(found[1]), found[2]
            units = {
                "h": Fraction(3600),
                "m": Fraction(60),
                "s": Fraction(1),
                "ms": Fraction(1, 1000),
                "f": 1 / self.frame_rate,
                "t": 1 / self.tick_rate,
            }
            return count * units[metric]
        raise InvalidArgument("text", f"{expression!r} is no time of TTML")


def round_ticks(seconds: Fraction) -> Ticks:
    """The nearest 90 kHz tick, halves up."""
    return (2 * seconds * TICKS_PER_SECOND + 1) // 2


def read_clock(root: Any) -> Clock:
    """Frame rate, its multiplier, sub-frames and tick rate of a ``tt`` element.

    Raises:
        InvalidArgument: one is no positive number, or times are wall-clock times.
    """
    if root.get(f"{PARAMETER}timeBase", "media") not in ("media", "smpte"):
        raise InvalidArgument("text", "times of a wall clock cannot be placed in the media")
    frame_rate = _positive(root, "frameRate", "30")
    multiplier = root.get(f"{PARAMETER}frameRateMultiplier", "1 1").replace(":", " ").split()
    try:
        numerator, denominator = (int(part) for part in multiplier)
        rate = frame_rate * Fraction(numerator, denominator)
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidArgument("text", f"frameRateMultiplier {multiplier} is no ratio") from error
    if rate <= 0:
        raise InvalidArgument("text", "the frame rate must be above 0")
    sub_frames = _positive(root, "subFrameRate", "1")
    has_frames = root.get(f"{PARAMETER}frameRate") is not None
    default_ticks = rate * sub_frames if has_frames else Fraction(1)
    written = root.get(f"{PARAMETER}tickRate")
    ticks = default_ticks if written is None else Fraction(_positive(root, "tickRate", "1"))
    return Clock(rate, sub_frames, ticks)


def _positive(root: Any, name: str, default: str) -> int:
    written = root.get(f"{PARAMETER}{name}", default).strip()
    if not (written.isascii() and written.isdigit() and len(written) < 12 and int(written)):
        raise InvalidArgument("text", f"{name} {written[:_LONGEST]!r} is no positive number")
    return int(written)
