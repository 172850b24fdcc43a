"""A feed's picture and sound, given out again after a fixed delay."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks, to_seconds
from streaming.delivery.mpeg_ts.timed_pieces import PieceCutter, TimedPiece
from streaming.ingest.media_tap import MediaTap
from streaming.ingest.unwrap import unwrap
from streaming.session_clock import SessionClock, Stretch

_log = structlog.get_logger(__name__)

_NEAR: Final = 5 * TICKS_PER_SECOND
"""A run of the picture and the stretch of sound that it belongs to begin within so much."""


@dataclass(frozen=True, slots=True)
class DuePiece:
    """A piece whose time has come."""

    piece: TimedPiece
    session_time: Ticks | None
    """Of the piece's time; None: the session has heard nothing of this run."""


@dataclass(frozen=True, slots=True)
class _Held:
    piece: TimedPiece
    arrived: float


class DelayedMedia:
    """Holds what a tap brings for a time.

    A live feed's pieces leave as long after they came as the delay says, also where the feed is
    lost meanwhile: they are paced as it was. Those of a recording that is read faster than it plays
    leave when the session has heard so much more.

    Args:
        tap: What the feed fills.
        clock: Of the session.
        delay: In ticks.
        now: Monotonic seconds.
        keep_fresh: Keep what came for ``take_fresh``, which must be called each turn then.
    """

    def __init__(
        self,
        tap: MediaTap,
        clock: SessionClock,
        delay: Ticks,
        now: Callable[[], float] = time.monotonic,
        *,
        keep_fresh: bool = False,
    ) -> None:
        self._tap = tap
        self._clock = clock
        self._delay = delay
        self._live = tap.at_own_speed
        self._now = now
        self._cutter = PieceCutter()
        self._connection: int | None = None
        self._held: deque[_Held] = deque()
        self._keep_fresh = keep_fresh
        self._fresh: list[TimedPiece] = []
        self._run = self._unplaced_run = -1
        self._stretch: Stretch | None = None
        self._session_time: Ticks = 0
        self._placed = False

    @property
    def empty(self) -> bool:
        """Nothing is held."""
        return not self._held

    def due(self, *, ended: bool = False, at_once: bool = False) -> list[DuePiece]:
        """What leaves now.

        Args:
            ended: The feed has ended: what is open is whole.
            at_once: Wait for nothing.
        """
        now = self._now()
        for connection, data in self._tap.take():
            if self._connection not in (None, connection):
                self._hold(self._cutter.restart(), now)
            self._connection = connection
            self._hold(self._cutter.push(data), now)
        if ended:
            self._hold(self._cutter.restart(), now)
        due: list[DuePiece] = []
        while self._held and self._is_due(self._held[0], now, ended, at_once):
            piece = self._held.popleft().piece
            if not self._placed and piece.run != self._unplaced_run:
                self._unplaced_run = piece.run
                _log.warning("picture.not_placed", run=piece.run)
            due.append(DuePiece(piece, self._session_time if self._placed else None))
        return due

    def take_fresh(self) -> list[TimedPiece]:
        """What came since the last call: it may be looked at long before it leaves."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _hold(self, pieces: list[TimedPiece], now: float) -> None:
        self._held += [_Held(piece, now) for piece in pieces]
        if self._keep_fresh:
            self._fresh += pieces

    def _is_due(self, held: _Held, now: float, ended: bool, at_once: bool) -> bool:
        if self._live and not at_once and now - held.arrived < to_seconds(self._delay):
            return False
        self._place(held.piece)
        if self._live or ended or at_once:
            return True
        return self._placed and self._session_time + self._delay <= self._clock.heard_until

    def _place(self, piece: TimedPiece) -> None:
        """Find the session time of a piece."""
        if piece.run != self._run or not self._placed:
            fitting = self._fitting(piece)
            self._placed = fitting is not None
            if fitting is None:
                return
            self._stretch = fitting
        self._run = piece.run
        assert self._stretch is not None, "placed"
        near = max(self._session_time, self._stretch.start)
        self._session_time = unwrap(piece.time + self._stretch.offset, near)

    def _fitting(self, piece: TimedPiece) -> Stretch | None:
        """The stretch whose clock this run is on; never one before the last run's."""
        known = self._clock.stretches
        if self._stretch is not None:
            known = tuple(each for each in known if each.number >= self._stretch.number)
        if not known:
            return None
        best = min(known, key=lambda stretch: abs(self._off(piece, stretch)))
        return best if abs(self._off(piece, best)) <= _NEAR else None

    def _off(self, piece: TimedPiece, stretch: Stretch) -> Ticks:
        """How far outside what was heard on a stretch's clock a piece would be."""
        later = [each.start for each in self._clock.stretches if each.number > stretch.number]
        end = min(later, default=self._clock.heard_until)
        time = unwrap(piece.time + stretch.offset, stretch.start)
        return max(0, stretch.start - time, time - max(end, stretch.start))
