"""What is heard when: speech in its order, silence between, as time goes on."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from foundation.synthesis import Waveform


@dataclass(slots=True)
class Passage:
    """One phrase on the time line; grows while it is being spoken."""

    start: int | None = None
    """Sample at which it is first heard; None: not yet."""

    end: int = 0
    """Sample after the last one heard."""

    waiting: int = 0
    """Samples that were added and not heard yet."""

    complete: bool = False
    """Nothing more is added."""

    @property
    def heard(self) -> bool:
        """All of it?"""
        return self.complete and not self.waiting


class VoiceTimeline:
    """Speech that waits to be heard, and how far listeners have heard.

    Args:
        rate: Samples a second.
        gap: Samples of silence between two passages at least.
    """

    def __init__(self, rate: int, gap: int) -> None:
        self.rate = rate
        self._gap = gap
        self._waiting: deque[tuple[Passage, Waveform]] = deque()
        self._samples = 0
        self._spoken_until: int | None = None
        self._last: Passage | None = None
        self.position = 0
        """Samples heard."""

    @property
    def waiting_seconds(self) -> float:
        """Speech that was added and not heard yet."""
        return self._samples / self.rate

    @property
    def quiet_seconds(self) -> float:
        """Silence since the last speech that was heard; infinite if none was."""
        if self._spoken_until is None:
            return math.inf
        return (self.position - self._spoken_until) / self.rate

    def add(self, passage: Passage, samples: Waveform) -> None:
        """More of a passage."""
        if samples.size:
            self._waiting.append((passage, samples))
            self._samples += samples.size
            passage.waiting += samples.size

    def take(self, count: int) -> Waveform:
        """The next ``count`` samples to be heard: speech as far as there is any, else silence."""
        out = np.zeros(count, np.float32)
        filled = 0
        while filled < count and self._waiting:
            passage, samples = self._waiting[0]
            if passage is not self._last:
                quiet = 0
                if self._spoken_until is not None:
                    quiet = self._spoken_until + self._gap - self.position
                if quiet > 0:
                    step = min(quiet, count - filled)
                    filled += step
                    self.position += step
                    continue
                self._last, passage.start = passage, self.position
            step = min(samples.size, count - filled)
            out[filled : filled + step] = samples[:step]
            filled += step
            self.position += step
            self._samples -= step
            passage.waiting -= step
            passage.end = self.position
            self._spoken_until = self.position
            if step == samples.size:
                self._waiting.popleft()
            else:
                self._waiting[0] = passage, samples[step:]
        self.position += count - filled
        return out

    def clear(self) -> None:
        """What waits is not to be heard."""
        for passage, samples in self._waiting:
            passage.waiting -= samples.size
        self._waiting.clear()
        self._samples = 0
