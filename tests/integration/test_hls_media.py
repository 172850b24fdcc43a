"""Picture and sound of real transport streams, cut into segments."""

from __future__ import annotations

import asyncio
import io
import subprocess
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import av
import m3u8
import numpy as np
import pytest

from foundation.media_time import TICKS_PER_SECOND, from_seconds, to_seconds
from streaming.cues.presets import load_preset
from streaming.delivery.hls import HlsConfig, HlsOutput, Rendition
from streaming.delivery.segments.transport_stream import Piece, TransportSplitter
from streaming.events import AudioChunk
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import WRAP, unwrap
from streaming.ingest.url_feed import UrlFeed
from streaming.session import LiveSession, SessionConfig
from streaming.session_clock import SessionClock
from streaming.session_events import SessionEvent
from tests.end_to_end.live_players.feed import BeepRecognizer

FOUR = from_seconds(4)


def encode(path: Path, seconds: float, *, video: bool, gop: int = 50, offset: float = 0) -> Path:
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y"]
    if video:
        command += ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(seconds)]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-g", str(gop), "-bf", "2"]
    command += ["-sc_threshold", "0", "-c:a", "aac", "-output_ts_offset", str(offset)]
    command += ["-muxdelay", "0", "-mpegts_copyts", "1", "-f", "mpegts", str(path)]
    subprocess.run(command, check=True)
    return path


def split(path: Path, length: int = FOUR, at_once: int = 10_007) -> list[Piece]:
    splitter, data = TransportSplitter(length), path.read_bytes()
    pieces: list[Piece] = []
    for place in range(0, len(data), at_once):
        pieces += splitter.push(data[place : place + at_once])
    return pieces + splitter.restart()


def packets(data: bytes, kind: str) -> list[int]:
    """Timestamps of a segment's packets, in ticks."""
    with av.open(io.BytesIO(data), format="mpegts") as container:
        stream = container.streams.get({kind: 0})[0]
        return [int(packet.pts) for packet in container.demux(stream) if packet.pts is not None]


def test_segments_begin_with_key_frames_and_lose_nothing(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 21, video=True, offset=95_434)
    pieces = split(source)
    assert [to_seconds(p.end - p.start) for p in pieces] == [4, 4, 4, 4, 4, 1]
    assert all(piece.key for piece in pieces)
    assert {piece.run for piece in pieces} == {0}
    for before, after in pairwise(pieces):
        assert before.end == after.start
    for kind in ("video", "audio"):
        whole = packets(source.read_bytes(), kind)
        parts = [time for piece in pieces for time in packets(piece.data, kind)]
        assert len(parts) == len(whole)
        assert {time % WRAP for time in parts} == {time % WRAP for time in whole}
    assert pieces[0].start == from_seconds(95_434)
    assert pieces[-1].end > WRAP  # it wrapped within


@pytest.mark.parametrize(("gop", "expected"), [(48, 3.84), (75, 3.0), (500, 4.0)])
def test_a_segment_is_never_longer_than_the_target_allows(
    tmp_path: Path, gop: int, expected: float
) -> None:
    """48 frames: two groups fit; 75: one does, two would not; 500: a group must be cut."""
    pieces = split(encode(tmp_path / "a.ts", 20, video=True, gop=gop))
    lengths = [to_seconds(piece.end - piece.start) for piece in pieces]
    assert all(round(length) <= 4 for length in lengths)
    assert lengths[0] == pytest.approx(expected, abs=0.5 if gop == 500 else 0.01)
    assert all(piece.key for piece in pieces) == (gop != 500)


def test_sound_alone_is_cut_too(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.ts", 20, video=False)
    pieces = split(source)
    assert all(3 < to_seconds(piece.end - piece.start) <= 4.4 for piece in pieces[:-1])
    parts = [time for piece in pieces for time in packets(piece.data, "audio")]
    assert parts == packets(source.read_bytes(), "audio")


def test_a_break_in_the_timestamps_begins_another_run(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.ts", 6, video=True, offset=1000).read_bytes()
    second = encode(tmp_path / "b.ts", 6, video=True, offset=50).read_bytes()
    splitter = TransportSplitter(FOUR)
    pieces = [*splitter.push(first), *splitter.push(second), *splitter.restart()]
    assert [piece.run for piece in pieces] == [0, 0, 1, 1]
    assert [to_seconds(piece.start) for piece in pieces] == [1000, 1004, 50, 54]


async def test_a_file_becomes_segments_of_picture_and_text_on_one_clock(tmp_path: Path) -> None:
    """As fast as it is read; what the player test shows at its own speed."""
    source = encode(tmp_path / "a.ts", 13, video=True, offset=95_434)
    tap = MediaTap()
    session = LiveSession(
        UrlFeed(str(source), media=tap),
        BeepRecognizer(),
        load_preset("hls-live"),
        SessionConfig(pace_limit=2.0),
    )
    folder = tmp_path / "hls"
    config = HlsConfig(segment_seconds=2, window_seconds=0, hold_seconds=1, video="copy")
    output = HlsOutput(folder, session.clock, [Rendition("source", ("en",))], config, tap)
    publishing = asyncio.create_task(output.run(session.subscribe()))
    await session.run()
    await publishing
    media = m3u8.load(str(folder / "media.m3u8"))
    text = m3u8.load(str(folder / "source.m3u8"))
    assert media.is_endlist
    assert text.is_endlist
    assert media.playlist_type == text.playlist_type == "event"
    assert media.target_duration == text.target_duration == 2
    assert sum(s.duration for s in media.segments) == pytest.approx(13, abs=0.1)
    assert sum(s.duration for s in text.segments) == pytest.approx(13, abs=1.1)  # read on
    index = m3u8.load(str(folder / "index.m3u8"))
    assert index.playlists[0].stream_info.codecs.startswith("avc1.")
    assert index.playlists[0].stream_info.resolution == (160, 90)
    heaviest = max(
        (folder / str(s.uri)).stat().st_size * 8 / s.duration
        for s in media.segments
        if s.duration > 1
    )
    assert index.playlists[0].stream_info.bandwidth >= heaviest
    # What both say of the same moment: its date, and its timestamp.
    first_media, first_text = media.segments[0], text.segments[0]
    stamp = int((folder / str(first_text.uri)).read_text().partition("MPEGTS:")[2].split(",")[0])
    shown = packets((folder / str(first_media.uri)).read_bytes(), "video")[0]
    apart = to_seconds(unwrap(shown, stamp) - stamp)
    dates = first_media.program_date_time - first_text.program_date_time
    assert dates.total_seconds() == pytest.approx(apart, abs=0.002)


async def test_a_feed_that_returns_on_another_clock_breaks_both_alike(tmp_path: Path) -> None:
    first = encode(tmp_path / "a.ts", 7, video=True, offset=5000).read_bytes()
    second = encode(tmp_path / "b.ts", 7, video=True, offset=20).read_bytes()
    clock, tap = SessionClock(), MediaTap()
    config = HlsConfig(segment_seconds=2, window_seconds=0, hold_seconds=1, video="copy")
    folder = tmp_path / "hls"
    output = HlsOutput(folder, clock, [Rendition("source", ("en",))], config, tap)
    over = asyncio.Event()

    async def no_events() -> AsyncIterator[SessionEvent]:
        await over.wait()
        nothing: tuple[SessionEvent, ...] = ()
        for event in nothing:
            yield event

    publishing = asyncio.create_task(output.run(no_events()))
    await asyncio.sleep(0)
    silence = np.zeros(7 * 16_000, np.float32)
    for start, data, again in ((5000, first, False), (20, second, True)):
        tap.connect()
        tap.put(data)
        chunk = AudioChunk(silence, start * TICKS_PER_SECOND, discontinuity=again)
        clock.place(chunk, 0.0, follows_wall=False, again=again)
    over.set()
    await publishing
    for name in ("media", "source"):
        lines = (folder / f"{name}.m3u8").read_text().splitlines()
        assert lines.count("#EXT-X-DISCONTINUITY") == 1
        durations = [float(line[8:-1]) for line in lines if line.startswith("#EXTINF")]
        assert durations == pytest.approx([2, 2, 2, 1, 2, 2, 2, 1], abs=0.05)
        at = lines.index("#EXT-X-DISCONTINUITY")
        assert sum(line.startswith("#EXTINF") for line in lines[:at]) == 4
