"""Session time never goes back, whatever a feed's clock does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foundation.media_time import TICKS_PER_SECOND, from_samples, from_seconds
from streaming.events import AudioChunk
from streaming.session_clock import SessionClock, Stretch


def chunk(at: int, samples: int = 1600) -> AudioChunk:
    return AudioChunk(np.zeros(samples, np.float32), at)


def test_chunks_that_follow_one_another_are_one_stretch() -> None:
    clock = SessionClock()
    start = from_seconds(95_000)
    for number in range(50):
        at = start + from_samples(1600 * number, 16_000)
        assert clock.place(chunk(at), number / 10, follows_wall=True, again=False) == at
    assert clock.first_sample == start
    assert clock.heard_until == start + from_seconds(5)
    assert clock.stretches == (Stretch(0, start, 0, start),)


def test_a_gap_on_the_same_clock_begins_a_stretch() -> None:
    clock = SessionClock()
    clock.place(chunk(0), 0.0, follows_wall=True, again=False)
    ended = clock.heard_until
    clock.place(chunk(from_seconds(30)), 30.0, follows_wall=True, again=False)
    assert clock.stretches[1] == Stretch(1, from_seconds(30), 0, ended)


def test_a_clock_set_anew_goes_on_after_the_pause_that_was() -> None:
    clock = SessionClock()
    clock.place(chunk(from_seconds(500)), 10.0, follows_wall=True, again=False)
    ended = clock.heard_until
    start = clock.place(chunk(from_seconds(7)), 13.0, follows_wall=True, again=True)
    assert start == ended + from_seconds(3)
    assert clock.stretches[1] == Stretch(1, start, start - from_seconds(7), ended)
    following = clock.place(chunk(from_seconds(7.1)), 13.1, follows_wall=True, again=False)
    assert following == start + from_seconds(0.1)
    assert len(clock.stretches) == 2


def test_a_feed_that_returns_without_a_gap_is_another_stretch() -> None:
    clock = SessionClock()
    clock.place(chunk(0), 0.0, follows_wall=True, again=False)
    clock.place(chunk(clock.heard_until), 5.0, follows_wall=True, again=True)
    assert [stretch.number for stretch in clock.stretches] == [0, 1]


@given(
    st.lists(
        st.tuples(st.integers(-(1 << 34), 1 << 34), st.integers(1, 16_000), st.booleans()),
        min_size=1,
        max_size=150,
    )
)
def test_time_goes_on(chunks: list[tuple[int, int, bool]]) -> None:
    clock = SessionClock()
    slack = TICKS_PER_SECOND // 10
    for number, (at, samples, again) in enumerate(chunks):
        before = clock.heard_until if number else None
        start = clock.place(chunk(at, samples), float(number), follows_wall=True, again=again)
        assert before is None or start >= before - slack
        assert clock.heard_until == start + from_samples(samples, 16_000)
        newest = clock.stretches[-1]
        assert start - newest.offset == at
        assert newest.start - slack <= start
    assert len(clock.stretches) <= 100
