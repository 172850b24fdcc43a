"""How loud voices are, remembered: a stream is brought to a loudness before all of it is heard."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from foundation.synthesis import Waveform
from streaming.synthesis.loudness import integrated_loudness

_ENOUGH_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Level:
    power: float
    """Mean square, by loudness."""

    seconds: float


class LevelBook:
    """The loudness of each voice and speaker, from what they spoke first in this process."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], _Level] = {}

    def known(self, voice: str, speaker: str) -> float | None:
        """LUFS; None: it was not heard yet."""
        level = self._levels.get((voice, speaker))
        return None if level is None else 10 * math.log10(level.power)

    def settled(self, voice: str, speaker: str) -> bool:
        """Was enough heard?"""
        level = self._levels.get((voice, speaker))
        return level is not None and level.seconds >= _ENOUGH_SECONDS

    def hear(self, voice: str, speaker: str, samples: Waveform, rate: int) -> None:
        """Take an utterance into account; one too short to be measured changes nothing."""
        loudness = integrated_loudness(samples, rate)
        if loudness is None:
            return
        power, seconds = 10 ** (loudness / 10), samples.size / rate
        before = self._levels.get((voice, speaker))
        if before is not None:
            total = before.seconds + seconds
            power = (before.power * before.seconds + power * seconds) / total
            seconds = total
        self._levels[voice, speaker] = _Level(power, seconds)
