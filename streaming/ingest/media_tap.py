"""A feed's picture and sound, taken from the same connection as the audio that is recognised."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, Literal, Protocol

import structlog

_log = structlog.get_logger(__name__)

_READ_BYTES: Final = 65_536
_LIMIT_BYTES: Final = 64 << 20
"""About a minute of a broadcaster's stream."""


Sound = Literal["aac", "copy"]
"""``aac``: the first sound becomes AAC, which browsers play; ``copy``: all of it as it came."""

SOUNDS: Final[tuple[Sound, ...]] = ("aac", "copy")


class MediaSink(Protocol):
    """What a ``UrlFeed`` copies its picture and sound into; called in a thread, never waits."""

    at_own_speed: bool
    """The feed, which sets it, is as fast as it plays; False: a recording that is read as it is
    taken."""

    @property
    def sounds(self) -> Sequence[Sound]:
        """In what forms it wants the stream."""
        ...

    def connect(self, sound: Sound = "aac") -> None:
        """The feed connects (again): what comes does not follow what came."""
        ...

    def put(self, data: bytes, sound: Sound = "aac") -> None:
        """Take what the feed sent."""
        ...


class MediaTaps:
    """Hands what a feed sends to any number of taps, each of which one output empties."""

    sounds: Sequence[Sound] = SOUNDS

    def __init__(self) -> None:
        self.at_own_speed = True
        self._lock = threading.Lock()
        self._taps: list[MediaTap] = []

    def open(self, sound: Sound = "aac") -> MediaTap:
        """One more tap, which gets what comes from now on."""
        tap = MediaTap(sound)
        tap.at_own_speed = self.at_own_speed
        with self._lock:
            self._taps.append(tap)
        tap.connect()
        return tap

    def close(self, tap: MediaTap) -> None:
        """Fill a tap no more."""
        with self._lock:
            if tap in self._taps:
                self._taps.remove(tap)

    def connect(self, sound: Sound = "aac") -> None:
        """The feed connects (again)."""
        for tap in self._all():
            if sound in tap.sounds:
                tap.connect()

    def put(self, data: bytes, sound: Sound = "aac") -> None:
        """Take what the feed sent."""
        for tap in self._all():
            if sound in tap.sounds:
                tap.put(data)

    def _all(self) -> list[MediaTap]:
        with self._lock:
            return list(self._taps)


class MediaTap:
    """Holds MPEG-TS between the feed, which must never wait, and whoever publishes it.

    Give it to a ``UrlFeed``, or take it from ``MediaTaps``. Picture is copied; timestamps are the
    feed's.

    Args:
        sound: In what form.
    """

    def __init__(self, sound: Sound = "aac") -> None:
        self.sounds: Sequence[Sound] = (sound,)
        self.at_own_speed = True
        self._lock = threading.Lock()
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self._connection = -1
        self._dropped = False

    def connect(self, sound: Sound = "aac") -> None:
        """The feed connects (again): what comes does not follow what came."""
        with self._lock:
            self._connection += 1

    def put(self, data: bytes, sound: Sound = "aac") -> None:
        """Take what the feed sent. Where nobody takes it, everything held is given up."""
        with self._lock:
            if self._size + len(data) > _LIMIT_BYTES:
                if not self._dropped:
                    _log.error("feed.media_dropped", bytes=self._size)
                self._dropped = True
                self._pieces.clear()
                self._size = 0
                self._connection += 1
            self._pieces.append((self._connection, data))
            self._size += len(data)

    def take(self) -> list[tuple[int, bytes]]:
        """What came since, each piece with the number of its connection."""
        with self._lock:
            pieces = list(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._dropped = False
        return pieces


class MediaPipe:
    """The pipe from an ffmpeg child to a sink, and the thread that empties it."""

    def __init__(self, tap: MediaSink, sound: Sound) -> None:
        self._tap = tap
        self.sound: Sound = sound
        self._tap.connect(sound)
        self._read_end, self.write_end = os.pipe()
        self._thread = threading.Thread(target=self._pump, name="ffmpeg-media", daemon=True)

    def start(self) -> None:
        """The child has its end of the pipe: give ours of that up, and read."""
        os.close(self.write_end)
        self._thread.start()

    def close(self) -> None:
        """Once the child is gone; blocks until everything it wrote was read."""
        if self._thread.is_alive():
            self._thread.join()
        elif self._thread.ident is None:
            os.close(self.write_end)
        os.close(self._read_end)

    def _pump(self) -> None:
        while data := os.read(self._read_end, _READ_BYTES):
            self._tap.put(data, self.sound)
