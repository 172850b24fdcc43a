"""Picture and sound of the feed as a rendition beside the subtitles."""

from __future__ import annotations

import io
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import av
import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.hls.playlist import Variant
from streaming.delivery.hls.rendition import RenditionWriter
from streaming.delivery.segments.entries import Entry
from streaming.delivery.segments.media import PlacedPiece
from streaming.delivery.segments.transport_stream import Piece

_log = structlog.get_logger(__name__)

_HEADROOM: Final = Fraction(5, 4)
"""Of the announced bandwidth over the heaviest segment so far: it is announced anew seldom."""


class MediaRendition:
    """Publishes the segments of picture and sound, and says what they are.

    Args:
        writer: Of this rendition.
        first_number: Media sequence number of the first segment.
    """

    def __init__(self, writer: RenditionWriter, first_number: int) -> None:
        self.writer = writer
        self.variant: Variant | None = None
        """None: nothing is published yet."""
        self._number = first_number

    def add(self, placed: PlacedPiece, discontinuity: int, date: datetime | None) -> None:
        """Queue a segment."""
        uri = f"{self.writer.name}-{self._number}.ts"
        self._announce(placed.piece, placed.duration)
        entry = Entry(self._number, discontinuity, placed.duration, uri, date, start=placed.start)
        self.writer.add(entry, placed.piece.data)
        self._number += 1

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
