"""What stands on the screen of an output whose picture is delayed, at any session time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from foundation.media_time import TICKS_PER_SECOND, Ticks, to_seconds
from streaming.cues.model import Cue
from streaming.delivery.context import NoReport, OutputReport
from streaming.session_events import (
    CaptionState,
    Cleared,
    ControlAction,
    Controlled,
    Corrected,
    CueReady,
    SessionEvent,
)

_log = structlog.get_logger(__name__)

_LEAST_SHOWN: Final = TICKS_PER_SECOND
"""A cue that is shown later than it was spoken stays for a second at least."""

_LATE: Final = 15 * TICKS_PER_SECOND
"""A cue is put off by so much at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something on a track's screen changes."""

    track: str
    time: Ticks
    """Session time."""

    cue: Cue | None
    """What stands there now; None: nothing."""

    until: Ticks
    """When it will go; ``time`` where nothing stands there."""

    at_once: bool = False
    """What was told to change before this change, though later in time, must not be seen."""


@dataclass(slots=True)
class ScreenCounts:
    """What became of a track's cues."""

    on_time: int = 0
    late: int = 0
    """Shown later than spoken, or not from their beginning: the delay is too short."""

    lost: int = 0
    """Too late even for that."""


@dataclass(slots=True)
class _Track:
    pending: dict[int, Cue] = field(default_factory=dict)
    """Not shown yet, by index."""

    given: dict[int, Cue] = field(default_factory=dict)
    """The same with the times that they came with."""

    current: Cue | None = None
    put_off_until: Ticks = 0

    def forget(self, index: int) -> Cue:
        """Take one out of what is not shown yet; return it as it was given."""
        del self.pending[index]
        return self.given.pop(index)


class Screen:
    """Keeps finished cues until their time has come, in the text that they have by then.

    Held, nothing new appears, not even what had been let out before. Cleared, what stands there
    goes. Killed, what waits goes too, and what was said before the restoring never appears.

    Args:
        tracks: Names of the tracks that are shown.
        report: Is told what becomes of cues.
        captions: What outputs may show at the beginning.
        works: Does what is shown go out? Otherwise cues that are shown are reported lost.
    """

    def __init__(
        self,
        tracks: Iterable[str],
        report: OutputReport | None = None,
        captions: CaptionState | None = None,
        works: Callable[[], bool] = lambda: True,
    ) -> None:
        self._tracks = {track: _Track() for track in tracks}
        self._report = report or NoReport()
        self._works = works
        self.unlabelled = (captions or CaptionState()).unlabelled
        """Cues need not be marked as automatic."""

        self.counts = {track: ScreenCounts() for track in self._tracks}
        self._position: Ticks | None = None
        self._held = False
        self._killed = False
        self._silent_until: Ticks = 0
        self._heard_until: Ticks = 0
        self._urgent: list[str] = []
        self._done_early: set[float] = set()
        """When acts came that the gate let through before their turn; they come again in it."""

    @property
    def tracks(self) -> tuple[str, ...]:
        """Names of the tracks."""
        return tuple(self._tracks)

    def add_track(self, track: str) -> None:
        """Show one more."""
        self._tracks.setdefault(track, _Track())
        self.counts.setdefault(track, ScreenCounts())

    def take(self, event: SessionEvent, heard_until: Ticks) -> None:
        """Take note of an event; those of other tracks are passed over.

        Args:
            event: Of the session.
            heard_until: Session time at which the received audio ends now.
        """
        self._heard_until = heard_until
        if isinstance(event.body, Cleared | Controlled) and self._comes_again(event):
            return
        match event.body:
            case CueReady(cue) if event.track in self._tracks:
                self._add(event.track, cue)
            case Corrected(_, cues) if event.track in self._tracks:
                for cue in cues:
                    self._correct(event.track, cue)
            case Cleared() if self._all_shown:
                self._clear()
            case Controlled():
                self._control(event.body)
            case _:
                pass

    @property
    def _all_shown(self) -> bool:
        """No picture is held any more: where the feed is lost, what stands does not go by itself.

        While there is, a cue that stands belongs to it and goes in its time.
        """
        return self._position is None or self._position >= self._heard_until

    def _comes_again(self, event: SessionEvent) -> bool:
        """An act that was applied before: what has appeared since must not be cleared by it."""
        control = event.body.action if isinstance(event.body, Controlled) else ControlAction.CLEAR
        if control is not ControlAction.CLEAR:
            return False
        if event.event_id == 0:
            self._done_early.add(event.wall)
            return False
        again = event.wall in self._done_early
        self._done_early.discard(event.wall)
        return again

    def advance(self, until: Ticks) -> list[Change]:
        """All changes up to this session time, in order; urgent ones first, at that time.

        Time never goes back: an earlier one is taken for the last.
        """
        until = until if self._position is None else max(until, self._position)
        changes = [
            self._change(track, until, at_once=True) for track in dict.fromkeys(self._urgent)
        ]
        self._urgent.clear()
        self._position = until
        for name, track in self._tracks.items():
            changes += self._advance(name, track, until)
        changes.sort(key=lambda change: (not change.at_once, change.time))
        return changes

    def _advance(self, name: str, track: _Track, until: Ticks) -> list[Change]:
        changes: list[Change] = []
        while True:
            waiting = track.pending.values() if not self._held else ()
            following = min(waiting, key=lambda cue: cue.start, default=None)
            current = track.current
            latest = until if current is None else min(until, current.end)
            if following is not None and following.start <= latest:
                given = track.forget(following.index)
                track.current = following
                if self._works():
                    self._report.shown(name, given)
                else:
                    self._report.lost(name, given, "the target is not reached")
                changes.append(self._change(name, following.start))
                continue
            if current is None or current.end > until:
                return changes
            track.current = None
            changes.append(self._change(name, current.end))

    def _change(self, name: str, time: Ticks, *, at_once: bool = False) -> Change:
        cue = self._tracks[name].current
        return Change(name, time, cue, time if cue is None else cue.end, at_once)

    def _add(self, name: str, cue: Cue) -> None:
        track, counts = self._tracks[name], self.counts[name]
        if self._killed or cue.start < self._silent_until or not cue.lines:
            return
        placed = self._placed(track, cue)
        if placed is None:
            counts.lost += 1
            assert self._position is not None, "late"
            late = to_seconds(self._position - cue.start)
            _log.warning("picture.cue_lost", track=name, seconds=late)
            self._report.lost(name, cue, "too late")
            return
        if placed.start == cue.start:
            counts.on_time += 1
        else:
            counts.late += 1
            late = to_seconds(placed.start - cue.start)
            _log.info("picture.cue_late", track=name, seconds=late)
        track.pending[cue.index], track.given[cue.index] = placed, cue

    def _placed(self, track: _Track, cue: Cue) -> Cue | None:
        """The cue where it can still be shown; None: too late."""
        out = self._position
        if out is None:
            return cue
        # After one that was put off comes what was said after it, never before.
        earliest = max(out + 1, track.put_off_until)
        if cue.start >= earliest:
            return cue
        if cue.end >= earliest + _LEAST_SHOWN:
            return replace(cue, start=earliest)
        if earliest - cue.start > _LATE:
            return None
        end = earliest + max(_LEAST_SHOWN, cue.end - cue.start)
        track.put_off_until = end
        return replace(cue, start=earliest, end=end)

    def _correct(self, name: str, cue: Cue) -> None:
        track = self._tracks[name]
        current = track.current
        if cue.index in track.pending:
            old = track.pending[cue.index]
            if cue.lines:
                track.pending[cue.index] = replace(cue, start=old.start, end=old.end)
            else:
                track.forget(cue.index)
        elif current is not None and current.index == cue.index:
            track.current = (
                replace(cue, start=current.start, end=current.end) if cue.lines else None
            )
            self._urgent.append(name)

    def _clear(self) -> None:
        for name, track in self._tracks.items():
            if track.current is not None:
                track.current = None
                self._urgent.append(name)

    def _control(self, control: Controlled) -> None:
        self.unlabelled = control.captions.unlabelled
        was_held, was_killed = self._held, self._killed
        self._held, self._killed = control.captions.held, control.captions.killed
        if self._killed:
            self._clear()
            for track in self._tracks.values():
                track.pending.clear()
                track.given.clear()
                track.put_off_until = 0
        elif was_killed:
            self._silent_until = self._heard_until
        if control.action is ControlAction.CLEAR:
            self._clear()
        if was_held and not self._held:
            for name, track in self._tracks.items():
                for cue in sorted(track.pending.values(), key=lambda cue: cue.start):
                    placed = self._placed(track, cue)
                    if placed is None:
                        self.counts[name].lost += 1
                        self._report.lost(name, track.forget(cue.index), "held too long")
                    else:
                        track.pending[cue.index] = placed
