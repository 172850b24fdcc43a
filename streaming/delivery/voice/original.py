"""The feed's own sound beneath the voice."""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr

from foundation.speech import SAMPLE_RATE, Samples
from foundation.synthesis import Waveform
from streaming.interpretation.sink import VoiceSink

_FIRST_DEPTH: Final = 0.4
"""Seconds of sound that wait to be heard at first: chunks come unevenly."""

_LARGEST_DEPTH: Final = 10.0
"""A feed that comes in segments (HLS) brings so much at once."""

_LOST_SECONDS: Final = 15.0
"""A pause so long is a feed that was lost, not one that comes unevenly."""

_LOOK_SECONDS: Final = 10.0
"""How long more than is needed must wait until some is left out: a feed's clock is never ours."""

_SLACK: Final = 0.3
_MOST_SECONDS: Final = 30.0

_SOUNDING: Final = 1e-4
"""-80 dBFS; between two phrases a voice track is silent."""

_STEP_SECONDS: Final = 0.01
_FALL_SECONDS: Final = 0.08
_HOLD_SECONDS: Final = 0.5
"""Longer than a voice pauses within a phrase."""

_RISE_SECONDS: Final = 0.6


class OriginalSound:
    """Holds a feed's sound as it comes, to be heard evenly.

    It is heard as long after it came as evens out how it comes: 0.4 s, and more once that was too
    little. Where nothing comes it is silent.

    Args:
        rate: Samples a second that are taken.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = soxr.ResampleStream(SAMPLE_RATE, rate, 1, dtype="float32")
        self._held: Waveform = np.zeros(0, np.float32)
        self._depth = _FIRST_DEPTH
        self._heard = False
        self._starved = 0
        """Samples of silence since the last sound."""
        self._least = 0
        self._looked = 0

    def put(self, samples: Samples) -> None:
        """More of the feed: float32 [n], mono, 16 kHz."""
        more = self._resampler.resample_chunk(samples)
        self._held = np.concatenate([self._held, more])[-round(_MOST_SECONDS * self._rate) :]

    def take(self, count: int) -> Waveform:
        """The next ``count`` samples."""
        if not self._heard:
            if self._starved > _LOST_SECONDS * self._rate:
                self._depth = _FIRST_DEPTH
            if self._held.size < self._depth * self._rate:
                self._starved += count
                return np.zeros(count, np.float32)
            self._heard, self._starved = True, 0
            self._look()
            return self._pull(count) * np.linspace(0, 1, count, dtype=np.float32)
        if self._held.size < count:
            self._heard = False
            self._depth = min(2 * self._depth, _LARGEST_DEPTH)
            rest = self._pull(self._held.size)
            out = np.zeros(count, np.float32)
            out[: rest.size] = rest * np.linspace(1, 0, rest.size, dtype=np.float32)
            return out
        self._least = min(self._least, self._held.size)
        self._looked += count
        if self._looked >= _LOOK_SECONDS * self._rate:
            spare = self._least - round((self._depth + _SLACK) * self._rate)
            self._look()
            if spare > 0 and self._held.size >= spare + 2 * count:
                return self._jump(count, spare)
        return self._pull(count)

    def _look(self) -> None:
        self._looked, self._least = 0, self._held.size

    def _jump(self, count: int, spare: int) -> Waveform:
        """From here to ``spare`` samples later, faded over."""
        before = self._pull(count)
        self._pull(spare)
        rising = np.linspace(0, 1, count, dtype=np.float32)
        return before * (1 - rising) + self._pull(count) * rising

    def _pull(self, count: int) -> Waveform:
        out, self._held = self._held[:count], self._held[count:]
        return out


class Ducking:
    """How loud something is beneath a voice: lower where the voice speaks.

    Args:
        rate: Samples a second.
        beneath: dB where the voice speaks.
        between: dB where it does not.
    """

    def __init__(self, rate: int, beneath: float, between: float = 0.0) -> None:
        self._rate = rate
        self._step = max(1, round(_STEP_SECONDS * rate))
        self._beneath, self._between = beneath, between
        self._gain = between
        self._hold = 0

    def gains(self, voice: Waveform) -> Waveform:
        """A factor for each sample: float32 [n] for a voice of n samples, which follow the last."""
        out = np.empty(voice.size, np.float32)
        for start in range(0, voice.size, self._step):
            piece = voice[start : start + self._step]
            if np.abs(piece).max() > _SOUNDING:
                self._hold = round(_HOLD_SECONDS * self._rate)
            speaks = self._hold > 0
            self._hold -= piece.size
            wanted = self._beneath if speaks else self._between
            seconds = _FALL_SECONDS if wanted < self._gain else _RISE_SECONDS
            most = abs(self._between - self._beneath) * piece.size / (seconds * self._rate)
            before = self._gain
            self._gain += min(max(wanted - before, -most), most)
            decibels = np.linspace(before, self._gain, piece.size + 1, dtype=np.float32)[1:]
            out[start : start + piece.size] = 10 ** (decibels / 20)
        return out


class OverOriginal:
    """A sink that puts the voice over the feed's own sound.

    Args:
        inner: Takes both.
        original: The feed's sound, at the same rate.
        ducking: How loud it is.
    """

    def __init__(self, inner: VoiceSink, original: OriginalSound, ducking: Ducking) -> None:
        self._inner = inner
        self._original = original
        self._ducking = ducking

    @property
    def works(self) -> bool:
        """See ``VoiceSink``."""
        return self._inner.works

    async def write(self, samples: Waveform) -> None:
        """See ``VoiceSink``."""
        beneath = self._original.take(samples.size) * self._ducking.gains(samples)
        await self._inner.write(np.clip(samples + beneath, -1.0, 1.0))

    async def close(self) -> None:
        """See ``VoiceSink``."""
        await self._inner.close()

    async def abort(self) -> None:
        """See ``VoiceSink``."""
        await self._inner.abort()
