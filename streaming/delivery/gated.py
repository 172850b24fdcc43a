"""A session's events as its outputs may see them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from streaming.delivery.gate import OutputGate
from streaming.session_events import CaptionState, ControlAction, Controlled, SessionEvent
from streaming.watchers import Subscription

_UNDONE = {
    ControlAction.HOLD: {"held": False},
    ControlAction.RELEASE: {"held": True},
    ControlAction.KILL: {"killed": False},
    ControlAction.RESTORE: {"killed": True},
}


class Watched(Protocol):
    """What of a session is needed to look on: ``LiveSession`` has it."""

    def subscribe(self, after_event: int = 0) -> Subscription:
        """Watch from an event on."""
        ...

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a watcher."""
        ...


class GatedEvents:
    """Iterate it: events that ``OutputGate`` lets through, until the session ends.

    The gate sees all that the session keeps, also what came before ``after_event``: whoever comes
    late finds things as they stand, and gets what is held back when it is released. A reader that
    is slow finds what it missed in what the session keeps; ``dropped`` counts what was not there
    any more.

    Args:
        session: Whose events.
        after_event: Only events with a higher id; those that were held back then come all the same.
        captions: What outputs may show now, for the case that no event tells.
    """

    def __init__(
        self, session: Watched, after_event: int = 0, captions: CaptionState | None = None
    ) -> None:
        self._session = session
        self._subscription = session.subscribe()
        self._ready: deque[SessionEvent] = deque()
        self._told_missing = 0
        self._last = 0
        self.dropped = 0
        self._lost = self._subscription.dropped
        kept = self._subscription.drain()
        self._gate = OutputGate(_captions_before(kept, captions or CaptionState()))
        for event in kept:
            if event.event_id <= after_event:
                self._pass(event)
        if kept and kept[0].event_id > after_event + 1:
            self.dropped = kept[0].event_id - after_event - 1
        self._ready.clear()
        for event in kept:
            if event.event_id > after_event:
                self._admit(event)

    def _pass(self, event: SessionEvent) -> None:
        self._last = max(self._last, event.event_id)
        for _ in self._gate.admit(event):
            pass

    def _admit(self, event: SessionEvent) -> None:
        self._last = max(self._last, event.event_id)
        self._ready.extend(self._gate.admit(event))

    def past(self) -> list[SessionEvent]:
        """What can be read without waiting: first of all what the session keeps."""
        past = list(self._ready)
        self._ready.clear()
        return past

    def __aiter__(self) -> GatedEvents:
        return self

    async def __anext__(self) -> SessionEvent:
        while not self._ready:
            event = await anext(self._subscription)
            if self._subscription.dropped > self._lost:
                self._catch_up()
            else:
                self._admit(event)
        return self._ready.popleft()

    def _catch_up(self) -> None:
        """Take what was missed from what the session keeps."""
        self._session.unsubscribe(self._subscription)
        self._subscription = self._session.subscribe(self._last)
        self._lost = self._subscription.dropped
        self.dropped += self._lost
        for event in self._subscription.drain():
            self._admit(event)

    def end(self) -> None:
        """Nothing more is wanted: what came until now can still be read."""
        self._session.unsubscribe(self._subscription)
        self._subscription.close()

    def close(self) -> None:
        """Look on no more."""
        self._session.unsubscribe(self._subscription)


def _captions_before(kept: Iterable[SessionEvent], now: CaptionState) -> CaptionState:
    """What outputs might show before the first event that is kept."""
    for event in kept:
        if isinstance(event.body, Controlled):
            changed = _UNDONE.get(event.body.action, {})
            return replace(event.body.captions, **changed)
    return now
