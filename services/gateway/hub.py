"""One WatchCues stream a session, shared by all who look on through this gateway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

import structlog
from dauys.client import (
    AsyncClient,
    Controlled,
    CueEvent,
    DauysClientError,
    FeedChanged,
    LiveSession,
    LiveSessionState,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)

from services.gateway.channel import Channel, Viewer
from services.gateway.lines import Line, captions, line, notice, state_name
from services.gateway.output_gate import OutputGate

_log = structlog.get_logger(__name__)

_HISTORY: Final = 10_000
"""Lines kept: as many events as a server keeps."""

_LINGER: Final = 60.0
"""Seconds that a session is watched on after its last viewer has gone."""

_CATCH_UP: Final = 5.0
"""Seconds that a viewer waits until its session's past is here."""

_RETRY: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the services cannot be reached; the last one again and again."""

_ENDED: Final = (state_name(LiveSessionState.STOPPED), state_name(LiveSessionState.FAILED))


class Hub:
    """Watches one session.

    Args:
        session: As it was when the watching began.
        watch: Its events after an id, until it ends.
        viewer_queue: Lines a viewer may fall behind.
    """

    def __init__(
        self,
        session: LiveSession,
        watch: Callable[[int], AsyncIterator[CueEvent]],
        viewer_queue: int,
    ) -> None:
        self._name = session.name
        self._watch = watch
        self.operators = Channel(_HISTORY, viewer_queue)
        self.outputs = Channel(_HISTORY, viewer_queue)
        self.captions = session.captions
        self.state = state_name(session.state)
        self._gate = OutputGate()
        self._last_event = 0
        self._target = session.last_event_id
        self.caught_up = asyncio.Event()
        """What had happened before the watching began is here."""
        if not self._target:
            self.caught_up.set()
        self.gone = False
        """The services no longer know the session."""

        self._over = False

    @property
    def viewers(self) -> int:
        """How many look on."""
        return self.operators.viewers + self.outputs.viewers

    @property
    def broken(self) -> bool:
        """It is no longer watched, and not because it has ended: to be watched anew."""
        return self._over and self.state not in _ENDED

    def join(
        self, *, operator: bool, after: int, last: int | None, tracks: list[str] | None
    ) -> Viewer:
        """Look on, as an operator or as an output; the greeting says how things stand."""
        channel = self.operators if operator else self.outputs
        greeting = notice(
            "hello",
            session=self._name,
            state=self.state,
            missed=channel.lacks(after),
            **captions(self.captions),
        )
        return channel.join(after, last, tracks, greeting)

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        self.operators.leave(viewer)
        self.outputs.leave(viewer)

    async def run(self) -> None:
        """Hand events on until the session ends or is no longer known."""
        failures = 0
        try:
            while True:
                try:
                    async with contextlib.aclosing(self._events()) as events:
                        async for event in events:
                            if failures:
                                self._tell_all(notice("gateway", text="connected"))
                            failures = 0
                            self._hand_on(event)
                    return
                except NotFoundError:
                    self.gone = True
                    return
                except (UnavailableError, ResourceExhaustedError) as error:
                    if not failures:
                        _log.warning("gateway.services_lost", reason=error.message)
                        self._tell_all(notice("gateway", text="services-unreachable"))
                    delay = _RETRY[min(failures, len(_RETRY) - 1)]
                    failures += 1
                await asyncio.sleep(delay)
        except DauysClientError as error:
            _log.warning("gateway.watch_failed", session=self._name, reason=error.message)
            self._tell_all(notice("gateway", text="failed"))
        finally:
            self._over = True
            self.caught_up.set()
            self.operators.close()
            self.outputs.close()

    async def _events(self) -> AsyncGenerator[CueEvent, None]:
        async for event in self._watch(self._last_event):
            yield event

    def _hand_on(self, event: CueEvent) -> None:
        if self._last_event == 0 and event.event_id > 1:
            # The beginning is no longer kept, perhaps with the act that put the captions so.
            self._gate = OutputGate(self.captions)
        self._last_event = max(self._last_event, event.event_id)
        if isinstance(event, Controlled):
            self.captions = event.captions
        elif isinstance(event, FeedChanged):
            self.state = state_name(event.state)
        whole = line(event)
        self.operators.publish(whole)
        for admitted in self._gate.admit(event):
            self.outputs.publish(whole if admitted is event else line(admitted))
        if self._last_event >= self._target:
            self.caught_up.set()
        if event.dropped_events:
            _log.warning("gateway.missed", session=self._name, events=event.dropped_events)
            self._tell_all(notice("missed", count=event.dropped_events))

    def _tell_all(self, said: Line) -> None:
        self.operators.publish(said)
        self.outputs.publish(said)


class Hubs:
    """The sessions that are watched now. Use as an async context manager.

    Args:
        client: Calls the services.
        viewer_queue: Lines a viewer may fall behind.
        linger: Seconds that a session is watched on after its last viewer has gone.
    """

    def __init__(self, client: AsyncClient, viewer_queue: int, linger: float = _LINGER) -> None:
        self._client = client
        self._viewer_queue = viewer_queue
        self._linger = linger
        self._hubs: dict[str, Hub] = {}
        self._opening = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Hubs:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for timer in self._leaving.values():
            timer.cancel()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def known(self, session_id: str) -> Hub | None:
        """A session's hub, if it is watched."""
        return self._hubs.get(session_id)

    @contextlib.asynccontextmanager
    async def looking_on(self, session_id: str, **how: Any) -> AsyncIterator[tuple[Hub, Viewer]]:
        """Look on at a session; ``how`` as in ``Hub.join``.

        Raises:
            NotFoundError: there is no such session.
            DauysClientError: the services cannot be asked.
        """
        hub = await self.open(session_id)
        timer = self._leaving.pop(session_id, None)
        if timer is not None:
            timer.cancel()
        viewer: Viewer | None = None
        try:
            with contextlib.suppress(TimeoutError):  # What is late comes as it comes.
                async with asyncio.timeout(_CATCH_UP):
                    await hub.caught_up.wait()
            viewer = hub.join(**how)
            yield hub, viewer
        finally:
            if viewer is not None:
                hub.leave(viewer)
            if not hub.viewers and self._hubs.get(session_id) is hub:
                self._leave_later(session_id)

    async def open(self, session_id: str) -> Hub:
        """A session's hub; it is let go again if nobody looks on.

        Raises:
            NotFoundError: there is no such session.
            DauysClientError: the services cannot be asked.
        """
        async with self._opening:
            hub = self._hubs.get(session_id)
            if hub is not None and not hub.broken:
                return hub
            name = f"liveSessions/{session_id}"
            session = await self._client.get_live_session(name)
            hub = Hub(
                session, lambda after: self._client.watch_cues(name, after), self._viewer_queue
            )
            self._hubs[session_id] = hub
            self._tasks[session_id] = asyncio.create_task(hub.run(), name=f"hub-{session_id}")
            self._leave_later(session_id)
            return hub

    def _leave_later(self, session_id: str) -> None:
        def leave() -> None:
            self._leaving.pop(session_id, None)
            hub = self._hubs.get(session_id)
            if hub is not None and not hub.viewers:
                del self._hubs[session_id]
                self._tasks.pop(session_id).cancel()

        known = self._leaving.pop(session_id, None)
        if known is not None:
            known.cancel()
        self._leaving[session_id] = asyncio.get_running_loop().call_later(self._linger, leave)
