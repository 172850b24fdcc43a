"""Headerless PCM and G.711 to 16 kHz mono."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from foundation.errors import InvalidArgument
from foundation.speech import SAMPLE_RATE, Samples
from streaming.ingest.audio_format import BYTES_PER_SAMPLE, AudioFormat


def _mulaw_table() -> Samples:
    """ITU-T G.711 table 2: all bits inverted, sign, 3 bits of segment, 4 of interval."""
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return (np.where(code & 128, -magnitude, magnitude) / 32768).astype(np.float32)


def _alaw_table() -> Samples:
    """ITU-T G.711 table 1: even bits inverted, sign, 3 bits of segment, 4 of interval."""
    code = np.arange(256) ^ 0x55
    interval, segment = (code & 15) << 4, code >> 4 & 7
    magnitude = np.where(segment == 0, interval + 8, (interval + 264) << np.maximum(segment - 1, 0))
    return (np.where(code & 128, magnitude, -magnitude) / 32768).astype(np.float32)


MULAW: Final = _mulaw_table()
"""float32 [256]: the value of each mu-law byte."""

ALAW: Final = _alaw_table()
"""float32 [256]: the value of each A-law byte."""


class RawDecoder:
    """Turns headerless audio, cut anywhere, into 16 kHz mono."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._encoding = audio_format.encoding
        self._channels = audio_format.channel_count
        self._channel = audio_format.channel
        self._frame_bytes = BYTES_PER_SAMPLE[audio_format.encoding] * audio_format.channel_count
        self._rest = b""
        self._resampler: Any = None
        if audio_format.sample_rate != SAMPLE_RATE:
            self._resampler = soxr.ResampleStream(
                audio_format.sample_rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ"
            )

    def decode(self, data: bytes) -> Samples:
        """What can be told of the audio so far: float32 [n], n may be 0.

        Raises:
            InvalidArgument: ``audio``: a float that is not a number or not finite.
        """
        data = self._rest + data
        whole = len(data) - len(data) % self._frame_bytes
        self._rest = data[whole:]
        return self._resample(self._mono(self._values(data[:whole])), last=False)

    def finish(self) -> Samples:
        """What the resampler still holds. An incomplete last sample is left out."""
        return self._resample(np.zeros(0, np.float32), last=True)

    def _values(self, data: bytes) -> Samples:
        if self._encoding == "linear16":
            return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        if self._encoding == "float32":
            values: NDArray[np.float32] = np.frombuffer(data, "<f4").astype(np.float32)
            if not np.isfinite(values).all():
                raise InvalidArgument("audio", "has a sample that is no finite number")
            return np.clip(values, -1, 1)
        table = MULAW if self._encoding == "mulaw" else ALAW
        return table[np.frombuffer(data, np.uint8)]

    def _mono(self, values: Samples) -> Samples:
        if self._channels == 1:
            return values
        frames = values.reshape(-1, self._channels)
        if self._channel:
            return np.ascontiguousarray(frames[:, self._channel - 1])
        mixed: Samples = frames.mean(axis=1, dtype=np.float32)
        return mixed

    def _resample(self, values: Samples, last: bool) -> Samples:
        if self._resampler is None:
            return values
        resampled: Samples = self._resampler.resample_chunk(values, last=last)
        return np.clip(resampled, -1, 1)
