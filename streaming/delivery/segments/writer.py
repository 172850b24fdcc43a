"""The segments of one rendition in a folder: written, listed, later deleted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from streaming.delivery.segments.entries import Entry, Listing
from streaming.delivery.segments.folder import Folder

_log = structlog.get_logger(__name__)

_LOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    data: bytes
    since: float


class SegmentWriter:
    """Writes segments in order: a segment is listed only once it lies there whole.

    A segment that cannot be written is tried again with every ``write``. When the next one is due
    it is given up and listed as a gap, so that the others are not held up.

    Args:
        folder: Where the files go.
        listing: What names them to players.
        patience: Seconds until a segment is given up.
        keep: Seconds that a segment stays once it is not listed any more: a player may still be
            about to load it.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        folder: Folder,
        listing: Listing,
        patience: float,
        keep: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gaps = 0
        """Segments that were given up."""
        self.lost: deque[int] = deque(maxlen=_LOST_KEPT)
        """Numbers of the latest of them."""
        self._folder = folder
        self._listing = listing
        self._patience = patience
        self._keep = keep
        self._now = now
        self._waiting: deque[_Waiting] = deque()
        self._leaving: deque[tuple[float, str]] = deque()

    @property
    def waiting(self) -> bool:
        """A segment is not on the disk yet."""
        return bool(self._waiting)

    def add(self, entry: Entry, data: bytes) -> None:
        """Queue a segment; ``write`` writes it."""
        self._waiting.append(_Waiting(entry, data, self._now()))

    def write(self) -> bool:
        """Write what can be written, and say whether more is listed; blocks, never raises."""
        now = self._now()
        listed = False
        while self._waiting:
            waiting = self._waiting[0]
            entry = waiting.entry
            if not self._folder.write(entry.uri, waiting.data):
                if now - waiting.since < self._patience:
                    break
                entry = replace(entry, gap=True)
                self.gaps += 1
                self.lost.append(entry.number)
                _log.error("segments.lost", file=entry.uri)
            self._waiting.popleft()
            left = self._listing.append(entry)
            self._leaving += [(now + self._keep, gone.uri) for gone in left if not gone.gap]
            listed = True
        return listed

    def remove_old(self) -> None:
        """Delete what nobody loads any more; blocks, never raises."""
        now = self._now()
        while self._leaving and self._leaving[0][0] <= now:
            self._folder.remove(self._leaving.popleft()[1])
