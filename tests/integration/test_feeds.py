"""Real ffmpeg children on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import itertools
import os
import socket
import subprocess
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidArgument, Unavailable
from foundation.media_time import TICKS_PER_SECOND, from_samples, to_seconds
from streaming.delivery.segments.transport_stream import TransportSplitter
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import unwrap
from streaming.ingest.url_feed import FeedConfig, UrlFeed

SECONDS = 20.0


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 s of 440 Hz, 16 kHz mono."""
    path = tmp_path_factory.mktemp("audio") / "tone.wav"
    times = np.arange(5 * 16_000) / 16_000
    samples = (8000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def convert(*arguments: str | Path) -> None:
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


@contextmanager
def sender(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A sender that plays in real time until killed or done."""
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def udp_sender(
    tone: Path, port: int, offset: float = 0
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return sender(
        *("-re", "-stream_loop", "-1", "-i", tone, "-c:a", "aac", "-output_ts_offset", str(offset)),
        *("-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316"),
    )


@asynccontextmanager
async def opened(url: str, config: FeedConfig | None = None) -> AsyncIterator[UrlFeed]:
    """A feed that leaves no process, thread or file descriptor behind."""
    descriptors = len(os.listdir("/proc/self/fd"))
    async with asyncio.timeout(SECONDS), UrlFeed(url, config) as feed:
        yield feed
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ffmpeg")]
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    with pytest.raises(StopAsyncIteration):
        await anext(feed)


async def take_seconds(feed: UrlFeed, seconds: float) -> list[AudioChunk]:
    """The next chunks with so much audio, which must all follow on one another."""
    chunks: list[AudioChunk] = []
    while sum(chunk.samples.size for chunk in chunks) < seconds * 16_000:
        item = await anext(feed)
        if isinstance(item, AudioChunk):
            chunks.append(item)
        else:
            assert isinstance(item, FeedEvent)
            assert item == FeedEvent(FeedState.CONNECTED)
    return chunks


async def take_event(feed: UrlFeed, state: FeedState) -> FeedEvent:
    while True:
        item = await anext(feed)
        if isinstance(item, FeedEvent) and item.state is state:
            return item


def assert_contiguous(chunks: list[AudioChunk]) -> None:
    for before, after in itertools.pairwise(chunks):
        expected = before.start + from_samples(before.samples.size, 16_000)
        assert abs(after.start - expected) <= 2
        assert not after.discontinuity


async def test_a_file_is_read_whole_and_ends(tone: Path) -> None:
    async with opened(str(tone)) as feed:
        items: list[FeedItem] = [item async for item in feed]
    assert items[0] == FeedEvent(FeedState.CONNECTED)
    assert items[-1] == FeedEvent(FeedState.ENDED)
    chunks = [item for item in items if isinstance(item, AudioChunk)]
    assert sum(chunk.samples.size for chunk in chunks) == 5 * 16_000
    assert chunks[0].start == 0
    assert_contiguous(chunks)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert samples.dtype == np.float32
    assert abs(float(np.abs(samples).max()) - 8000 / 32768) < 0.001


@pytest.mark.alone
async def test_a_file_plays_at_its_own_speed(tone: Path) -> None:
    loop = asyncio.get_running_loop()
    async with opened(str(tone), FeedConfig(realtime=True)) as feed:
        first = await take_seconds(feed, 0.01)
        started = loop.time() - first[0].samples.size / 16_000
        for target in (0.7, 1.4):
            await take_seconds(feed, 0.7)
            assert target - 0.2 < loop.time() - started < target + 0.6


async def test_media_times_of_a_transport_stream_are_kept_across_the_wrap(tone: Path) -> None:
    wrap = (1 << 33) / TICKS_PER_SECOND
    port = free_port()
    async with opened(f"udp://127.0.0.1:{port}") as feed:
        pull = asyncio.ensure_future(take_seconds(feed, 3))
        with udp_sender(tone, port, offset=wrap - 3.0):
            chunks = await pull
    assert_contiguous(chunks)
    assert wrap - 3.0 < to_seconds(chunks[0].start) < wrap + 1.0
    assert to_seconds(chunks[-1].start) > wrap


async def test_a_feed_that_drops_is_lost_and_comes_back(tone: Path) -> None:
    port = free_port()
    config = FeedConfig(stall_timeout=0.8, first_retry_seconds=0.1)
    async with opened(f"udp://127.0.0.1:{port}", config) as feed:
        pull = asyncio.ensure_future(take_seconds(feed, 0.5))
        with udp_sender(tone, port):
            await pull
        lost = await take_event(feed, FeedState.LOST)
        assert "no audio" in lost.detail
        pull_event = asyncio.ensure_future(take_event(feed, FeedState.CONNECTED))
        with udp_sender(tone, port, offset=100):
            await pull_event
            chunks = await take_seconds(feed, 0.5)
        assert chunks[0].discontinuity
        assert to_seconds(chunks[0].start) > 100
        assert_contiguous(chunks)


async def test_srt(tone: Path) -> None:
    port = free_port()
    url = f"srt://127.0.0.1:{port}"
    play = ("-re", "-stream_loop", "-1", "-i", tone, "-c:a", "aac", "-f", "mpegts")
    async with opened(f"{url}?mode=listener", FeedConfig(first_retry_seconds=0.1)) as feed:
        pull = asyncio.ensure_future(take_seconds(feed, 1))
        with sender(*play, f"{url}?mode=caller&connect_timeout=10000"):
            assert_contiguous(await pull)
        await take_event(feed, FeedState.LOST)


async def test_rtmp(tone: Path) -> None:
    url = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/key"
    play = ("-re", "-stream_loop", "-1", "-i", tone, "-ar", "44100", "-c:a", "aac", "-f", "flv")
    async with opened(url, FeedConfig(first_retry_seconds=0.1)) as feed:
        # The feed's first attempts may come before the server listens: it tries again.
        with sender(*play, "-listen", "1", url):
            assert_contiguous(await take_seconds(feed, 1))
        await take_event(feed, FeedState.LOST)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on loopback and its folder."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", tmp_path
        server.shutdown()
        thread.join()


async def test_an_hls_recording_is_read_and_ends(tone: Path, web: tuple[str, Path]) -> None:
    base, folder = web
    convert("-i", tone, "-c:a", "aac", "-hls_time", "2", "-hls_list_size", "0", folder / "a.m3u8")
    async with opened(f"{base}/a.m3u8") as feed:
        items = [item async for item in feed]
    chunks = [item for item in items if isinstance(item, AudioChunk)]
    assert_contiguous(chunks)
    assert sum(chunk.samples.size for chunk in chunks) > 4.8 * 16_000
    assert items[-1] == FeedEvent(FeedState.ENDED)


async def test_a_playlist_cannot_read_our_files(tone: Path, web: tuple[str, Path]) -> None:
    base, folder = web
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{tone}\n#EXT-X-ENDLIST\n"
    (folder / "b.m3u8").write_text(playlist)
    async with opened(f"{base}/b.m3u8", FeedConfig(open_timeout=2)) as feed:
        with pytest.raises((InvalidArgument, Unavailable)):
            await take_seconds(feed, 1)


async def test_a_missing_page_is_unavailable_at_once(web: tuple[str, Path]) -> None:
    async with opened(f"{web[0]}/none.m3u8") as feed:
        with pytest.raises(Unavailable, match="404"):
            await anext(feed)


async def test_a_sender_that_never_comes_is_unavailable() -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    async with opened(url, FeedConfig(open_timeout=0.5)) as feed:
        with pytest.raises(Unavailable, match="no audio for"):
            await anext(feed)


async def test_a_name_that_does_not_resolve_is_waited_for_within_the_limit() -> None:
    config = FeedConfig(origin="remote", open_timeout=0.5, first_retry_seconds=0.1)
    for url in ("srt://no-such-host.invalid:9000", f"srt://{'x' * 70}.invalid:9000"):
        async with opened(url, config) as feed:
            with pytest.raises(Unavailable, match="cannot open the feed"):
                await asyncio.wait_for(anext(feed), 10)


async def test_a_feed_that_does_not_return_is_given_up(tone: Path) -> None:
    port = free_port()
    config = FeedConfig(
        stall_timeout=0.5, first_retry_seconds=0.1, give_up_after=0.2, open_timeout=3
    )
    async with opened(f"udp://127.0.0.1:{port}", config) as feed:
        pull = asyncio.ensure_future(take_seconds(feed, 0.3))
        with udp_sender(tone, port):
            await pull
        await take_event(feed, FeedState.LOST)
        with pytest.raises(Unavailable, match="did not return"):
            await anext(feed)


async def test_files_that_hold_no_audio(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("Бұл дыбыс емес.\n" * 500)
    empty = tmp_path / "empty.flac"
    empty.touch()
    picture = tmp_path / "picture.mp4"
    convert("-f", "lavfi", "-i", "color=size=32x32:duration=0.2", picture)
    for path in (text, empty, picture):
        async with opened(str(path)) as feed:
            with pytest.raises(InvalidArgument) as caught:
                await anext(feed)
            assert caught.value.field == "source"


async def test_a_truncated_recording_gives_what_there_is(tone: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.flac"
    convert("-i", tone, whole)
    broken = tmp_path / "broken.flac"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    async with opened(str(broken)) as feed:
        items = [item async for item in feed]
    assert isinstance(items[-1], FeedEvent)
    assert items[-1].state is FeedState.ENDED
    samples = sum(item.samples.size for item in items if isinstance(item, AudioChunk))
    assert 16_000 < samples < 4.5 * 16_000


async def test_closing_while_the_reader_waits_and_before_anything_ran(tone: Path) -> None:
    async with opened(f"udp://127.0.0.1:{free_port()}") as feed:
        pull = asyncio.ensure_future(anext(feed))
        await asyncio.wait({pull}, timeout=0.3)
        await feed.aclose()
        with pytest.raises(StopAsyncIteration):
            await pull
    async with opened(str(tone)):
        pass
    async with opened(str(tone)) as feed:  # nobody reads on: the queue is full
        await take_seconds(feed, 0.1)


async def test_a_tap_gets_the_sound_of_each_connection_with_its_times(tone: Path) -> None:
    """The file's five seconds, sent twice; nothing is left behind."""
    port = free_port()
    url = f"srt://127.0.0.1:{port}"
    tap = MediaTap()
    descriptors = len(os.listdir("/proc/self/fd"))
    async with (
        asyncio.timeout(SECONDS),
        UrlFeed(f"{url}?mode=listener", FeedConfig(first_retry_seconds=0.1), tap) as feed,
    ):
        taken: list[tuple[int, bytes]] = []
        heard: list[AudioChunk] = []
        for offset in (95_440, 20):
            coding = ("-c:a", "aac", "-muxdelay", "0", "-mpegts_copyts", "1", "-f", "mpegts")
            place = ("-output_ts_offset", str(offset), f"{url}?mode=caller")
            with sender("-re", "-i", tone, *coding, *place):
                heard += await take_seconds(feed, 1)
                await take_event(feed, FeedState.LOST)
            taken += tap.take()
    splitter, pieces = TransportSplitter(60 * TICKS_PER_SECOND), []
    for connection in (0, 1):
        for number, data in taken:
            pieces += splitter.push(data) if number == connection else []
        pieces += splitter.restart()
    firsts = [heard[0], next(chunk for chunk in heard if chunk.discontinuity)]
    for piece, first in zip(pieces, firsts, strict=True):
        assert abs(unwrap(piece.start, first.start) - first.start) < TICKS_PER_SECOND // 10
    assert all(3 < to_seconds(piece.end - piece.start) < 5.1 for piece in pieces)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ffmpeg")]
    assert len(os.listdir("/proc/self/fd")) <= descriptors
