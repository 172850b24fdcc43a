"""Two WatchCues streams a session, shared by all who look on through this gateway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from dauys.client import (
    AsyncClient,
    Controlled,
    CueEvent,
    CueView,
    DauysClientError,
    FeedChanged,
    LiveSession,
    LiveSessionState,
)

from services.gateway.channel import Channel, Viewer
from services.gateway.lines import captions, notice, state_name
from services.gateway.view_stream import ViewStream, Watch

_log = structlog.get_logger(__name__)

_HISTORY: Final = 10_000
"""Lines kept: as many events as a server keeps."""

_LINGER: Final = 60.0
"""Seconds that a session is watched on after its last viewer has gone."""

_CATCH_UP: Final = 5.0
"""Seconds that a viewer waits until its session's past is here."""

_ENDED: Final = (state_name(LiveSessionState.STOPPED), state_name(LiveSessionState.FAILED))


class Hub:
    """Watches one session.

    Operators and outputs get streams of their own from the services, which keep from outputs what
    is held or killed (``CueView.OUTPUTS``).

    Args:
        session: As it was when the watching began.
        watch: Its events after an id, in a view, until it ends.
        viewer_queue: Lines a viewer may fall behind.
    """

    def __init__(self, session: LiveSession, watch: Watch, viewer_queue: int) -> None:
        self._name = session.name
        self.operators = Channel(_HISTORY, viewer_queue)
        self.outputs = Channel(_HISTORY, viewer_queue)
        self._whole = ViewStream(watch, CueView.ALL, self.operators, self._note)
        self._shown = ViewStream(watch, CueView.OUTPUTS, self.outputs)
        self.captions = session.captions
        self.state = state_name(session.state)
        self._target = session.last_event_id
        if not self._target:
            self._whole.caught_up.set()
        self._over = False

    @property
    def viewers(self) -> int:
        """How many look on."""
        return self.operators.viewers + self.outputs.viewers

    @property
    def gone(self) -> bool:
        """The services no longer know the session."""
        return self._whole.gone or self._shown.gone

    @property
    def broken(self) -> bool:
        """It is no longer watched, and not because it has ended: to be watched anew."""
        return self._over and self.state not in _ENDED

    async def catch_up(self, *, operator: bool) -> None:
        """Wait until what had happened before the watching began is here."""
        await (self._whole if operator else self._shown).caught_up.wait()

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
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._whole.run())
                group.create_task(self._shown.run())
        except* DauysClientError as errors:
            reason = str(errors.exceptions[0])
            _log.warning("gateway.watch_failed", session=self._name, reason=reason)
            for channel in (self.operators, self.outputs):
                channel.publish(notice("gateway", text="failed"))
        finally:
            self._over = True
            for stream in (self._whole, self._shown):
                stream.caught_up.set()
            self.operators.close()
            self.outputs.close()

    def _note(self, event: CueEvent) -> None:
        if isinstance(event, Controlled):
            self.captions = event.captions
        elif isinstance(event, FeedChanged):
            self.state = state_name(event.state)
        if self._whole.last_event >= self._target:
            self._whole.caught_up.set()


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
                    await hub.catch_up(operator=how["operator"])
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

            def watch(after: int, view: CueView) -> AsyncIterator[CueEvent]:
                return self._client.watch_cues(name, after, view=view)

            hub = Hub(session, watch, self._viewer_queue)
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
