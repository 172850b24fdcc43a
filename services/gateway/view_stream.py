"""One view of a session, from the services into a channel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

import structlog
from dauys.client import (
    CaughtUp,
    CueEvent,
    CueView,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)

from services.gateway.channel import Channel
from services.gateway.lines import Line, line, notice

_log = structlog.get_logger(__name__)

_RETRY: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the services cannot be reached; the last one again and again."""

Watch = Callable[[int, CueView], AsyncIterator[CueEvent]]
"""A session's events after an id, in a view, until it ends."""


class ViewStream:
    """Watches on after a break, from the last event that came.

    What outputs may show is handed on once the services say that they were told the past: services
    that know no views, and would tell outputs everything, never do.

    Args:
        watch: Asks the services.
        view: What is asked for.
        channel: Takes the lines.
        note: Sees each event before its line is handed on.
    """

    def __init__(
        self,
        watch: Watch,
        view: CueView,
        channel: Channel,
        note: Callable[[CueEvent], None] = lambda event: None,
    ) -> None:
        self._watch = watch
        self._view = view
        self._channel = channel
        self._note = note
        self._early: list[Line] = []
        self.last_event = 0
        self.gone = False
        """The services no longer know the session."""
        self.caught_up = asyncio.Event()
        """What had happened before the watching began is here."""

    async def run(self) -> None:
        """Hand events on until the session ends or is no longer known.

        Raises:
            DauysClientError: it cannot be watched.
        """
        failures = 0
        while True:
            try:
                async with contextlib.aclosing(self._events()) as events:
                    async for event in events:
                        if failures:
                            self._channel.publish(notice("gateway", text="connected"))
                        failures = 0
                        self._hand_on(event)
                return
            except NotFoundError:
                self.gone = True
                return
            except (UnavailableError, ResourceExhaustedError) as error:
                if not failures:
                    _log.warning(
                        "gateway.services_lost", view=self._view.name, reason=error.message
                    )
                    self._channel.publish(notice("gateway", text="services-unreachable"))
                delay = _RETRY[min(failures, len(_RETRY) - 1)]
                failures += 1
            await asyncio.sleep(delay)

    async def _events(self) -> AsyncGenerator[CueEvent, None]:
        async for event in self._watch(self.last_event, self._view):
            yield event

    def _hand_on(self, event: CueEvent) -> None:
        self.last_event = max(self.last_event, event.event_id)
        self._note(event)
        if isinstance(event, CaughtUp):
            for early in self._early:
                self._channel.publish(early)
            self._early = []
            self.caught_up.set()
            return
        if self._view is CueView.OUTPUTS and not self.caught_up.is_set():
            self._early.append(line(event))
        else:
            self._channel.publish(line(event))
        if event.dropped_events:
            _log.warning("gateway.missed", view=self._view.name, events=event.dropped_events)
            self._channel.publish(notice("missed", count=event.dropped_events))
