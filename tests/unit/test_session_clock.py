"""When a session time was heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from foundation.media_time import Ticks, from_seconds
from streaming.events import AudioChunk
from streaming.session_clock import SessionClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Feed:
    """Hands a clock a second of audio at a time."""

    def __init__(self) -> None:
        self.utc = NOON
        self.clock = SessionClock(lambda: self.utc)
        self.now = 0.0
        self.position: Ticks = from_seconds(1000)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.utc += timedelta(seconds=seconds)

    def hear(self, seconds: float = 1.0, *, live: bool = True, again: bool = False) -> None:
        chunk = AudioChunk(np.zeros(round(seconds * 16_000), np.float32), self.position)
        self.clock.place(chunk, self.now, follows_wall=live, again=again)
        self.position += from_seconds(seconds)

    def heard_at(self, seconds: float) -> float:
        """Seconds after noon at which a time, in seconds from the first sample, was heard."""
        found = self.clock.heard_at(self.clock.first_sample + from_seconds(seconds))
        assert found is not None
        return round((found - NOON).total_seconds(), 3)


def test_nothing_was_heard_before_the_first_sample() -> None:
    assert SessionClock().heard_at(0) is None


def test_a_chunk_arrives_when_its_last_sample_was_due() -> None:
    feed = Feed()
    feed.wait(1)
    feed.hear()
    assert feed.heard_at(0) == 0
    assert feed.heard_at(0.25) == 0.25


def test_the_least_delay_counts() -> None:
    feed = Feed()
    feed.wait(3.5)
    feed.hear()  # two and a half seconds late
    feed.hear()
    feed.hear()  # half a second late
    feed.wait(1.75)
    feed.hear()  # more than one second late
    assert abs(feed.heard_at(2) - 2.5) < 0.001


def test_a_feed_whose_clock_is_a_little_slow_is_followed() -> None:
    feed = Feed()
    for _ in range(10_000):
        feed.wait(1.00005)
        feed.hear()
    assert abs(feed.heard_at(10_000) - 10_000.5) < 0.05


def test_a_break_begins_anew() -> None:
    feed = Feed()
    feed.wait(1)
    feed.hear()
    feed.wait(21)
    feed.position = 0  # the feed's clock, too
    feed.hear(again=True)
    assert feed.heard_at(0.5) == 0.5
    start = feed.clock.stretches[-1].start - feed.clock.first_sample
    assert feed.heard_at(start / 90_000) == 21


def test_a_file_that_is_read_faster_is_heard_at_its_own_speed() -> None:
    feed = Feed()
    feed.wait(1)
    for _ in range(100):
        feed.hear(live=False)
    assert feed.heard_at(0) == 0
    assert feed.heard_at(100) == 100
