"""From a session's events to segments that are due: what HLS and DASH have in common."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.cues.model import Cue
from streaming.delivery.context import NoReport, OutputReport
from streaming.delivery.renditions import Rendition, rendition_of
from streaming.delivery.segments.config import SegmentsConfig
from streaming.delivery.segments.folder import Folder
from streaming.delivery.segments.media import MediaCutter, PlacedPiece
from streaming.delivery.segments.publication import Publication, TrackFiles
from streaming.delivery.segments.segmenter import CueCounts, Segment, Segmenter
from streaming.ingest.media_tap import MediaTap
from streaming.session_clock import SessionClock, Stretch
from streaming.session_events import (
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
)

_log = structlog.get_logger(__name__)

MEDIA: Final = "media"
"""Name of the rendition of picture and sound."""

_TICK_SECONDS: Final = 0.1
_LONGEST_TICK_SECONDS: Final = 1.0
_LAST_TRIES_SECONDS: Final = 5.0
"""What a full disk gets to recover in when the session ends."""


class SegmentedOutput(ABC):
    """Cuts the tracks' cues, and picture and sound beside them, when each segment is due.

    Formats say how segments look and where they go.

    Args:
        folder: Where it publishes.
        clock: Of the session: ``LiveSession.clock``.
        renditions: The tracks, the spoken one first.
        config: See ``SegmentsConfig``.
        media: What the feed was told to copy its picture and sound into; None: subtitles only.
        report: Is told of each cue once its first segment is listed.
        first_number: Of the first segment.
        first_discontinuity: Discontinuities before it.
    """

    name: str

    def __init__(
        self,
        folder: Folder,
        clock: SessionClock,
        renditions: Sequence[Rendition],
        config: SegmentsConfig,
        media: MediaTap | None,
        report: OutputReport | None,
        *,
        first_number: int,
        first_discontinuity: int,
        from_start: bool,
    ) -> None:
        self._folder = folder
        self._publication = Publication(report or NoReport())
        self._clock = clock
        self._renditions = list(renditions)
        self._hold = config.hold
        self._from_start = from_start
        self._segmenter = Segmenter(
            [rendition.track for rendition in renditions],
            config.segment,
            config.late,
            first_number=first_number,
            first_discontinuity=first_discontinuity,
            output=self.name,
        )
        self._media: MediaCutter | None = None
        if media is not None:
            self._media = MediaCutter(media, config.segment, config.video_delay)
        self._media_discontinuity = first_discontinuity
        """Of the session's first stretch, had it been published."""
        self._begun = -1
        self._from: Ticks = 0
        self._dates: dict[int, tuple[Ticks, datetime]] = {}

    @property
    def counts(self) -> dict[str, CueCounts]:
        """What became of each track's cues."""
        return self._segmenter.counts

    @property
    @abstractmethod
    def gaps(self) -> int:
        """Segments that could not be written."""

    @property
    @abstractmethod
    def _track_files(self) -> Mapping[str, TrackFiles]:
        """The tracks' segments."""

    @abstractmethod
    def _add_track(self, rendition: Rendition) -> None:
        """One more track is published."""

    @abstractmethod
    def _queue_text(self, segment: Segment) -> None:
        """Hand the writers a segment of all tracks."""

    @abstractmethod
    def _queue_media(self, placed: PlacedPiece, discontinuity: int) -> None:
        """Hand the writer a segment of picture and sound."""

    @abstractmethod
    def _end(self) -> None:
        """No segment will follow."""

    @abstractmethod
    def _flush(self) -> None:
        """Write what can be written; blocks on the disk, never raises for it."""

    @property
    @abstractmethod
    def _done(self) -> bool:
        """Everything is on the disk."""

    @abstractmethod
    def _breaks(self, stretch: Stretch) -> bool:
        """Does a discontinuity lie before it?"""

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Publish until the session ends, then say that the stream has ended."""
        if self._clock.stretches and not self._from_start:  # what was said before is not published
            self._start(self._clock.stretches[-1], self._clock.heard_until)
        following = asyncio.ensure_future(anext(events))
        published = time.monotonic()
        try:
            while True:
                await asyncio.wait({following}, timeout=_TICK_SECONDS)
                taken = following.done()
                if taken:
                    try:
                        self._take(following.result())
                    except StopAsyncIteration:
                        break
                    following = asyncio.ensure_future(anext(events))
                # What is known already goes first, but a flood of events holds nothing up.
                waited = time.monotonic() - published
                if waited >= (_LONGEST_TICK_SECONDS if taken else _TICK_SECONDS):
                    await self._publish()
                    published = time.monotonic()
        finally:
            following.cancel()
        await self._finish()

    def _take(self, event: SessionEvent) -> None:
        match event.body:
            case CueReady(cue):
                self._add(event.track, cue)
            case Corrected(_, cues):
                for cue in cues:
                    self._segmenter.correct(event.track, cue)
            case Controlled(ControlAction.CLEAR | ControlAction.KILL):
                self._segmenter.drop()

    def _add(self, track: str, cue: Cue) -> None:
        if self._begun >= 0 and cue.end <= self._from:
            return  # shown before this output was there
        if track not in self._segmenter.tracks:
            rendition = rendition_of(track)
            self._renditions.append(rendition)
            self._segmenter.add_track(track)
            self._add_track(rendition)
        if not self._segmenter.add(track, cue):
            self._publication.lost(track, cue)

    async def _publish(self) -> None:
        self._queue(self._clock.heard_until - self._hold)
        if self._media is not None:
            self._pieces(self._media.due(self._clock))
        await self._written()

    async def _written(self) -> None:
        await asyncio.to_thread(self._flush)
        self._publication.listed(self._track_files, self._folder.failure)

    async def _finish(self) -> None:
        self._queue(self._clock.heard_until)
        if self._begun < 0:
            return  # nothing was heard, so there is nothing to show
        self._texts(self._segmenter.finish(self._clock.heard_until))
        if self._media is not None:
            self._pieces(self._media.rest(self._clock))
        self._end()
        give_up_at = time.monotonic() + _LAST_TRIES_SECONDS
        await self._written()
        while not self._done:
            if time.monotonic() >= give_up_at:
                _log.error(f"{self.name}.end_not_written", folder=str(self._folder.path))
                break
            await asyncio.sleep(_TICK_SECONDS)
            await self._written()
        for track, counts in self._segmenter.counts.items():
            _log.info(
                f"{self.name}.ended",
                track=track,
                on_time=counts.on_time,
                partly_late=counts.partly_late,
                put_off=counts.put_off,
                lost=counts.lost,
                gaps=self.gaps,
            )

    def _queue(self, until: Ticks) -> None:
        """Cut what ends at or before ``until``, session time."""
        stretches = self._clock.stretches
        if self._begun < 0 and stretches:
            self._start(stretches[0], stretches[0].start)
        for stretch in stretches:
            if stretch.number <= self._begun:
                continue
            if stretch.start > until:
                if self._breaks(stretch):  # what lies between is no time of the feed
                    until = min(until, stretch.after)
                break
            self._begin(stretch)
        self._texts(self._segmenter.advance(until))

    def _start(self, stretch: Stretch, at: Ticks) -> None:
        self._from = at
        self._begun = stretch.number
        self._segmenter.begin(self._from, stretch.offset, self._from)
        self._date(self._from)
        if self._media is not None:
            self._media.begin(stretch)
            self._media_discontinuity -= stretch.number

    def _begin(self, stretch: Stretch) -> None:
        self._begun = stretch.number
        before = self._segmenter.discontinuity
        marked = self._breaks(stretch)
        self._texts(
            self._segmenter.begin(
                stretch.start, stretch.offset, stretch.after, discontinuity=marked
            )
        )
        if self._segmenter.discontinuity != before:
            self._date(stretch.start)

    def _date(self, at: Ticks) -> None:
        """Remember when this session time was heard, for what follows the last discontinuity."""
        heard_at = self._clock.heard_at(at)
        assert heard_at is not None, "something was heard"
        self._dates[self._segmenter.discontinuity] = at, heard_at

    def _texts(self, segments: Iterable[Segment]) -> None:
        for segment in segments:
            self._queue_text(segment)
            self._publication.cut(segment)

    def _pieces(self, pieces: Iterable[PlacedPiece]) -> None:
        for placed in pieces:
            self._queue_media(placed, self._media_discontinuity + placed.stretch.number)

    def _date_of(self, start: Ticks, discontinuity: int) -> datetime | None:
        """When a session time was heard; None: not known."""
        if discontinuity not in self._dates:
            return None
        known, date = self._dates[discontinuity]
        return date + timedelta(seconds=(start - known) / TICKS_PER_SECOND)
