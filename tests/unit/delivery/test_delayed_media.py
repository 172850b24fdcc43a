from __future__ import annotations

import numpy as np
from structlog.testing import capture_logs

from foundation.media_time import TICKS_PER_SECOND as SECOND
from foundation.media_time import from_seconds
from streaming.delivery.delayed_media import DelayedMedia, DuePiece
from streaming.delivery.mpeg_ts.packets import PACKET, Packetiser, section_unit
from streaming.delivery.mpeg_ts.tables import ElementaryStream, ProgramMap
from streaming.events import AudioChunk
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import WRAP
from streaming.session_clock import SessionClock

PAT = bytes.fromhex("00b00d0001c100000001f0002ab104b2")
PMT = ProgramMap(1, 0, 256, b"", (ElementaryStream(3, 257), ElementaryStream(0x1B, 256))).section()


class Feed:
    """A transport stream of 25 access units a second, and what a session heard of it."""

    def __init__(self, *, live: bool, delay: float) -> None:
        self.tap, self.clock, self.now = MediaTap(), SessionClock(), 0.0
        self.tap.at_own_speed = live
        self.media = DelayedMedia(self.tap, self.clock, from_seconds(delay), now=lambda: self.now)
        self.connect()

    def connect(self) -> None:
        self.tap.connect()
        self._video = Packetiser(256)
        tables = [*Packetiser(0).packets(section_unit(PAT))]
        self.tap.put(b"".join([*tables, *Packetiser(4096).packets(section_unit(PMT))]))

    def send(
        self, start: float, seconds: float, *, heard: bool = True, again: bool = False
    ) -> None:
        first = from_seconds(start)
        for n in range(round(seconds * 25)):
            stamp = (first + n * SECOND // 25) % WRAP
            field = bytes(
                (
                    0x21 | (stamp >> 30 & 7) << 1,
                    stamp >> 22 & 255,
                    stamp >> 14 & 0xFE | 1,
                    stamp >> 7 & 255,
                    stamp << 1 & 0xFE | 1,
                )
            )
            unit = b"\x00\x00\x01\xe0\x00\x00\x80\x80\x05" + field + bytes(300)
            self.tap.put(b"".join(self._video.packets(unit)))
        if heard:
            chunk = AudioChunk(np.zeros(round(seconds * 16_000), np.float32), first % WRAP, again)
            self.clock.place(chunk, self.now, follows_wall=False, again=again)


def times(due: list[DuePiece]) -> list[float | None]:
    return [None if d.session_time is None else d.session_time / SECOND for d in due]


def test_a_live_feed_leaves_as_long_after_it_came() -> None:
    feed = Feed(live=True, delay=2)
    feed.send(100, 1)
    assert feed.media.due() == []
    feed.now = 1.0
    feed.send(101, 1)
    assert feed.media.due() == []
    feed.now = 2.01
    assert times(feed.media.due())[-1] == 100.92
    feed.now = 3.5  # the feed is lost: what is held leaves all the same
    assert times(feed.media.due())[0] == 100.96
    assert not feed.media.due(ended=True, at_once=False)  # what was open is whole now
    feed.now = 9
    assert times(feed.media.due(ended=True)) == [101.96]
    assert feed.media.empty


def test_a_recording_leaves_as_the_session_goes_on() -> None:
    feed = Feed(live=False, delay=2)
    feed.send(0, 3, heard=False)
    assert feed.media.due() == []
    for start in (0, 1, 2):
        chunk = AudioChunk(np.zeros(16_000, np.float32), start * SECOND)
        feed.clock.place(chunk, 0.0, follows_wall=False, again=False)
    assert times(feed.media.due())[-1] == 1.0
    assert times(feed.media.due(ended=True))[-1] == 2.96


def test_what_waits_for_the_session_is_not_told_as_misplaced() -> None:
    feed = Feed(live=False, delay=2)
    feed.send(0, 3, heard=False)
    with capture_logs() as waiting:
        assert feed.media.due() == []
        assert feed.media.due() == []
    assert not waiting
    with capture_logs() as ended:
        assert set(times(feed.media.due(ended=True))) == {None}
    assert [line["event"] for line in ended] == ["picture.not_placed"]


def test_no_packet_is_lost_or_changed() -> None:
    feed = Feed(live=True, delay=0)
    feed.send(5, 2)
    put = b"".join(data for _, data in feed.tap.take())
    feed.tap.put(put)
    due = feed.media.due(ended=True)
    assert b"".join(d.piece.data for d in due) == put
    assert all(len(d.piece.data) % PACKET == 0 for d in due)


def test_the_clock_wraps() -> None:
    feed = Feed(live=True, delay=0)
    before = WRAP / SECOND - 1
    feed.send(before, 2, heard=False)
    for start in (0, 1):
        chunk = AudioChunk(np.zeros(16_000, np.float32), from_seconds(before) + start * SECOND)
        feed.clock.place(chunk, 0.0, follows_wall=False, again=False)
    due = feed.media.due(ended=True)
    assert times(due)[-1] == (from_seconds(before) + 176_400) / SECOND
    assert {d.piece.run for d in due} == {0}


def test_a_feed_on_another_clock_is_another_run_in_the_same_time() -> None:
    feed = Feed(live=True, delay=0)
    feed.send(5000, 2)
    assert times(feed.media.due())[-1] == 5001.92
    feed.connect()
    feed.send(20, 2, again=True)
    due = feed.media.due(ended=True)
    assert [d.piece.run for d in due] == [0] + [1] * 50
    assert times(due)[1] == 5002
    assert due[1].piece.time == 20 * SECOND


def test_a_jump_within_a_connection_is_another_run() -> None:
    feed = Feed(live=True, delay=0)
    feed.send(10, 1)
    feed.send(40, 1)
    due = feed.media.due(ended=True)
    assert [d.piece.run for d in due] == [0] * 25 + [1] * 25
    assert times(due)[25] == 40


def test_a_run_that_the_session_has_not_heard_has_no_session_time() -> None:
    feed = Feed(live=True, delay=0)
    feed.send(10, 1, heard=False)
    assert set(times(feed.media.due())) == {None}
    feed.send(11, 1)
    assert times(feed.media.due(ended=True))[-1] == 11.96


def test_bytes_between_packets_are_passed_over() -> None:
    feed = Feed(live=True, delay=0)
    feed.send(10, 0.2)
    feed.tap.put(b"\x00garbage")
    feed.send(10.2, 0.2)
    assert len(feed.media.due(ended=True)) == 10
