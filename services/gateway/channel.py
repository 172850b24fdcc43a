"""One stream of lines to any number of viewers, each with a bounded queue of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from services.gateway.lines import Line

LINES_AT_ONCE: Final = 100
"""A viewer that is behind gets several lines in one message."""


class Viewer:
    """Reads lines in portions; dropped when it falls behind by more than ``limit`` of them.

    Attributes:
        dropped: It read too slowly and gets nothing any more; ``resume_after`` is the last event
            that it took.
        resume_after: Id of the last event that was handed out.
    """

    def __init__(self, backlog: list[Line], tracks: frozenset[str] | None, limit: int) -> None:
        self._tracks = tracks
        self._pending: deque[Line] = deque(line for line in backlog if self.wants(line))
        self._limit = limit + len(self._pending)
        self._wake = asyncio.Event()
        self._closed = False
        self.dropped = False
        self.resume_after = 0

    def wants(self, line: Line) -> bool:
        """Is the line of one of the viewer's tracks, or of the whole session?"""
        return self._tracks is None or not line.track or line.track in self._tracks

    def offer(self, line: Line) -> bool:
        """Queue a line; False: the viewer has fallen too far behind and is dropped."""
        if line.tentative and self._pending:
            last = self._pending[-1]
            if last.tentative and last.track == line.track:
                self._pending[-1] = line
                return True
        if len(self._pending) >= self._limit:
            self.dropped = True
            self._pending.clear()
            self.close()
            return False
        self._pending.append(line)
        self._wake.set()
        return True

    def close(self) -> None:
        """No more lines come: what is queued can still be read."""
        self._closed = True
        self._wake.set()

    async def read(self) -> list[Line]:
        """The next lines, in order, at most ``LINES_AT_ONCE``; none: that was all."""
        while not self._pending:
            if self._closed:
                return []
            self._wake.clear()
            await self._wake.wait()
        portion = [self._pending.popleft() for _ in range(min(LINES_AT_ONCE, len(self._pending)))]
        self.resume_after = max(self.resume_after, *(line.event_id for line in portion))
        return portion


class Channel:
    """Keeps the last lines and hands each to all viewers.

    Args:
        history: Lines kept for those who come late or return.
        viewer_queue: Lines a viewer may fall behind.
    """

    def __init__(self, history: int, viewer_queue: int) -> None:
        self._history: deque[Line] = deque(maxlen=history)
        self._viewer_queue = viewer_queue
        self._viewers: set[Viewer] = set()
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many look on."""
        return len(self._viewers)

    def lacks(self, after: int) -> bool:
        """Have events after ``after`` been forgotten already?"""
        full = len(self._history) == self._history.maxlen
        return bool(after) and full and self._history[0].event_id > after + 1

    def publish(self, line: Line) -> None:
        """Hand a line to all viewers; one that does not read is dropped alone."""
        if line.event_id:
            self._history.append(line)
        late = [viewer for viewer in self._viewers if viewer.wants(line) and not viewer.offer(line)]
        self._viewers.difference_update(late)

    def join(
        self,
        after: int = 0,
        last: int | None = None,
        tracks: Iterable[str] | None = None,
        greeting: Line | None = None,
    ) -> Viewer:
        """Look on from event ``after`` on.

        Args:
            after: Only events with a higher id.
            last: At most so many kept events, the newest.
            tracks: Only these tracks and what is the whole session's.
            greeting: Comes first.
        """
        wanted = None if tracks is None else frozenset(tracks)
        kept = [line for line in self._history if line.event_id > after]
        if wanted is not None:
            kept = [line for line in kept if not line.track or line.track in wanted]
        if last is not None:
            kept = kept[max(0, len(kept) - last) :]
        viewer = Viewer([*([greeting] if greeting else []), *kept], wanted, self._viewer_queue)
        if self._closed:
            viewer.close()
        else:
            self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        self._viewers.discard(viewer)

    def close(self) -> None:
        """Nothing more comes."""
        self._closed = True
        for viewer in self._viewers:
            viewer.close()
        self._viewers.clear()
