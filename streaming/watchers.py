"""Who watches a session, and what it keeps for those who come late."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable

from streaming.session_events import SessionEvent, SessionEventBody, TentativeText


class Subscription:
    """One watcher's view of a session. Iterate it; ``dropped`` counts what it missed."""

    def __init__(self, backlog: list[SessionEvent], limit: int) -> None:
        self._pending: deque[SessionEvent] = deque(backlog)
        self._limit = limit + len(backlog)
        self._wake = asyncio.Event()
        self._closed = False
        self.dropped = 0

    def offer(self, event: SessionEvent) -> None:
        """Queue an event; never blocks, never raises."""
        if isinstance(event.body, TentativeText):
            self._forget_tentative(event.track)
            if len(self._pending) >= self._limit:
                return
        if len(self._pending) >= self._limit:
            lost = self._pending.popleft()
            self.dropped += not isinstance(lost.body, TentativeText)
        self._pending.append(event)
        self._wake.set()

    def _forget_tentative(self, track: str) -> None:
        """Drop a track's last tentative text, unless something else has come since."""
        for place in range(len(self._pending) - 1, -1, -1):
            event = self._pending[place]
            if not isinstance(event.body, TentativeText):
                return
            if event.track == track:
                del self._pending[place]
                return

    def drain(self) -> list[SessionEvent]:
        """What is queued now, without waiting."""
        queued = list(self._pending)
        self._pending.clear()
        return queued

    def close(self) -> None:
        """Let the watcher read what is queued, then end."""
        self._closed = True
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[SessionEvent]:
        return self

    async def __anext__(self) -> SessionEvent:
        while not self._pending:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._pending.popleft()


class EventLog:
    """Numbers events, keeps the last ones and hands them to all watchers.

    Args:
        history: Events kept.
        watcher_queue: Events a slow watcher may fall behind before it misses some.
    """

    def __init__(self, history: int, watcher_queue: int) -> None:
        self._history: deque[SessionEvent] = deque(maxlen=history)
        self._watcher_queue = watcher_queue
        self._watchers: set[Subscription] = set()
        self._count = 0
        self._closed = False

    @property
    def kept(self) -> Iterable[SessionEvent]:
        """The events of the history, oldest first."""
        return self._history

    @property
    def last_event_id(self) -> int:
        """Of the newest event; 0: there was none."""
        return self._count

    @property
    def closed(self) -> bool:
        """Nothing more comes."""
        return self._closed

    def publish(self, track: str, wall: float, body: SessionEventBody) -> int:
        """Tell all watchers; tentative text is neither numbered nor kept.

        Returns:
            The event's id; 0 for tentative text.
        """
        kept = not isinstance(body, TentativeText)
        self._count += kept
        event = SessionEvent(self._count if kept else 0, wall, track, body)
        if kept:
            self._history.append(event)
        for watcher in self._watchers:
            watcher.offer(event)
        return event.event_id

    def subscribe(self, after_event: int = 0) -> Subscription:
        """Watch from event ``after_event`` on, as far back as the history reaches."""
        backlog = [event for event in self._history if event.event_id > after_event]
        subscription = Subscription(backlog, self._watcher_queue)
        oldest_kept = self._history[0].event_id if self._history else self._count + 1
        subscription.dropped = max(0, oldest_kept - after_event - 1)
        if self._closed:
            subscription.close()
        else:
            self._watchers.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a watcher."""
        self._watchers.discard(subscription)

    def close(self) -> None:
        """Nothing more comes: watchers read what is queued, then end."""
        self._closed = True
        for watcher in self._watchers:
            watcher.close()
        self._watchers.clear()
