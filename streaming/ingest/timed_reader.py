"""Timestamped PCM from the NUT stream that an ffmpeg child writes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import IO, Any

import av
import numpy as np

from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Samples

# No `nobuffer` here: it would throw away the packet that was read to find the stream.
_NO_READ_AHEAD = {"probesize": "32"}


class TimedReader:
    """Reads packets; every method blocks, so call them in a thread, one at a time."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._container: Any = None
        self._packets: Iterator[Any] = iter(())

    def read(self) -> tuple[Ticks, Samples] | None:
        """The next packet's timestamp (not unwrapped) and samples; None at the end."""
        try:
            if self._container is None:
                self._container = av.open(
                    self._pipe, format="nut", options=_NO_READ_AHEAD, buffer_size=4096
                )
                self._packets = self._container.demux(audio=0)
            for packet in self._packets:
                if packet.pts is None or not packet.size:
                    continue
                time = round(Fraction(packet.pts) * packet.time_base * TICKS_PER_SECOND)
                return time, pcm_to_samples(bytes(packet))
        except (av.FFmpegError, EOFError):
            # The child died within a packet or before the header: its exit status and its
            # standard error say why, and the caller looks there.
            return None
        return None

    def close(self) -> None:
        """Free the demuxer; the pipe stays open."""
        if self._container is not None:
            self._container.close()


def pcm_to_samples(data: bytes) -> Samples:
    """Signed 16-bit little-endian mono PCM as float32 [n] in [-1, 1]."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
