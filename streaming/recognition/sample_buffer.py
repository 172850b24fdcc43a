"""Samples of one continuous run of audio, the old ones dropped."""

from __future__ import annotations

from collections import deque

import numpy as np

from foundation.speech import Samples


class SampleBuffer:
    """Indexed by sample number since the start of the run."""

    def __init__(self) -> None:
        self._pieces: deque[Samples] = deque()
        self._first = 0
        self._end = 0

    @property
    def end(self) -> int:
        """One past the newest sample."""
        return self._end

    @property
    def first(self) -> int:
        """The oldest sample still held."""
        return self._first

    def append(self, samples: Samples) -> None:
        """Add samples at the end."""
        self._pieces.append(samples)
        self._end += samples.size

    def drop_before(self, index: int) -> None:
        """Forget whole pieces that lie before ``index``."""
        while self._pieces and self._first + self._pieces[0].size <= index:
            self._first += self._pieces.popleft().size

    def window(self, start: int, end: int) -> Samples:
        """float32 [end - start], one copy."""
        whole = np.concatenate([np.empty(0, np.float32), *self._pieces])
        return np.ascontiguousarray(whole[start - self._first : end - self._first])
