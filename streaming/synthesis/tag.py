"""A tone that tells a listener that a voice is synthetic."""

from __future__ import annotations

from typing import Final

import numpy as np

from foundation.synthesis import Waveform

TAG_INTERVAL_SECONDS: Final = 30.0
TAG_SECONDS: Final = 0.12
TAG_HERTZ: Final = (1_000.0, 1_500.0)
"""One after the other, half of the time each."""

TAG_LEVEL: Final = -34.0
"""dBFS: some 14 dB below speech, heard without covering a word."""


class AudibleTag:
    """Mixes the tone into a stream of samples: at its start and every 30 s.

    Args:
        rate: Hz of the stream.
    """

    def __init__(self, rate: int) -> None:
        self._tone = _tone(rate)
        self._interval = round(TAG_INTERVAL_SECONDS * rate)
        self._position = 0

    def mixed(self, samples: Waveform) -> Waveform:
        """The next samples with as much of the tone as falls into them."""
        start, end = self._position, self._position + samples.size
        self._position = end
        mixed = samples
        for number in range(start // self._interval, end // self._interval + 1):
            begins = number * self._interval
            low, high = max(begins, start), min(begins + self._tone.size, end)
            if low < high:
                mixed = samples.copy() if mixed is samples else mixed
                mixed[low - start : high - start] += self._tone[low - begins : high - begins]
        return mixed


def _tone(rate: int) -> Waveform:
    size = round(TAG_SECONDS / 2 * rate)
    times = np.arange(size) / rate
    envelope = np.sin(np.pi * np.arange(size) / size) ** 2
    level = 10 ** (TAG_LEVEL / 20)
    parts = [level * envelope * np.sin(2 * np.pi * hertz * times) for hertz in TAG_HERTZ]
    tone: Waveform = np.concatenate(parts).astype(np.float32)
    return tone
