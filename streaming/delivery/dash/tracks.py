"""The tracks of a DASH output: their segments, their initialisation, what players know of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND
from streaming.delivery.dash.config import DashConfig
from streaming.delivery.dash.manifest import Track, initialisation_name
from streaming.delivery.segments.entries import Entry, Window
from streaming.delivery.segments.folder import Folder
from streaming.delivery.segments.writer import SegmentWriter

_log = structlog.get_logger(__name__)

_HEADROOM: Final = Fraction(5, 4)
"""Of the announced bandwidth over the heaviest segment so far: it is announced anew seldom."""

_LEAST_BANDWIDTH: Final = 8000


class _Listing:
    """A window whose periods leave with their last segment: so does their initialisation."""

    def __init__(self, name: str, window: Window) -> None:
        self._name = name
        self._window = window

    def append(self, entry: Entry) -> list[Entry]:
        left = self._window.append(entry)
        there = {each.discontinuity for each in self._window.entries}
        gone = sorted({each.discontinuity for each in left} - there)
        return [*left, *(Entry(0, n, 0, initialisation_name(self._name, n)) for n in gone)]


class TrackWriter:
    """One track's files in a folder: an initialisation segment a period, and media segments.

    Args:
        folder: Where the files go.
        name: Of the track.
        config: See ``DashConfig``.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        folder: Folder,
        name: str,
        config: DashConfig,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._folder = folder
        self._window = Window(config.window)
        # A player works with a manifest that it has had for a while.
        keep = config.presentation_delay_seconds + 2 * config.update_seconds
        self._segments = SegmentWriter(
            folder, _Listing(name, self._window), config.segment_seconds, keep, now
        )
        self.listed_until = -1
        """Number of the last segment that the manifest on the disk names."""
        self._tracks: dict[int, Track] = {}
        self._unwritten: dict[int, bytes] = {}
        self._changed = False
        """Within the period; it was logged."""

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

    @property
    def periods(self) -> set[int]:
        """Those of which it has a segment that can be played."""
        playable = {entry.discontinuity for entry in self._window.entries if not entry.gap}
        return playable - self._unwritten.keys()

    def add(self, track: Track, initialisation: bytes, entry: Entry, data: bytes) -> None:
        """Queue a segment, and the initialisation where it is the first of its period."""
        rate = Fraction(len(data) * 8 * TICKS_PER_SECOND, max(entry.duration, TICKS_PER_SECOND))
        known = self._tracks.get(entry.discontinuity)
        if known is None:
            self._changed = False
            self._unwritten[entry.discontinuity] = initialisation
            known = track
        elif not self._changed and replace(track, bandwidth=known.bandwidth) != known:
            # An encoder was told otherwise on air; its key frames carry what a decoder needs.
            self._changed = True
            _log.warning("dash.track_changed", track=self.name, codecs=track.codecs)
        if rate > known.bandwidth:
            known = replace(known, bandwidth=max(_LEAST_BANDWIDTH, round(rate * _HEADROOM)))
        self._tracks[entry.discontinuity] = known
        self._segments.add(entry, data)

    def write(self) -> bool:
        """Write what can be written, and say whether more is listed; blocks, never raises."""
        written = [
            period
            for period, data in self._unwritten.items()
            if self._folder.write(initialisation_name(self.name, period), data)
        ]
        for period in written:
            del self._unwritten[period]
        return self._segments.write() or bool(written)

    def listed(self, period: int) -> tuple[Track, Sequence[Entry]]:
        """Of a period in ``periods``: the track, and the segments that can be played."""
        entries = [
            entry
            for entry in self._window.entries
            if entry.discontinuity == period and not entry.gap
        ]
        return self._tracks[period], entries

    def note_listed(self, periods: Iterable[int]) -> None:
        """The manifest is on the disk, with these periods."""
        shown = set(periods)
        for entry in self._window.entries:
            if entry.discontinuity in shown:
                self.listed_until = max(self.listed_until, entry.number)

    def remove_old(self) -> None:
        """Delete what nobody loads any more; blocks, never raises."""
        self._segments.remove_old()
