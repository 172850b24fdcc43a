"""Which cues are out, for the report of an output in segments."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Protocol

from streaming.cues.model import Cue
from streaming.delivery.context import OutputReport
from streaming.delivery.segments.segmenter import Segment


class TrackFiles(Protocol):
    """What is known of a track's segments in a folder."""

    @property
    def listed_until(self) -> int:
        """Number of the last segment that players can find; -1: none."""
        ...

    @property
    def lost(self) -> Container[int]:
        """Numbers of the latest segments that could not be written."""
        ...


class Publication:
    """Tells a report of each cue when the first segment that has it is listed.

    Args:
        report: What is told.
    """

    def __init__(self, report: OutputReport) -> None:
        self._report = report
        self._failure = ""
        self._waiting: dict[str, deque[tuple[int, Cue]]] = {}
        """Of each track, cues by the number of their first segment."""
        self._in_last: dict[str, set[int]] = {}

    def cut(self, segment: Segment) -> None:
        """A segment was cut and waits to be written."""
        for track, cues in segment.cues.items():
            known = self._in_last.get(track, set())
            waiting = self._waiting.setdefault(track, deque())
            waiting.extend((segment.number, cue) for cue in cues if cue.index not in known)
            self._in_last[track] = {cue.index for cue in cues}

    def lost(self, track: str, cue: Cue) -> None:
        """A cue came too late for any segment."""
        self._report.lost(track, cue, "it came too late")

    def listed(self, writers: Mapping[str, TrackFiles], failure: str) -> None:
        """Files were written, as far as that went.

        Args:
            writers: Of the tracks.
            failure: What could not be written; empty: all was.
        """
        now = datetime.now(UTC)
        for track, waiting in self._waiting.items():
            while waiting and waiting[0][0] <= writers[track].listed_until:
                number, cue = waiting.popleft()
                if number in writers[track].lost:
                    self._report.lost(track, cue, "its segment could not be written")
                else:
                    self._report.shown(track, cue, now)
        if failure and failure != self._failure:
            self._report.failing(failure)
        elif self._failure and not failure:
            self._report.working()
        self._failure = failure
