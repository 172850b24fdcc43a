"""What a PushAudio call carries in, and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dauys.v1 import subtitling_pb2

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks
from services.speech_to_text.mapping import MAX_CHUNK_BYTES


async def audio_of(
    requests: AsyncIterator[subtitling_pb2.PushAudioRequest],
) -> AsyncIterator[bytes]:
    """The audio that follows the first message.

    Raises:
        InvalidArgument: another message, or too much at once.
    """
    async for request in requests:
        if request.WhichOneof("request") != "audio":
            raise InvalidArgument("request", "after the first message only audio may come")
        if len(request.audio) > MAX_CHUNK_BYTES:
            raise InvalidArgument("audio", f"{len(request.audio)} bytes, limit {MAX_CHUNK_BYTES}")
        yield request.audio


class Latest:
    """The newest of a series of positions; a slow reader skips the ones between."""

    def __init__(self) -> None:
        self._value: Ticks | None = None
        self._changed = asyncio.Event()
        self._closed = False

    def set(self, value: Ticks) -> None:
        """A newer one."""
        self._value = value
        self._changed.set()

    def close(self) -> None:
        """There will be no other."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> AsyncIterator[Ticks]:
        return self

    async def __anext__(self) -> Ticks:
        while self._value is None:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        value, self._value = self._value, None
        return value
