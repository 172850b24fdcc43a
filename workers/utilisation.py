"""How much of the last seconds a group of workers spent working."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

WINDOW: Final = 10.0
"""Seconds looked back."""

RESOLUTION: Final = 0.1
"""Seconds between remembered points; the error is at most this a worker."""


class Utilisation:
    """Busy time of ``workers`` over the last ten seconds (or since the start, if that is less).

    Points of (time, busy seconds so far) are remembered and the total ten seconds ago is
    interpolated between them, so memory does not grow with the number of tasks.
    """

    def __init__(self, workers: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._lock = threading.Lock()
        self._start = self._at = clock()
        self._busy = 0
        self._total = 0.0
        self._points: deque[tuple[float, float]] = deque([(self._start, 0.0)])

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count the time of the block as one worker's work."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def value(self) -> float:
        """Share of worker time spent working, 0 to 1."""
        with self._lock:
            now = self._advance()
            begin = max(now - WINDOW, self._start)
            if now <= begin:
                return 0.0
            share = (self._total - self._total_at(begin)) / ((now - begin) * self._workers)
            return min(max(share, 0.0), 1.0)

    def _change(self, by: int) -> None:
        with self._lock:
            now = self._advance()
            if now - self._points[-1][0] >= RESOLUTION:
                self._points.append((now, self._total))
            while len(self._points) > 1 and self._points[1][0] <= now - WINDOW:
                self._points.popleft()
            self._busy += by

    def _advance(self) -> float:
        now = self._clock()
        self._total += (now - self._at) * self._busy
        self._at = now
        return now

    def _total_at(self, moment: float) -> float:
        before, total_before = self._points[0]
        for after, total_after in (*self._points, (self._at, self._total)):
            if after >= moment:
                if after == before:
                    return total_after
                part = (moment - before) / (after - before)
                return total_before + part * (total_after - total_before)
            before, total_before = after, total_after
        return self._total
