"""A session as live DASH in a folder that a web server serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.context import OutputReport
from streaming.delivery.dash.config import DashConfig
from streaming.delivery.dash.continuing import Inheritance, Left, take_over
from streaming.delivery.dash.manifest import (
    Period,
    Presentation,
    Track,
    in_units,
    manifest,
    segment_name,
)
from streaming.delivery.dash.tracks import TrackWriter
from streaming.delivery.renditions import Rendition, names
from streaming.delivery.segments.entries import Entry
from streaming.delivery.segments.folder import Folder
from streaming.delivery.segments.media import PlacedPiece
from streaming.delivery.segments.output import SegmentedOutput
from streaming.delivery.segments.publication import TrackFiles
from streaming.delivery.segments.segmenter import Segment
from streaming.formats.mp4.remuxing import TrackFragments, remux
from streaming.formats.mp4.subtitle_track import CODEC, fragment, initialisation
from streaming.formats.ttml import TtmlConfig
from streaming.formats.ttml.writer import TtmlWriter
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import unwrap
from streaming.session_clock import SessionClock, Stretch

_log = structlog.get_logger(__name__)

INDEX: Final = "index.mpd"
"""The manifest, for players."""

_OLD_SECONDS: Final = 60.0
"""How long a recording lists the periods of a run before it that was none."""

_PICTURE_AND_SOUND: Final = ("video", "audio")


class DashOutput(SegmentedOutput):
    """IMSC 1.1 in fMP4 of a session's tracks; picture and sound beside them if wanted.

    ``index.mpd`` lists all. Segments are on the session's own time line, which never goes back;
    with picture and sound each break of the feed begins a period (docs/DASH.md). A folder that an
    earlier run left is taken over: numbers of periods go on, its segments are deleted.

    Args:
        path: The folder, made if need be.
        clock: Of the session: ``LiveSession.clock``.
        renditions: The tracks, the spoken one first.
        config: See ``DashConfig``.
        media: What the feed was told to copy its picture and sound into; None: subtitles only.
        report: Is told of each cue once its first segment is listed.
        labelled: Must labels and documents say that the text is automatic?
        from_start: Publish all that the session heard, not only what it hears from now on.
    """

    name = "dash"

    def __init__(
        self,
        path: Path,
        clock: SessionClock,
        renditions: Sequence[Rendition],
        config: DashConfig | None = None,
        media: MediaTap | None = None,
        report: OutputReport | None = None,
        labelled: Callable[[], bool] = lambda: False,
        *,
        from_start: bool = False,
    ) -> None:
        self._labelled = labelled
        self._config = config or DashConfig()
        names(renditions)  # refuses tracks of the same name at once
        for rendition in renditions:
            if rendition.track in _PICTURE_AND_SOUND:
                raise InvalidArgument("tracks", f"a track cannot be named {rendition.track}")
        folder = Folder(path)
        tracks = [rendition.track for rendition in renditions]
        self._left: Left = take_over(folder, INDEX, [*tracks, *_PICTURE_AND_SOUND])
        super().__init__(
            folder,
            clock,
            renditions,
            self._config,
            media,
            report,
            first_number=0,
            first_discontinuity=self._left.period,
            from_start=from_start,
        )
        stays = None if self._left.recording and not self._config.window_seconds else _OLD_SECONDS
        self._inheritance = Inheritance(self._left, self._config.window_seconds or stays)
        self._writers = {track: TrackWriter(folder, track, self._config) for track in tracks}
        self._media_writers: dict[str, TrackWriter] = {}
        self._pending: list[tuple[PlacedPiece, int]] = []
        self._needs_media = media is not None
        self._refused = False
        """The last segment of the feed could not be used; it was logged."""
        self._required: dict[int, set[str]] = {}
        """Tracks without which a period is not listed, by its number."""
        self._presentation: Presentation | None = None
        self._offset: Ticks = 0
        """The presentation's time less the session's."""
        self._ended = self._unwritten = False

    @property
    def gaps(self) -> int:
        """Segments that could not be written."""
        return sum(writer.gaps for writer in self._all_writers)

    @property
    def _track_files(self) -> Mapping[str, TrackFiles]:
        return self._writers

    @property
    def _done(self) -> bool:
        return not self._unwritten and all(writer.done for writer in self._all_writers)

    @property
    def _all_writers(self) -> list[TrackWriter]:
        return [*self._media_writers.values(), *self._writers.values()]

    def _add_track(self, rendition: Rendition) -> None:
        self._writers[rendition.track] = TrackWriter(self._folder, rendition.track, self._config)

    def _breaks(self, stretch: Stretch) -> bool:
        """Texts alone go on: their time line does. Pictures may be others after a break."""
        return self._media is not None

    def _queue_text(self, segment: Segment) -> None:
        automatic = self._labelled()
        for number, rendition in enumerate(self._renditions):
            name = rendition.track
            writer = _ttml_writer(rendition, automatic)
            document = writer.segment(segment.cues[name], segment.start, segment.end, clip=False)
            track = Track(
                name,
                "text",
                CODEC,
                TICKS_PER_SECOND,
                0,
                rendition.language,
                main=number == 0,
            )
            self._writers[name].add(
                track,
                initialisation(rendition.language),
                self._entry(
                    name,
                    segment.number,
                    segment.discontinuity,
                    segment.start,
                    segment.duration,
                ),
                fragment(document.encode(), segment.start, segment.duration, segment.number + 1),
            )

    def _queue_media(self, placed: PlacedPiece, discontinuity: int) -> None:
        self._pending.append((placed, discontinuity))

    def _end(self) -> None:
        self._ended = self._unwritten = True

    def _flush(self) -> None:
        for placed, period in self._pending:
            self._remux(placed, period)
        self._pending.clear()
        for writer in self._all_writers:
            self._unwritten |= writer.write()
        # The manifest never says that the end has come before the last segment is there.
        waiting = self._ended and not all(writer.done for writer in self._all_writers)
        if self._unwritten and not waiting:
            periods = self._periods()
            if periods and self._presentation is not None:
                now = datetime.now(UTC)
                text = manifest(
                    self._presentation,
                    periods,
                    now,
                    ended=self._ended,
                    before=self._inheritance.periods,
                )
                self._unwritten = not self._folder.write(INDEX, text)
                if not self._unwritten:
                    for writer in self._all_writers:
                        writer.note_listed(period.number for period in periods)
            else:
                self._unwritten = False
        for writer in self._all_writers:
            writer.remove_old()
        self._inheritance.remove_old(self._folder, self._config.presentation_delay_seconds)

    def _remux(self, placed: PlacedPiece, period: int) -> None:
        """Make fragments of a segment of the feed; takes some milliseconds."""
        piece = placed.piece

        def place(timestamp: int) -> Ticks:
            return placed.start + unwrap(timestamp, piece.start) - piece.start

        try:
            tracks = remux(piece.data, placed.start + placed.duration, place)
        except InvalidArgument as error:
            if not self._refused:
                _log.error("dash.media_refused", reason=error.message)
            self._refused = True
            self._needs_media &= bool(self._media_writers)  # subtitles come without it
            return
        self._refused = False
        for each in tracks:
            self._queue_fragments(each, period)

    def _queue_fragments(self, fragments: TrackFragments, period: int) -> None:
        form = fragments.format
        if form.kind not in self._media_writers:
            self._media_writers[form.kind] = TrackWriter(self._folder, form.kind, self._config)
        spoken = self._renditions[0].language if form.kind == "audio" else ""
        track = Track(
            form.kind,
            form.kind,
            form.codec,
            form.timescale,
            0,
            spoken,
            main=True,
            width=form.width,
            height=form.height,
            sample_rate=form.sample_rate,
            channels=form.channels,
        )
        entry = self._entry(
            form.kind, 0, period, fragments.start, fragments.duration, form.timescale
        )
        self._media_writers[form.kind].add(track, fragments.initialisation, entry, fragments.data)

    def _entry(
        self,
        name: str,
        number: int,
        period: int,
        start: Ticks,
        duration: Ticks,
        timescale: int = TICKS_PER_SECOND,
    ) -> Entry:
        uri = segment_name(name, period, in_units(start, timescale))
        return Entry(number, period, duration, uri, start=start)

    def _periods(self) -> list[Period]:
        """What is listed: periods of which all tracks have a segment.

        A player that finds a period without its subtitles does not look for them later.
        """
        there: dict[int, list[TrackWriter]] = {}
        for writer in self._all_writers:
            for number in writer.periods:
                there.setdefault(number, []).append(writer)
        periods: list[Period] = []
        for number, writers in sorted(there.items()):
            if number not in self._dates:
                continue
            found = {writer.name for writer in writers}
            has_media = bool(self._media_writers) and self._media_writers.keys() <= found
            if number not in self._required:
                complete = self._writers.keys() <= found and (has_media or not self._needs_media)
                if not complete and not self._ended:
                    continue
                self._required[number] = found
            if self._required[number] <= found:  # else its first tracks have left already
                periods.append(self._period(number, writers))
        return periods

    def _period(self, number: int, writers: Sequence[TrackWriter]) -> Period:
        start, heard_at = self._dates[number]
        if self._presentation is None:
            self._presentation = self._begin_presentation(start, heard_at)
        labels = names(self._renditions, automatic=self._labelled())
        tracks: dict[Track, Sequence[Entry]] = {}
        for writer in writers:
            track, entries = writer.listed(number)
            tracks[replace(track, label=labels.get(track.name, ""))] = entries
        return Period(number, start + self._offset, start, heard_at, tracks)

    def _begin_presentation(self, start: Ticks, heard_at: datetime) -> Presentation:
        """Place the run's first moment in the presentation."""
        config = self._config
        delay = config.video_delay if self._needs_media else config.hold
        available = heard_at + timedelta(seconds=delay / TICKS_PER_SECOND)
        first = self._left.available_from or available
        since = round((available - first).total_seconds() * TICKS_PER_SECOND)
        self._offset = max(self._left.end, since) - start
        return Presentation(
            first,
            config.segment_seconds,
            config.presentation_delay_seconds,
            config.update_seconds,
            config.window_seconds,
            INDEX,
        )


def _ttml_writer(rendition: Rendition, automatic: bool) -> TtmlWriter:
    language = rendition.languages[0] if len(rendition.languages) == 1 else None
    return TtmlWriter(TtmlConfig(language=language, automatic=automatic))
