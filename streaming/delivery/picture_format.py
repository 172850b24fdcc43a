"""What a feed's picture is like: its size and the shape of its pixels."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import structlog

_log = structlog.get_logger(__name__)

_LOOK_AT: Final = (5, 25, 50, 100, 200)
"""After so many pieces there is another look, the last one at that."""

_MOST_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """Of a video stream."""

    width: int
    height: int
    aspect: Fraction
    """Of the picture as it is seen: 16/9."""


class FormatProbe:
    """Looks at the beginning of a transport stream until it knows its picture."""

    def __init__(self) -> None:
        self.found: PictureFormat | None = None
        self.gave_up = False
        self._data = bytearray()
        self._pieces = 0

    async def add(self, data: bytes) -> None:
        """Take one more piece; ``found`` or ``gave_up`` tell what came of it."""
        if self.found is not None or self.gave_up:
            return
        self._data += data
        self._pieces += 1
        if self._pieces in _LOOK_AT:
            self.found = await asyncio.to_thread(_probe, bytes(self._data))
        last = self._pieces >= _LOOK_AT[-1] or len(self._data) > _MOST_BYTES
        self.gave_up = self.found is None and last
        if self.found is not None or self.gave_up:
            self._data.clear()


def _probe(data: bytes) -> PictureFormat | None:
    try:
        with av.open(io.BytesIO(data), format="mpegts") as container:
            for stream in container.streams.video:
                context = stream.codec_context
                if not (context.width and context.height):
                    continue
                pixel = stream.sample_aspect_ratio or context.sample_aspect_ratio
                aspect = Fraction(context.width, context.height) * (pixel or Fraction(1))
                return PictureFormat(context.width, context.height, aspect)
    except av.FFmpegError as error:
        _log.debug("picture.probe_failed", reason=str(error))
    return None
