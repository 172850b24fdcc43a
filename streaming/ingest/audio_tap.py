"""A session's audio as it comes, for whoever lets it be heard again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from foundation.speech import Samples


class AudioTaps:
    """Hands the audio that a session hears to any number of listeners, on the event loop."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Samples], object]] = []

    @contextmanager
    def listening(self, listener: Callable[[Samples], object]) -> Iterator[None]:
        """Let a listener have what comes meanwhile; it must be quick and never raise."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def put(self, samples: Samples) -> None:
        """More audio: float32 [n], mono, 16 kHz."""
        for listener in self._listeners:
            listener(samples)
