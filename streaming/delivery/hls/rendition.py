"""One rendition in a folder: its segments, then its playlist, then what has left is deleted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from foundation.media_time import Ticks, to_seconds
from streaming.delivery.hls.folder import Folder
from streaming.delivery.hls.playlist import Entry, MediaPlaylist

_log = structlog.get_logger(__name__)

_LOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    data: bytes
    since: float


class RenditionWriter:
    """Publishes segments in order: a segment is listed only once it lies there whole.

    A segment that cannot be written is tried again with every ``flush``. When the next one is due
    it is given up and listed as a gap (EXT-X-GAP), so that the others are not held up; a playlist
    that cannot be written is written when it can be.

    Args:
        folder: Where the files go.
        name: Of the playlist, without its extension.
        target_duration: Of the playlist, in seconds.
        window: What stays listed, in ticks; None: everything.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        folder: Folder,
        name: str,
        target_duration: int,
        window: Ticks | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.gaps = 0
        """Segments that were given up."""
        self.lost: deque[int] = deque(maxlen=_LOST_KEPT)
        """Numbers of the latest of them."""
        self.listed = False
        """The playlist is there and has a segment."""
        self.listed_until = -1
        """Number of the last segment that the playlist on the disk names."""
        self._folder = folder
        self._playlist = MediaPlaylist(target_duration, window)
        self._patience = float(target_duration)
        # A player may still be about to load what has left the playlist, for as long as the
        # playlist that had it lasted (RFC 8216 §6.2.2).
        self._keep = to_seconds(window or 0) + 2 * target_duration
        self._now = now
        self._waiting: deque[_Waiting] = deque()
        self._leaving: deque[tuple[float, str]] = deque()
        self._unwritten = False

    @property
    def done(self) -> bool:
        """Everything is on the disk."""
        return not self._waiting and not self._unwritten

    def add(self, entry: Entry, data: bytes) -> None:
        """Queue a segment; ``flush`` writes it."""
        self._waiting.append(_Waiting(entry, data, self._now()))

    def end(self) -> None:
        """No segment will follow; ``flush`` says so."""
        self._playlist.ended = self._unwritten = True

    def flush(self) -> None:
        """Write what can be written; blocks on the disk, never raises for it."""
        now = self._now()
        while self._waiting:
            waiting = self._waiting[0]
            entry = waiting.entry
            if not self._folder.write(entry.uri, waiting.data):
                if now - waiting.since < self._patience:
                    break
                entry = replace(entry, gap=True)
                self.gaps += 1
                self.lost.append(entry.number)
                _log.error("hls.segment_lost", file=entry.uri)
            self._waiting.popleft()
            self._list(entry, now)
        # A playlist never says that it has ended before its last segment is there.
        if self._unwritten and not (self._playlist.ended and self._waiting):
            written = self._folder.write(f"{self.name}.m3u8", self._playlist.render())
            self._unwritten = not written
            self.listed |= written and bool(self._playlist.entries)
            if written and self._playlist.entries:
                self.listed_until = self._playlist.entries[-1].number
        while self._leaving and self._leaving[0][0] <= now:
            self._folder.remove(self._leaving.popleft()[1])

    def _list(self, entry: Entry, now: float) -> None:
        left = self._playlist.append(entry)
        self._leaving += [(now + self._keep, gone.uri) for gone in left if not gone.gap]
        self._unwritten = True
