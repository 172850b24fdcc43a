"""A feed from a URL or a file."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Self

import structlog

from foundation.errors import DauysError, Internal, InvalidArgument, Unavailable
from foundation.media_time import Ticks
from foundation.speech import Samples
from streaming.addresses import off_loop
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.ingest.child import Child
from streaming.ingest.ffmpeg import timed_pcm_command
from streaming.ingest.media_tap import MediaPipe, MediaSink
from streaming.ingest.source import Origin, Source, check_reachable, parse_source
from streaming.ingest.timed_reader import TimedReader
from streaming.ingest.unwrap import Timeline

_log = structlog.get_logger(__name__)

_QUEUED_CHUNKS: Final = 16
_OPEN_SECONDS: Final = 10.0

_NO_AUDIO: Final = ("matches no streams", "does not contain any stream")
_WRONG_DATA: Final = ("Invalid data found", "not on whitelist", "whitelist", "Decoder not found")
_REFUSED: Final = re.compile(
    r"(?:HTTP error|Server returned) 4(?:\d\d|XX)"
    r"|40[0134] (?:Bad|Unauth|Forb|Not)|Permission denied"
)


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """How a URL is read.

    Raises:
        InvalidArgument: a duration that is not positive.
    """

    realtime: bool = False
    """Play a file at its own speed."""

    live: bool | None = None
    """Reconnect when the feed goes. None: files and standard input end; SRT, RTMP, UDP and RTP
    reconnect; HTTP ends when its stream ends cleanly (a recording, an HLS end of list) and
    reconnects when it breaks."""

    first_retry_seconds: float = 0.5
    """Pause before the first attempt to reconnect; doubles from attempt to attempt."""

    last_retry_seconds: float = 10.0
    """Longest pause between attempts."""

    give_up_after: float | None = None
    """Seconds without the feed after which it has failed. None: never."""

    open_timeout: float | None = None
    """Seconds that the first audio may take, attempts together. None: 10 s where we call the
    sender, no limit where we wait for it (UDP, RTP, an SRT listener)."""

    stall_timeout: float | None = None
    """Seconds without audio after which the feed is lost. None: by its scheme."""

    origin: Origin = "local"
    """Who names the URL. A remote caller gets no files, no standard input and no private
    addresses."""

    allowed_hosts: tuple[str, ...] = ()
    """Names, addresses or networks (``10.1.0.0/16``) that a remote caller may name anyway."""

    def __post_init__(self) -> None:
        durations = {
            "first_retry_seconds": self.first_retry_seconds,
            "last_retry_seconds": self.last_retry_seconds,
            "give_up_after": self.give_up_after,
            "open_timeout": self.open_timeout,
            "stall_timeout": self.stall_timeout,
        }
        for name, value in durations.items():
            if value is not None and not value > 0:
                raise InvalidArgument(f"feed.{name}", "must be more than 0 seconds")


def validate_source(url: str, config: FeedConfig) -> None:
    """Check a URL without touching disk or network.

    Raises:
        InvalidArgument: field ``url``: unknown scheme, empty, too long, control characters, an
            option that ffmpeg must not be given, or something a remote caller may not read.
    """
    parse_source(url, config.origin, config.allowed_hosts)


class _FeedLost(Exception):  # noqa: N818  (not an error: the feed may return)
    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class UrlFeed:
    """Audio of a URL: srt, rtmp(s), http(s) (HLS and plain), udp and rtp (MPEG-TS), a file, ``-``.

    Implements ``streaming.events.Feed``. An ffmpeg child decodes; chunks carry the source's media
    times, unwrapped. A timestamp more than 100 ms from where it should be marks its chunk as a
    discontinuity, and so does a reconnection. Nothing runs before the first iteration.

    Raises (from the iteration):
        NotFound: no such file.
        InvalidArgument: ``url`` is not allowed, or ``source`` holds no audio that can be decoded.
        Unavailable: a network source cannot be opened within ``open_timeout``, or was gone for
            ``give_up_after``.
    """

    def __init__(
        self, url: str, config: FeedConfig | None = None, media: MediaSink | None = None
    ) -> None:
        """Check the URL.

        Args:
            url: See above.
            config: See ``FeedConfig``.
            media: Gets picture and sound of the same connection, with the same times.

        Raises:
            InvalidArgument: see ``validate_source``.
        """
        self._config = config or FeedConfig()
        self._source: Source = parse_source(url, self._config.origin, self._config.allowed_hosts)
        self._items: asyncio.Queue[FeedItem | DauysError | None] = asyncio.Queue(_QUEUED_CHUNKS)
        self._pump: asyncio.Task[None] | None = None
        self._media = media
        if media is not None:
            media.at_own_speed = self._config.realtime or not self.is_file
        self._closed = False
        self._heard = False
        self._lost_at: float | None = None
        self._detail = ""

    @property
    def is_file(self) -> bool:
        """It is read as fast as it is taken (unless played at its own speed) and it ends."""
        return self._source.scheme is None

    def __aiter__(self) -> AsyncIterator[FeedItem]:
        return self

    async def __anext__(self) -> FeedItem:
        """The next chunk or event."""
        if self._closed:
            raise StopAsyncIteration
        if self._pump is None:
            self._pump = asyncio.create_task(self._run(), name="url-feed")
        item = await self._items.get()
        if item is None:
            self._closed = True
            raise StopAsyncIteration
        if isinstance(item, DauysError):
            self._closed = True
            raise item
        return item

    async def aclose(self) -> None:
        """End the child process and everything else; iteration then ends."""
        self._closed = True
        if self._pump is None:
            return
        self._pump.cancel()
        await asyncio.wait({self._pump})
        while not self._items.empty():
            self._items.get_nowait()
        self._items.put_nowait(None)
        if not self._pump.cancelled() and (error := self._pump.exception()) is not None:
            raise error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _run(self) -> None:
        try:
            await self._connect_for_ever()
        except DauysError as error:
            await self._items.put(error)
        except Exception as error:  # noqa: BLE001 - told to the reader, who would wait for ever
            _log.exception("feed.crashed")
            name = type(error).__name__
            await self._items.put(Internal(f"the feed's reader failed: {name}"))
        else:
            await self._items.put(FeedEvent(FeedState.ENDED, self._detail))
            await self._items.put(None)

    async def _connect_for_ever(self) -> None:
        timeline = Timeline()
        started = time.monotonic()
        retry = self._config.first_retry_seconds
        while True:
            self._heard = False
            try:
                await self._connect(timeline, again=self._lost_at is not None, started=started)
            except _FeedLost as lost:
                if self._heard:
                    retry = self._config.first_retry_seconds
                    self._lost_at = time.monotonic()
                    await self._items.put(FeedEvent(FeedState.LOST, lost.detail))
                self._give_up_if_due(lost, started)
                _log.info("feed.retry", seconds=retry, detail=lost.detail)
                await asyncio.sleep(retry)
                retry = min(2 * retry, self._config.last_retry_seconds)
            else:
                return

    def _give_up_if_due(self, lost: _FeedLost, started: float) -> None:
        now = time.monotonic()
        if self._lost_at is None:
            if now - started >= self._open_seconds:
                raise Unavailable(f"cannot open the feed: {lost.detail}")
            return
        limit = self._config.give_up_after
        if limit is not None and now - self._lost_at >= limit:
            raise Unavailable(f"the feed did not return: {lost.detail}")

    async def _connect(self, timeline: Timeline, again: bool, started: float) -> None:
        """Read one connection to its end.

        Raises:
            _FeedLost: the feed may come (back) later.
            DauysError: it will not.
        """
        try:
            await off_loop(
                check_reachable, self._source, self._config.origin, self._config.allowed_hosts
            )
        except Unavailable as error:  # name servers go and come with the network
            raise _FeedLost(error.message) from error
        media = self._media
        pipes = [MediaPipe(media, sound) for sound in media.sounds] if media is not None else []
        try:
            command = timed_pcm_command(
                self._source.url,
                self._source.input_options(self._config.realtime),
                [(pipe.write_end, pipe.sound) for pipe in pipes],
            )
            child = Child(
                command,
                inherit_input=self._source.is_stdin,
                pass_fds=[pipe.write_end for pipe in pipes],
            )
            for pipe in pipes:
                pipe.start()
            await self._read_child(child, timeline, again, started)
        finally:
            for pipe in pipes:
                await asyncio.to_thread(pipe.close)

    async def _read_child(
        self, child: Child, timeline: Timeline, again: bool, started: float
    ) -> None:
        reader = TimedReader(child.stdout)
        try:
            waited = 0.0 if again else time.monotonic() - started
            patience: float | None = max(0.1, self._open_seconds - waited)
            if again and self._config.give_up_after is not None:
                patience = min(self._open_seconds, max(0.1, self._config.give_up_after))
            while (packet := await self._read(child, reader, patience)) is not None:
                patience = self._stall_seconds
                await self._deliver(packet, timeline, again)
            status = await child.wait()
            self._judge_end(status, child.detail)
        finally:
            await child.close()
            reader.close()

    async def _read(
        self, child: Child, reader: TimedReader, patience: float | None
    ) -> tuple[Ticks, Samples] | None:
        if self.is_file or patience == math.inf:
            patience = None
        try:
            # Not wait_for, which in Python 3.11 forgets a cancellation that meets a result.
            async with asyncio.timeout(patience):
                return await child.call(reader.read)
        except TimeoutError:
            detail = f"no audio for {patience:.1f} s"
            raise _FeedLost(f"{detail}; {child.detail}" if child.detail else detail) from None

    async def _deliver(
        self, packet: tuple[Ticks, Samples], timeline: Timeline, again: bool
    ) -> None:
        timestamp, samples = packet
        start, discontinuity = timeline.place(timestamp, samples.size)
        if not self._heard:
            self._heard = True
            discontinuity = again
            await self._items.put(FeedEvent(FeedState.CONNECTED))
        await self._items.put(AudioChunk(samples, start, discontinuity))

    def _judge_end(self, status: int, detail: str) -> None:
        """The child ended by itself: return if the feed ended, raise what else it means."""
        self._detail = detail
        reconnects = self._config.live
        if reconnects is None:
            reconnects = not self.is_file and not (
                self._source.scheme is not None and self._source.scheme.ends and status == 0
            )
        if self._heard:
            if reconnects:
                raise _FeedLost(detail or "the sender ended the stream")
            return
        reason = detail or f"ffmpeg ended with status {status}"
        if any(mark in detail for mark in _NO_AUDIO) or (status == 0 and self.is_file):
            raise InvalidArgument("source", f"holds no audio: {reason}")
        if self._lost_at is None:
            if self.is_file or any(mark in detail for mark in _WRONG_DATA):
                raise InvalidArgument("source", f"cannot be decoded: {reason}")
            if _REFUSED.search(detail):
                raise Unavailable(f"cannot open the feed: {reason}")
        raise _FeedLost(reason)

    @property
    def _open_seconds(self) -> float:
        if self._config.open_timeout is not None:
            return self._config.open_timeout
        return math.inf if self._source.listens else _OPEN_SECONDS

    @property
    def _stall_seconds(self) -> float | None:
        if self._config.stall_timeout is not None:
            return self._config.stall_timeout
        return None if self._source.scheme is None else self._source.scheme.stall_seconds
