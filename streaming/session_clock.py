"""Where a session is in media time, and how that relates to its feed's own clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

_CLOCK_DRIFT: Final = 1e-4
"""By how much a feed's clock may be slower than ours."""


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


@dataclass(frozen=True, slots=True)
class _Instant:
    """A session time and when it was heard."""

    time: Ticks
    utc: datetime

    def of(self, time: Ticks) -> datetime:
        return self.utc + timedelta(microseconds=(time - self.time) * 100 // 9)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SessionClock:
    """Places a feed's chunks on the session's time line, which never goes back.

    Args:
        utc_now: Tells the time of day, with a time zone.
    """

    def __init__(self, utc_now: Callable[[], datetime] = _utc_now) -> None:
        self._utc_now = utc_now
        self._instants: dict[int, _Instant] = {}
        """By the numbers of stretches."""
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

    def heard_at(self, time: Ticks) -> datetime | None:
        """The UTC instant at which a session time was heard; None before the first sample.

        Of a live feed it is as exact as audio comes: a chunk arrives when its last sample was due,
        and those that came with the least delay count. Of a file that is read faster it is when
        the stretch began, and then as if it were played at its own speed.
        """
        number = None
        for stretch in reversed(self._stretches):
            number = stretch.number
            if stretch.start <= time:
                break
        return None if number is None else self._instants[number].of(time)

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
            gap = from_seconds(max(0.0, now - self._heard_at)) if follows_wall else 0
            self._offset += self._heard_until + gap - start
            start = chunk.start + self._offset
            _log.info("session.clock_reset", offset=self._offset)
        if not self._stretches or reset or again or start - self._heard_until > _GAP:
            number = self._stretches[-1].number + 1 if self._stretches else 0
            self._stretches.append(Stretch(number, start, self._offset, self._heard_until))
            del self._stretches[:-_STRETCHES_KEPT]
        pause = now - self._heard_at
        self._heard_at = now
        self._heard_until = start + from_samples(chunk.samples.size, SAMPLE_RATE)
        self._note_instant(pause, follows_wall=follows_wall)
        return start

    def _note_instant(self, pause: float, *, follows_wall: bool) -> None:
        """Audio has just arrived; ``pause`` is seconds since it did before."""
        number = self._stretches[-1].number
        arrived = _Instant(self._heard_until, self._utc_now())
        known = self._instants.get(number)
        if known is None:
            self._instants[number] = arrived
            self._instants.pop(number - _STRETCHES_KEPT, None)
        elif follows_wall:
            # The feed's clock may be slower than ours: what is known is not trusted for ever.
            drift = timedelta(seconds=pause * _CLOCK_DRIFT)
            expected = known.of(arrived.time) + drift
            if arrived.utc < expected:
                self._instants[number] = arrived
            else:
                self._instants[number] = _Instant(arrived.time, expected)
