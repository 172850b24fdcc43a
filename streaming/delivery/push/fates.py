"""Which cues went out, told from the pieces of text that did."""

from __future__ import annotations

from collections import deque
from typing import Final

from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.delivery.context import OutputReport
from streaming.delivery.push.lines import Piece, last_onset

_REMEMBERED: Final = 1000


class CueFates:
    """Reports a cue once all its words were sent, or some were given up.

    Words are sent before their cue is finished or after it; either may come first.

    Args:
        track: That is sent.
        report: Is told.
    """

    def __init__(self, track: str, report: OutputReport) -> None:
        self._track = track
        self._report = report
        self._open: deque[Cue] = deque(maxlen=_REMEMBERED)
        self._settled: Ticks | None = None
        """The last word whose fate is known began then."""
        self._lost: deque[tuple[Ticks, Ticks, str]] = deque(maxlen=_REMEMBERED)

    def finished(self, cue: Cue) -> None:
        """A cue is known."""
        self._open.append(cue)
        self._settle()

    def delivered(self, pieces: list[Piece]) -> None:
        """These went out."""
        self._until(pieces)

    def lost(self, pieces: list[Piece], reason: str) -> None:
        """These were given up."""
        self._lost += [(piece.onset, piece.until, reason) for piece in pieces]
        self._until(pieces)

    def _until(self, pieces: list[Piece]) -> None:
        if pieces:
            until = max(piece.until for piece in pieces)
            self._settled = until if self._settled is None else max(self._settled, until)
            self._settle()

    def _settle(self) -> None:
        while (
            self._open and self._settled is not None and last_onset(self._open[0]) <= self._settled
        ):
            cue = self._open.popleft()
            first = cue.words[0].start if cue.words else cue.start
            last = last_onset(cue)
            reasons = [why for start, end, why in self._lost if start <= last and first <= end]
            if reasons:
                self._report.lost(self._track, cue, reasons[0])
            else:
                self._report.shown(self._track, cue)
