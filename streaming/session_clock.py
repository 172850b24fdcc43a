"""Where a session is in media time, and how that relates to its feed's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks, from_samples, from_seconds
from foundation.speech import SAMPLE_RATE
from streaming.events import AudioChunk

_log = structlog.get_logger(__name__)

_LARGEST_JUMP: Final = 3600 * TICKS_PER_SECOND
"""A jump ahead by more is a clock set anew, not a gap."""

_CLOCK_SLACK: Final = TICKS_PER_SECOND // 10
"""Chunks that follow one another may overlap by rounding and jitter."""

_GAP: Final = TICKS_PER_SECOND
"""Audio that is missing for longer begins another stretch."""

_STRETCHES_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """Audio that came without a break, on one clock."""

    number: int
    """Counts from 0."""

    start: Ticks
    """Session time of its first sample."""

    offset: Ticks
    """Session time less the feed's own time: not 0 once the feed's clock was set anew."""

    after: Ticks
    """Session time at which the audio before it ended."""


class SessionClock:
    """Places a feed's chunks on the session's time line, which never goes back."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._offset: Ticks = 0
        self._heard_until: Ticks = 0
        self._heard_at = 0.0
        self.first_sample: Ticks = 0
        """Session time of the first sample; 0 before it."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The latest stretches, oldest first; empty before the first sample."""
        return tuple(self._stretches)

    @property
    def heard_until(self) -> Ticks:
        """Session time at which the received audio ends."""
        return self._heard_until

    def place(self, chunk: AudioChunk, now: float, *, follows_wall: bool, again: bool) -> Ticks:
        """Take note of a chunk; return its start in session time.

        Args:
            chunk: On the feed's clock.
            now: Monotonic seconds.
            follows_wall: The feed runs at its own speed: a pause counts as time.
            again: The feed had been lost.
        """
        if not self._stretches:
            self.first_sample = self._heard_until = chunk.start
        start = chunk.start + self._offset
        reset = not -_CLOCK_SLACK <= start - self._heard_until <= _LARGEST_JUMP
        if reset:
            # The feed's clock was set anew: go on from where the session is.
            pause = from_seconds(max(0.0, now - self._heard_at)) if follows_wall else 0
            self._offset += self._heard_until + pause - start
            start = chunk.start + self._offset
            _log.info("session.clock_reset", offset=self._offset)
        if not self._stretches or reset or again or start - self._heard_until > _GAP:
            number = self._stretches[-1].number + 1 if self._stretches else 0
            self._stretches.append(Stretch(number, start, self._offset, self._heard_until))
            del self._stretches[:-_STRETCHES_KEPT]
        self._heard_at = now
        self._heard_until = start + from_samples(chunk.samples.size, SAMPLE_RATE)
        return start
