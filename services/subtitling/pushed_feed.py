"""The feed of a session that clients push audio to, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

from foundation.errors import Cancelled, DauysError, FailedPrecondition
from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.ingest.audio_format import AudioFormat
from streaming.ingest.push_feed import PushFeed

_QUEUED: Final = 16


class PushedFeed:
    """A Feed over one pusher at a time. A pusher that goes away loses the feed, not the session."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[FeedItem | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_QUEUED)
        self._position: Ticks = 0
        self._pusher: PushFeed | None = None
        self._pushers = 0
        self._closed = False

    @property
    def position(self) -> Ticks:
        """Where the next pusher's first sample stands."""
        return self._position

    async def push(
        self,
        audio_format: AudioFormat,
        audio: AsyncIterator[bytes],
        report: Callable[[Ticks], None],
    ) -> None:
        """Take one pusher's audio until it ends; ``report`` is told the position taken.

        Raises:
            FailedPrecondition: another pusher is at work.
            InvalidArgument: the audio is not what the format says.
            Cancelled: the session ended.
        """
        if self._closed:
            raise Cancelled("the session ended")
        if self._pusher is not None:
            raise FailedPrecondition("another client pushes audio to this session")
        feed = PushFeed(audio_format, self._position)
        self._pusher = feed
        returning = self._pushers > 0
        self._pushers += 1
        detail = "the pusher's audio ended"
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forward(feed, returning, report))
                async for data in audio:
                    await feed.write(data)
                await feed.finish()
        except BaseExceptionGroup as group_error:
            error = group_error.exceptions[0]
            detail = error.message if isinstance(error, DauysError) else "the pusher went away"
            raise error from None
        except BaseException:
            detail = "the pusher went away"
            raise
        finally:
            # Told before the next pusher may begin, and whatever closing does.
            if not self._closed:
                self._items.put_nowait(FeedEvent(FeedState.LOST, detail))
            try:
                await feed.aclose()
            finally:
                self._pusher = None

    async def _forward(
        self, feed: PushFeed, returning: bool, report: Callable[[Ticks], None]
    ) -> None:
        first = returning
        async for item in feed:
            if not isinstance(item, AudioChunk):
                continue
            await self._room.acquire()
            self._items.put_nowait(replace(item, discontinuity=True) if first else item)
            first = False
            self._position = item.start + from_samples(item.samples.size, SAMPLE_RATE)
            report(self._position)
        if self._closed:
            # Ends the wait for a pusher that is silent.
            raise Cancelled("the session ended")

    def __aiter__(self) -> AsyncIterator[FeedItem]:
        return self

    async def __anext__(self) -> FeedItem:
        item = None if self._closed else await self._items.get()
        if item is None:
            raise StopAsyncIteration
        if isinstance(item, AudioChunk):
            self._room.release()
        return item

    async def aclose(self) -> None:
        """End the iteration and refuse pushers."""
        self._closed = True
        if self._pusher is not None:
            await self._pusher.aclose()
        while not self._items.empty():
            self._items.get_nowait()
        self._room.release()  # whoever waits for room finds the pusher's feed closed
        self._items.put_nowait(None)
