"""A session as a live HLS stream in a folder that a web server serves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.cues.model import Cue
from streaming.delivery.context import NoReport, OutputReport
from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.folder import Folder
from streaming.delivery.hls.media import MediaRendition
from streaming.delivery.hls.playlist import (
    Continuation,
    Entry,
    Variant,
    continuation,
    multivariant_playlist,
)
from streaming.delivery.hls.publication import Publication
from streaming.delivery.hls.rendering import webvtt_segment
from streaming.delivery.hls.rendition import RenditionWriter
from streaming.delivery.hls.segmenter import CueCounts, Segment, Segmenter
from streaming.delivery.renditions import Rendition, rendition_of
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

INDEX: Final = "index.m3u8"
"""The multivariant playlist, for players."""

MEDIA: Final = "media"
"""Name of the rendition of picture and sound."""

_TICK_SECONDS: Final = 0.1
_LONGEST_TICK_SECONDS: Final = 1.0
_LAST_TRIES_SECONDS: Final = 5.0
"""What a full disk gets to recover in when the session ends."""


class HlsOutput:
    """WebVTT segments and playlists of a session's tracks; picture and sound beside them if wanted.

    ``index.m3u8`` lists all; each track has ``<track>.m3u8`` and ``<track>-<number>.vtt``. A folder
    that an earlier run left is taken over: its numbers go on, its segments are deleted.

    Args:
        path: The folder, made if need be.
        clock: Of the session: ``LiveSession.clock``.
        renditions: The tracks, the spoken one first.
        config: See ``HlsConfig``.
        media: What the feed was told to copy its picture and sound into; None: subtitles only.
        report: Is told of each cue once its first segment is listed.
        labelled: Must the tracks' names say that the text is automatic?
    """

    name = "hls"

    def __init__(
        self,
        path: Path,
        clock: SessionClock,
        renditions: Sequence[Rendition],
        config: HlsConfig | None = None,
        media: MediaTap | None = None,
        report: OutputReport | None = None,
        labelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._labelled = labelled
        self._config = config or HlsConfig()
        self._folder = Folder(path)
        self._publication = Publication(report or NoReport())
        self._clock = clock
        self._renditions = list(renditions)
        multivariant_playlist(self._renditions, ())  # refuses tracks of the same name at once
        before = self._before()
        self._segmenter = Segmenter(
            [rendition.track for rendition in renditions],
            self._config.segment,
            self._config.late,
            first_number=before.number,
            first_discontinuity=before.discontinuity,
        )
        self._writers = {rendition.track: self._writer(rendition.track) for rendition in renditions}
        self._media: MediaRendition | None = None
        if media is not None:
            self._media = MediaRendition(
                media,
                self._writer(MEDIA),
                self._config,
                first_number=before.number,
                first_discontinuity=before.discontinuity,
            )
        self._begun = -1
        self._from: Ticks = 0
        self._dates: dict[int, tuple[Ticks, datetime]] = {}
        self._index: bytes = b""

    @property
    def counts(self) -> dict[str, CueCounts]:
        """What became of each track's cues."""
        return self._segmenter.counts

    @property
    def gaps(self) -> int:
        """Segments that could not be written."""
        return sum(writer.gaps for writer in self._all_writers)

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Publish until the session ends, then say that the stream has ended."""
        if self._clock.stretches:  # the session is on air: what was said before is not published
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
        if track not in self._writers:
            self._add_track(track)
        if not self._segmenter.add(track, cue):
            self._publication.lost(track, cue)

    def _add_track(self, track: str) -> None:
        """A translated track that came while on air."""
        self._renditions.append(rendition_of(track))
        self._segmenter.add_track(track)
        self._writers[track] = self._writer(track)

    async def _publish(self) -> None:
        self._queue(self._clock.heard_until - self._config.hold)
        if self._media is not None:
            self._media.queue(self._clock, self._dates)
        await self._written()

    async def _written(self) -> None:
        await asyncio.to_thread(self._flush)
        self._publication.listed(self._writers, self._folder.failure)

    async def _finish(self) -> None:
        self._queue(self._clock.heard_until)
        if self._begun < 0:
            return  # nothing was heard, so there is nothing to show
        self._segments(self._segmenter.finish(self._clock.heard_until))
        if self._media is not None:
            self._media.finish(self._clock, self._dates)
        for writer in self._all_writers:
            writer.end()
        give_up_at = time.monotonic() + _LAST_TRIES_SECONDS
        await self._written()
        while not all(writer.done for writer in self._all_writers):
            if time.monotonic() >= give_up_at:
                _log.error("hls.end_not_written", folder=str(self._folder.path))
                break
            await asyncio.sleep(_TICK_SECONDS)
            await self._written()
        for track, counts in self._segmenter.counts.items():
            _log.info(
                "hls.ended",
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
        self._segments(self._segmenter.advance(until))

    def _breaks(self, stretch: Stretch) -> bool:
        """Does a discontinuity lie before it?

        Beside a packager's own video only where its clock, too, was set anew.
        """
        return self._media is not None or stretch.offset != self._segmenter.offset

    def _start(self, stretch: Stretch, at: Ticks) -> None:
        self._from = at
        self._begun = stretch.number
        self._segmenter.begin(self._from, stretch.offset, self._from)
        self._date(self._from)
        if self._media is not None:
            self._media.begin(stretch)

    def _begin(self, stretch: Stretch) -> None:
        self._begun = stretch.number
        before = self._segmenter.discontinuity
        marked = self._breaks(stretch)
        self._segments(
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

    def _segments(self, segments: Sequence[Segment]) -> None:
        for segment in segments:
            for track, writer in self._writers.items():
                entry = Entry(
                    segment.number,
                    segment.discontinuity,
                    segment.duration,
                    f"{track}-{segment.number}.vtt",
                    date_of(segment.start, self._dates[segment.discontinuity]),
                )
                writer.add(entry, webvtt_segment(segment, track))
            self._publication.cut(segment)

    def _flush(self) -> None:
        for writer in self._all_writers:
            writer.flush()
        listed = [each for each in self._renditions if self._writers[each.track].listed]
        variants: list[Variant] = []
        if self._media is not None and self._media.writer.listed and self._media.variant:
            variants = [self._media.variant]
        # Players that follow a link to nothing give up: the index comes once all it names is there.
        if not listed or (self._media is not None and not variants):
            return
        index = multivariant_playlist(listed, variants, automatic=self._labelled())
        if index != self._index and self._folder.write(INDEX, index):
            self._index = index

    @property
    def _all_writers(self) -> list[RenditionWriter]:
        media = [self._media.writer] if self._media is not None else []
        return [*self._writers.values(), *media]

    def _writer(self, name: str) -> RenditionWriter:
        config = self._config
        return RenditionWriter(self._folder, name, config.target_duration, config.window)

    def _before(self) -> Continuation:
        """Where the run before left off; what it lists is deleted unless it was an archive."""
        names = [*(rendition.track for rendition in self._renditions), MEDIA]
        texts = {name: self._folder.read(f"{name}.m3u8") for name in names}
        found = {name: continuation(text) for name, text in texts.items()}
        for name, text in texts.items():
            if "#EXT-X-PLAYLIST-TYPE:EVENT" in text:
                continue
            for uri in found[name].uris:
                if "/" not in uri and uri.startswith(f"{name}-"):
                    self._folder.remove(uri)
        return Continuation(
            max(before.number for before in found.values()),
            max(before.discontinuity for before in found.values()),
        )


def date_of(time: Ticks, reference: tuple[Ticks, datetime]) -> datetime:
    """When a session time was heard, from one that is known."""
    known, date = reference
    return date + timedelta(seconds=(time - known) / TICKS_PER_SECOND)
