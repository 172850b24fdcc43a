"""The feed's picture and sound, cut into segments and placed on the session's time line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.segments.transport_stream import Piece, TransportSplitter
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import unwrap
from streaming.session_clock import SessionClock, Stretch

_NEAR: Final = TICKS_PER_SECOND // 2
"""A segment that starts so shortly before a stretch belongs to it."""


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A segment of the feed's transport stream where it belongs."""

    piece: Piece
    start: Ticks
    """Session time."""

    stretch: Stretch

    @property
    def duration(self) -> Ticks:
        """How long it lasts."""
        return self.piece.end - self.piece.start


class MediaCutter:
    """Cuts what a tap brings and hands the segments over after a delay.

    Args:
        tap: What the feed fills.
        length: Of a segment, in ticks.
        delay: After they were heard, in ticks.
    """

    def __init__(self, tap: MediaTap, length: Ticks, delay: Ticks) -> None:
        self._tap = tap
        self._splitter = TransportSplitter(length)
        self._delay = delay
        self._connection: int | None = None
        self._pieces: deque[Piece] = deque()
        self._run = -1
        self._stretch: Stretch | None = None

    def begin(self, stretch: Stretch) -> None:
        """The output begins in this stretch."""
        self._stretch = stretch

    def due(self, clock: SessionClock) -> Iterator[PlacedPiece]:
        """The segments that are due."""
        for connection, data in self._tap.take():
            if self._connection not in (None, connection):
                self._pieces += self._splitter.restart()
            self._connection = connection
            self._pieces += self._splitter.push(data)
        yield from self._release(clock, clock.heard_until - self._delay)

    def rest(self, clock: SessionClock) -> Iterator[PlacedPiece]:
        """The session has ended: all that is left."""
        yield from self.due(clock)
        self._pieces += self._splitter.restart()
        yield from self._release(clock, None)

    def _release(self, clock: SessionClock, until: Ticks | None) -> Iterator[PlacedPiece]:
        while self._pieces and self._stretch is not None:
            piece = self._pieces[0]
            stretch = self._place(piece, self._stretch, clock.stretches)
            start = unwrap(piece.start + stretch.offset, max(stretch.start, clock.heard_until))
            if until is not None and start + piece.end - piece.start > until:
                return
            self._pieces.popleft()
            self._run, self._stretch = piece.run, stretch
            yield PlacedPiece(piece, start, stretch)

    def _place(self, piece: Piece, last: Stretch, stretches: tuple[Stretch, ...]) -> Stretch:
        """The stretch that a segment belongs to; never one before the last segment's."""
        later = [stretch for stretch in stretches if stretch.number >= last.number]
        if piece.run != self._run:
            return min(later or [last], key=lambda stretch: abs(_ahead(piece, stretch)))
        for stretch in later:
            if stretch.offset == last.offset and _ahead(piece, stretch) >= -_NEAR:
                last = stretch
        return last


def _ahead(piece: Piece, stretch: Stretch) -> Ticks:
    """How far a segment starts after a stretch does."""
    return unwrap(piece.start + stretch.offset, stretch.start) - stretch.start
