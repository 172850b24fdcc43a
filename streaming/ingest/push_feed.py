"""A feed that a client pushes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Self

from foundation.errors import Cancelled, DauysError, FailedPrecondition, InvalidArgument
from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE, Samples
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState, Finalize
from streaming.ingest.audio_format import AudioFormat
from streaming.ingest.child import Child
from streaming.ingest.container_header import check_header
from streaming.ingest.ffmpeg import raw_pcm_command
from streaming.ingest.raw_audio import RawDecoder
from streaming.ingest.timed_reader import pcm_to_samples

_QUEUED_CHUNKS: Final = 16
_WRITE_BYTES: Final = 65_536
_READ_BYTES: Final = 8_192
_DEMUXERS: Final = {"flac": "flac", "ogg-opus": "ogg", "wav": "wav"}


def container_command(audio_format: AudioFormat, max_seconds: float | None = None) -> list[str]:
    """Decodes a container on standard input; the demuxer is forced, nothing is guessed."""
    options = {
        "format": _DEMUXERS[audio_format.encoding],
        "protocol_whitelist": "pipe",
        "probesize": 4096,
        "analyzeduration": 0,
    }
    return raw_pcm_command("pipe:0", options, audio_format.channel, max_seconds)


class PushFeed:
    """Audio written by a client. Implements ``streaming.events.Feed``.

    ``write`` waits while the reader is behind. Times count samples from ``origin``, exactly.

    Raises (from the iteration and from ``write``):
        InvalidArgument: ``audio`` is not what the format says.
    """

    def __init__(self, audio_format: AudioFormat, origin: Ticks = 0) -> None:
        """Check the format.

        Raises:
            InvalidArgument: see ``AudioFormat.validate``.
        """
        audio_format.validate("audio_config")
        self._format = audio_format
        self._origin = origin
        self._items: asyncio.Queue[FeedItem | DauysError | None] = asyncio.Queue(_QUEUED_CHUNKS)
        self._decoder = RawDecoder(audio_format) if audio_format.is_raw else None
        self._head: bytes | None = b""
        self._child: Child | None = None
        self._reader: asyncio.Task[None] | None = None
        self._samples = 0
        self._error: DauysError | None = None
        self._finished = False
        self._exhausted = False
        self._closed = asyncio.Event()

    async def write(self, data: bytes) -> None:
        """Give the next bytes, cut anywhere; waits while the reader is behind.

        Raises:
            InvalidArgument: the audio is not what the format says.
            FailedPrecondition: after ``finish``.
            Cancelled: the feed was closed.
        """
        if self._closed.is_set():
            raise Cancelled("the feed is closed")
        if self._finished:
            raise FailedPrecondition("audio after the end of the audio")
        if self._error is not None:
            raise self._error
        try:
            for offset in range(0, len(data), _WRITE_BYTES):
                await self._take(data[offset : offset + _WRITE_BYTES])
        except InvalidArgument as error:
            await self._fail(error)
            raise

    async def finalize(self) -> None:
        """Ask that what was written so far be committed; a container's decoder may lag a little."""
        await self._put(Finalize())

    async def finish(self) -> None:
        """No more audio comes. Returns when all of it was decoded; errors go to the iteration."""
        if self._finished or self._closed.is_set() or self._error is not None:
            return
        self._finished = True
        try:
            if self._decoder is not None:
                await self._emit(self._decoder.finish())
            else:
                if self._head is not None:
                    check_header(self._format, self._head, ended=True)
                if self._child is not None:
                    await self._child.close_input()
                if self._reader is not None:
                    await asyncio.wait({self._reader})
        except InvalidArgument as error:
            await self._fail(error)
            return
        if self._error is None and not self._closed.is_set():
            await self._put(FeedEvent(FeedState.ENDED))
            await self._put(None)

    def __aiter__(self) -> AsyncIterator[FeedItem]:
        return self

    async def __anext__(self) -> FeedItem:
        """The next chunk or event."""
        if self._exhausted:
            raise StopAsyncIteration
        item = await self._items.get()
        if isinstance(item, AudioChunk | FeedEvent | Finalize):
            return item
        self._exhausted = True
        if item is None:
            raise StopAsyncIteration
        raise item

    async def aclose(self) -> None:
        """Free the decoder; iteration ends and whoever waits in ``write`` gets Cancelled."""
        self._closed.set()
        if self._reader is not None:
            self._reader.cancel()
        if self._child is not None:
            await self._child.close()
        if self._reader is not None:
            await asyncio.wait({self._reader})
        while not self._items.empty():
            self._items.get_nowait()
        self._items.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _take(self, data: bytes) -> None:
        if self._decoder is not None:
            await self._emit(self._decoder.decode(data))
            return
        if self._head is not None:
            self._head += data
            if not check_header(self._format, self._head, ended=False):
                return
            data, self._head = self._head, None
            self._child = Child(container_command(self._format), input_pipe=True)
            self._reader = asyncio.create_task(self._read(self._child), name="push-feed")
        assert self._child is not None
        # A child that no longer listens has ended; its reader says why.
        await self._child.write(data)
        if self._closed.is_set():
            raise Cancelled("the feed is closed")

    async def _read(self, child: Child) -> None:
        rest = b""
        try:
            while data := await child.read(_READ_BYTES):
                data = rest + data
                whole = len(data) & ~1
                rest = data[whole:]
                await self._emit(pcm_to_samples(data[:whole]))
            if self._samples or self._closed.is_set():
                return
            status = await child.wait()
            reason = child.detail or f"ffmpeg ended with status {status}"
            name = self._format.encoding
            await self._fail(InvalidArgument("audio", f"not a {name} stream with audio: {reason}"))
        except Cancelled:  # closed meanwhile: nobody listens
            return

    async def _emit(self, samples: Samples) -> None:
        for offset in range(0, samples.size, SAMPLE_RATE):
            part = samples[offset : offset + SAMPLE_RATE]
            start = self._origin + from_samples(self._samples, SAMPLE_RATE)
            self._samples += part.size
            await self._put(AudioChunk(part, start))

    async def _fail(self, error: DauysError) -> None:
        self._error = error
        await self._put(error)

    async def _put(self, item: FeedItem | DauysError | None) -> None:
        """Queue an item, or give up when the feed is closed meanwhile."""
        if not self._items.full() and not self._closed.is_set():
            self._items.put_nowait(item)
            return
        putting = asyncio.ensure_future(self._items.put(item))
        closed = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({putting, closed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closed.cancel()
            putting.cancel()
        if self._closed.is_set():
            raise Cancelled("the feed is closed")
