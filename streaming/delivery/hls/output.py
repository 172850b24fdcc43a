"""A session as a live HLS stream in a folder that a web server serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from streaming.delivery.context import OutputReport
from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.media import MediaRendition
from streaming.delivery.hls.playlist import (
    Continuation,
    Variant,
    continuation,
    multivariant_playlist,
)
from streaming.delivery.hls.rendering import webvtt_segment
from streaming.delivery.hls.rendition import RenditionWriter
from streaming.delivery.renditions import Rendition, names
from streaming.delivery.segments.entries import Entry
from streaming.delivery.segments.folder import Folder
from streaming.delivery.segments.media import PlacedPiece
from streaming.delivery.segments.output import MEDIA, SegmentedOutput
from streaming.delivery.segments.publication import TrackFiles
from streaming.delivery.segments.segmenter import Segment
from streaming.ingest.media_tap import MediaTap
from streaming.session_clock import SessionClock, Stretch

INDEX: Final = "index.m3u8"
"""The multivariant playlist, for players."""


class HlsOutput(SegmentedOutput):
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
        from_start: Publish all that the session heard, not only what it hears from now on.
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
        *,
        from_start: bool = False,
    ) -> None:
        self._labelled = labelled
        self._config = config or HlsConfig()
        names(renditions)  # refuses tracks of the same name at once
        folder = Folder(path)
        before = _before(folder, renditions)
        super().__init__(
            folder,
            clock,
            renditions,
            self._config,
            media,
            report,
            first_number=before.number,
            first_discontinuity=before.discontinuity,
            from_start=from_start,
        )
        self._writers = {rendition.track: self._writer(rendition.track) for rendition in renditions}
        self._rendition: MediaRendition | None = None
        if media is not None:
            self._rendition = MediaRendition(self._writer(MEDIA), before.number)
        self._index: bytes = b""

    @property
    def gaps(self) -> int:
        """Segments that could not be written."""
        return sum(writer.gaps for writer in self._all_writers)

    @property
    def _track_files(self) -> Mapping[str, TrackFiles]:
        return self._writers

    @property
    def _done(self) -> bool:
        return all(writer.done for writer in self._all_writers)

    def _add_track(self, rendition: Rendition) -> None:
        self._writers[rendition.track] = self._writer(rendition.track)

    def _breaks(self, stretch: Stretch) -> bool:
        """Beside a packager's own video only where its clock, too, was set anew."""
        return self._media is not None or stretch.offset != self._segmenter.offset

    def _queue_text(self, segment: Segment) -> None:
        for track, writer in self._writers.items():
            entry = Entry(
                segment.number,
                segment.discontinuity,
                segment.duration,
                f"{track}-{segment.number}.vtt",
                self._date_of(segment.start, segment.discontinuity),
                start=segment.start,
            )
            writer.add(entry, webvtt_segment(segment, track))

    def _queue_media(self, placed: PlacedPiece, discontinuity: int) -> None:
        assert self._rendition is not None, "a tap was given"
        date = self._date_of(placed.start, discontinuity)
        self._rendition.add(placed, discontinuity, date)

    def _end(self) -> None:
        for writer in self._all_writers:
            writer.end()

    def _flush(self) -> None:
        for writer in self._all_writers:
            writer.flush()
        listed = [each for each in self._renditions if self._writers[each.track].listed]
        variants: list[Variant] = []
        if self._rendition and self._rendition.writer.listed and self._rendition.variant:
            variants = [self._rendition.variant]
        # Players that follow a link to nothing give up: the index comes once all it names is there.
        if not listed or (self._rendition is not None and not variants):
            return
        index = multivariant_playlist(listed, variants, automatic=self._labelled())
        if index != self._index and self._folder.write(INDEX, index):
            self._index = index

    @property
    def _all_writers(self) -> list[RenditionWriter]:
        media = [self._rendition.writer] if self._rendition is not None else []
        return [*self._writers.values(), *media]

    def _writer(self, name: str) -> RenditionWriter:
        config = self._config
        return RenditionWriter(self._folder, name, config.target_duration, config.window)


def _before(folder: Folder, renditions: Sequence[Rendition]) -> Continuation:
    """Where the run before left off; what it lists is deleted unless it was an archive."""
    names = [*(rendition.track for rendition in renditions), MEDIA]
    texts = {name: folder.read(f"{name}.m3u8") for name in names}
    found = {name: continuation(text) for name, text in texts.items()}
    for name, text in texts.items():
        if "#EXT-X-PLAYLIST-TYPE:EVENT" in text:
            continue
        for uri in found[name].uris:
            if "/" not in uri and uri.startswith(f"{name}-"):
                folder.remove(uri)
    return Continuation(
        max(before.number for before in found.values()),
        max(before.discontinuity for before in found.values()),
    )
