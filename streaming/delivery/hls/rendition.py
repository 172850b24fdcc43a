"""One rendition in a folder: its segments, then its playlist, then what has left is deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from foundation.media_time import Ticks, to_seconds
from streaming.delivery.hls.playlist import MediaPlaylist
from streaming.delivery.segments.entries import Entry
from streaming.delivery.segments.folder import Folder
from streaming.delivery.segments.writer import SegmentWriter


class RenditionWriter:
    """Publishes segments in order: a segment is listed only once it lies there whole.

    What cannot be written is listed as a gap (EXT-X-GAP) when the next segment is due; a playlist
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
        self.listed = False
        """The playlist is there and has a segment."""
        self.listed_until = -1
        """Number of the last segment that the playlist on the disk names."""
        self._folder = folder
        self._playlist = MediaPlaylist(target_duration, window)
        # As long as the playlist that had it lasted (RFC 8216 §6.2.2).
        keep = to_seconds(window or 0) + 2 * target_duration
        self._segments = SegmentWriter(folder, self._playlist, float(target_duration), keep, now)
        self._unwritten = False

    @property
    def gaps(self) -> int:
        """Segments that were given up."""
        return self._segments.gaps

    @property
    def lost(self) -> Collection[int]:
        """Numbers of the latest of them."""
        return self._segments.lost

    @property
    def done(self) -> bool:
        """Everything is on the disk."""
        return not self._segments.waiting and not self._unwritten

    def add(self, entry: Entry, data: bytes) -> None:
        """Queue a segment; ``flush`` writes it."""
        self._segments.add(entry, data)

    def end(self) -> None:
        """No segment will follow; ``flush`` says so."""
        self._playlist.ended = self._unwritten = True

    def flush(self) -> None:
        """Write what can be written; blocks on the disk, never raises for it."""
        self._unwritten |= self._segments.write()
        # A playlist never says that it has ended before its last segment is there.
        if self._unwritten and not (self._playlist.ended and self._segments.waiting):
            written = self._folder.write(f"{self.name}.m3u8", self._playlist.render())
            self._unwritten = not written
            self.listed |= written and bool(self._playlist.entries)
            if written and self._playlist.entries:
                self.listed_until = self._playlist.entries[-1].number
        self._segments.remove_old()
