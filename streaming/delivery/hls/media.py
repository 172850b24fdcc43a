"""Picture and sound of the feed as a rendition beside the subtitles."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import av
import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.playlist import Entry, Variant
from streaming.delivery.hls.rendition import RenditionWriter
from streaming.delivery.hls.transport_stream import Piece, TransportSplitter
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import unwrap
from streaming.session_clock import SessionClock, Stretch

_log = structlog.get_logger(__name__)

_NEAR: Final = TICKS_PER_SECOND // 2
"""A segment that starts so shortly before a stretch belongs to it."""

_HEADROOM: Final = Fraction(5, 4)
"""Of the announced bandwidth over the heaviest segment so far: it is announced anew seldom."""


class MediaRendition:
    """Cuts what a tap brings, places it on the session's time line, publishes it after a delay.

    Args:
        tap: What the feed fills.
        writer: Of this rendition.
        config: See ``HlsConfig``.
        first_number: Media sequence number of the first segment.
        first_discontinuity: Discontinuities before it.
    """

    def __init__(
        self,
        tap: MediaTap,
        writer: RenditionWriter,
        config: HlsConfig,
        *,
        first_number: int,
        first_discontinuity: int,
    ) -> None:
        self.writer = writer
        self.variant: Variant | None = None
        """None: nothing is published yet."""
        self._tap = tap
        self._splitter = TransportSplitter(config.segment)
        self._delay = config.video_delay
        self._number = first_number
        self._first_discontinuity = first_discontinuity
        self._connection: int | None = None
        self._pieces: deque[Piece] = deque()
        self._run = -1
        self._stretch: Stretch | None = None

    def begin(self, stretch: Stretch) -> None:
        """The output begins in this stretch: it is the one without discontinuities before it."""
        self._first_discontinuity -= stretch.number
        self._stretch = stretch

    def queue(self, clock: SessionClock, dates: Mapping[int, tuple[Ticks, datetime]]) -> None:
        """Hand the writer the segments that are due.

        Args:
            clock: Of the session.
            dates: When a session time was heard, by discontinuity.
        """
        for connection, data in self._tap.take():
            if self._connection not in (None, connection):
                self._pieces += self._splitter.restart()
            self._connection = connection
            self._pieces += self._splitter.push(data)
        self._release(clock, dates, clock.heard_until - self._delay)

    def finish(self, clock: SessionClock, dates: Mapping[int, tuple[Ticks, datetime]]) -> None:
        """The session has ended: hand over all that is left."""
        self.queue(clock, dates)
        self._pieces += self._splitter.restart()
        self._release(clock, dates, None)

    def _release(
        self,
        clock: SessionClock,
        dates: Mapping[int, tuple[Ticks, datetime]],
        until: Ticks | None,
    ) -> None:
        while self._pieces and self._stretch is not None:
            piece = self._pieces[0]
            stretch = self._place(piece, self._stretch, clock.stretches)
            start = unwrap(piece.start + stretch.offset, max(stretch.start, clock.heard_until))
            end = start + piece.end - piece.start
            if until is not None and end > until:
                return
            self._pieces.popleft()
            self._run, self._stretch = piece.run, stretch
            self._publish(piece, start, stretch, dates)

    def _publish(
        self,
        piece: Piece,
        start: Ticks,
        stretch: Stretch,
        dates: Mapping[int, tuple[Ticks, datetime]],
    ) -> None:
        discontinuity = self._first_discontinuity + stretch.number
        date = None
        if discontinuity in dates:
            known, heard = dates[discontinuity]
            date = heard + timedelta(seconds=(start - known) / TICKS_PER_SECOND)
        duration = piece.end - piece.start
        uri = f"{self.writer.name}-{self._number}.ts"
        self._announce(piece, duration)
        self.writer.add(Entry(self._number, discontinuity, duration, uri, date), piece.data)
        self._number += 1

    def _place(self, piece: Piece, last: Stretch, stretches: tuple[Stretch, ...]) -> Stretch:
        """The stretch that a segment belongs to; never one before the last segment's."""
        later = [stretch for stretch in stretches if stretch.number >= last.number]
        if piece.run != self._run:
            return min(later or [last], key=lambda stretch: abs(_ahead(piece, stretch)))
        for stretch in later:
            if stretch.offset == last.offset and _ahead(piece, stretch) >= -_NEAR:
                last = stretch
        return last

    def _announce(self, piece: Piece, duration: Ticks) -> None:
        # A closing segment of a frame or two says nothing about the rate.
        if duration < TICKS_PER_SECOND and self.variant is not None:
            return
        rate = Fraction(len(piece.data) * 8 * TICKS_PER_SECOND, max(duration, TICKS_PER_SECOND))
        if self.variant is None:
            self.variant = _probe(f"{self.writer.name}.m3u8", piece.data, round(rate * _HEADROOM))
        elif rate > self.variant.bandwidth:
            bandwidth = round(rate * _HEADROOM)
            old = self.variant
            self.variant = Variant(old.uri, bandwidth, old.codecs, old.width, old.height)


def _ahead(piece: Piece, stretch: Stretch) -> Ticks:
    """How far a segment starts after a stretch does."""
    return unwrap(piece.start + stretch.offset, stretch.start) - stretch.start


def _probe(uri: str, data: bytes, bandwidth: int) -> Variant:
    """What a player must know of the first segment."""
    codecs: list[str] = []
    width = height = 0
    try:
        with av.open(io.BytesIO(data), format="mpegts") as container:
            for stream in container.streams.video:
                width, height = stream.codec_context.width, stream.codec_context.height
                codecs.append(_avc_codec(stream.codec_context))
            codecs += ["mp4a.40.2" for _ in container.streams.audio]
    except av.FFmpegError as error:
        _log.warning("hls.probe_failed", reason=str(error))
        codecs = []
    known = codecs and all(codecs)
    return Variant(uri, bandwidth, ",".join(codecs) if known else "", width, height)


def _avc_codec(context: Any) -> str:
    """``avc1.PPCCLL`` (RFC 6381 §3.3) from the sequence parameter set; empty: not H.264."""
    if context.name != "h264" or not context.extradata:
        return ""
    extradata = bytes(context.extradata)
    for mark in (b"\x00\x00\x01\x67", b"\x00\x00\x01\x27", b"\x00\x00\x01\x47"):
        place = extradata.find(mark)
        if place >= 0:
            return f"avc1.{extradata[place + 4 : place + 7].hex()}"
    return ""
