"""Cuts the tracks' cues into segments on the session's time line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks, to_seconds
from streaming.cues.model import Cue

_log = structlog.get_logger(__name__)

_LEAST_SHOWN: Final = TICKS_PER_SECOND
"""A cue that is shown later than it was spoken stays for a second at least."""

_LONGEST_FILL: Final = 2
"""Times between two stretches that last no longer than so many segments are filled with those."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time and the cues that are on the screen within it."""

    number: int
    """Media sequence number."""

    discontinuity: int
    """How many discontinuities lie before it."""

    start: Ticks
    """Session time."""

    end: Ticks
    anchor: Ticks
    """Session time from which all times of its continuous stretch are rounded."""

    offset: Ticks
    """Session time less the feed's own time."""

    cues: Mapping[str, tuple[Cue, ...]]
    """By track, in order; session time."""

    @property
    def duration(self) -> Ticks:
        """How long it lasts."""
        return self.end - self.start


@dataclass(slots=True)
class CueCounts:
    """What became of a track's cues."""

    on_time: int = 0
    """In every segment that they overlap."""

    partly_late: int = 0
    """Missing from the first of their segments, which were out."""

    put_off: int = 0
    """All their segments were out: shown later than spoken."""

    lost: int = 0
    """Too late even for that."""


class Segmenter:
    """Segments of one length, in order and without gaps within a stretch.

    Times are session times. A cue stands, unchanged, in every segment that it overlaps and that is
    not out yet (RFC 8216 §3.5). A cue that comes after all of them is put off to the first segment
    that is not out, or counted as lost where it would be shown more than ``late`` after its time.

    Args:
        tracks: Names of the tracks; more may come with ``add_track``.
        length: Of a segment, in ticks.
        late: The longest that a cue is put off, in ticks.
        first_number: Media sequence number of the first segment.
        first_discontinuity: Discontinuities before it.
        output: Whose segments they are, for the log.
    """

    def __init__(
        self,
        tracks: Iterable[str],
        length: Ticks,
        late: Ticks,
        *,
        first_number: int = 0,
        first_discontinuity: int = 0,
        output: str = "",
    ) -> None:
        self._log = _log.bind(output=output)
        self._length = length
        self._late = late
        self._cues: dict[str, list[Cue]] = {track: [] for track in tracks}
        self._put_off_until: dict[str, Ticks] = {}
        self._out: dict[str, set[int]] = {}
        """Cues of each track that are in a cut segment and go on in the next."""
        self.counts: dict[str, CueCounts] = {track: CueCounts() for track in self._cues}
        self._number = first_number
        self._discontinuity = first_discontinuity
        self._next: Ticks | None = None
        self._anchor: Ticks = 0
        self._offset: Ticks = 0

    @property
    def discontinuity(self) -> int:
        """How many discontinuities lie before the next segment."""
        return self._discontinuity

    @property
    def offset(self) -> Ticks:
        """Session time less feed time now."""
        return self._offset

    @property
    def tracks(self) -> tuple[str, ...]:
        """Names of the tracks."""
        return tuple(self._cues)

    def add_track(self, track: str) -> None:
        """Cut one more track from the next segment on."""
        self._cues.setdefault(track, [])
        self.counts.setdefault(track, CueCounts())

    def add(self, track: str, cue: Cue) -> bool:
        """Take a cue, in any order; False if it is lost."""
        counts, out = self.counts[track], self._next
        if out is None or cue.start >= out:
            counts.on_time += 1
        elif cue.end > out:
            counts.partly_late += 1
            late = to_seconds(out - cue.start)
            self._log.info("segments.cue_late", track=track, seconds=late)
        else:
            put_off = self._put_off(track, cue, out)
            if put_off is None:
                counts.lost += 1
                self._log.warning(
                    "segments.cue_lost", track=track, seconds=to_seconds(out - cue.end)
                )
                return False
            counts.put_off += 1
            shift = to_seconds(put_off.start - cue.start)
            self._log.warning("segments.cue_put_off", track=track, seconds=shift)
            cue = put_off
        self._cues[track].append(cue)
        return True

    def correct(self, track: str, cue: Cue) -> bool:
        """What a cue says now; False if a segment with it is cut, so that it must stay."""
        cues = self._cues.get(track, [])
        place = next((n for n, known in enumerate(cues) if known.index == cue.index), None)
        if place is None or cue.index in self._out.get(track, ()):
            return False
        if cue.lines:
            cues[place] = replace(cues[place], lines=cue.lines, words=cue.words)
        else:
            del cues[place]
        return True

    def drop(self) -> None:
        """Forget what is not cut: it is not to be shown any more."""
        for cues in self._cues.values():
            cues.clear()
        self._put_off_until.clear()

    def _put_off(self, track: str, cue: Cue, out: Ticks) -> Cue | None:
        """The cue where it can still be shown, after others that were put off; None: too late."""
        start = max(out, self._put_off_until.get(track, out))
        if start - cue.start > self._late:
            return None
        end = start + max(_LEAST_SHOWN, cue.end - cue.start)
        self._put_off_until[track] = end
        return replace(cue, start=start, end=end)

    def begin(
        self, at: Ticks, offset: Ticks, after: Ticks, *, discontinuity: bool = True
    ) -> list[Segment]:
        """A stretch of the feed begins: cut what is before it short.

        A long time between the stretches is left out: a player goes straight from one to the other.

        Args:
            at: Session time; where segments are out already beyond it, the stretch begins there.
            offset: Session time less feed time from here on.
            after: Session time at which the stretch before ended.
            discontinuity: Mark it although the clock goes on. Without that nothing changes: the
                time between has segments as any other.
        """
        if self._next is None:
            self._next = self._anchor = at
            self._offset = offset
            return []
        if not discontinuity:
            return []
        fill = max(self._next, after)
        if at - fill <= _LONGEST_FILL * self._length:
            fill = max(fill, at)
        done = self.advance(fill)
        if fill > self._next:
            done.append(self._cut(fill))
        self._next = self._anchor = max(self._next, at)
        self._offset = offset
        self._discontinuity += 1
        return done

    def advance(self, until: Ticks) -> list[Segment]:
        """Cut the segments that end at or before ``until``."""
        done: list[Segment] = []
        while self._next is not None and self._next + self._length <= until:
            done.append(self._cut(self._next + self._length))
        return done

    def finish(self, end: Ticks) -> list[Segment]:
        """The session ends: cut until ``end`` and until every cue has been shown."""
        if self._next is None:
            return []
        last = max((cue.end for cues in self._cues.values() for cue in cues), default=end)
        end = max(end, last)
        done = self.advance(end)
        if end > self._next:
            done.append(self._cut(end))
        return done

    def _cut(self, end: Ticks) -> Segment:
        start = self._next
        assert start is not None, "cut after the beginning"
        shown = {
            track: tuple(
                sorted(
                    (cue for cue in cues if cue.start < end and cue.end > start),
                    key=lambda cue: (cue.start, cue.index),
                )
            )
            for track, cues in self._cues.items()
        }
        segment = Segment(
            self._number, self._discontinuity, start, end, self._anchor, self._offset, shown
        )
        for track, cues in self._cues.items():
            self._cues[track] = [cue for cue in cues if cue.end > end]
            self._out[track] = {cue.index for cue in self._cues[track] if cue.start < end}
        self._number += 1
        self._next = end
        return segment
