"""One output of a session while it runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from foundation.errors import DauysError
from streaming.cues.presets import CuePreset
from streaming.delivery.context import OutputContext
from streaming.delivery.gated import GatedEvents, Watched
from streaming.delivery.health import OutputHealth, OutputStatus
from streaming.delivery.kinds import OutputKind, output_kind
from streaming.delivery.renditions import Rendition
from streaming.delivery.shifting import delayed, shifted
from streaming.delivery.specs import OutputSpec, check_offset
from streaming.ingest.audio_tap import AudioTaps
from streaming.ingest.media_tap import MediaTap, MediaTaps
from streaming.operator_desk import OperatorDesk
from streaming.session_clock import SessionClock
from streaming.session_events import (
    CommittedText,
    Corrected,
    CueReady,
    OutputState,
    SessionEvent,
    TentativeText,
    TrackFailed,
)

if TYPE_CHECKING:
    from streaming.interpretation.booth import Booth

_log = structlog.get_logger(__name__)

BACK_OFF: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries; the last one again and again."""

_MOST_CRASHES: Final = 5
"""In a row: then the output is given up. A fault of ours seldom passes."""

_SETTLED_SECONDS: Final = 10.0
"""An output that was begun anew and runs for so long works again."""

_END_SECONDS: Final = 15.0
"""What an output gets to finish what is open."""

_CANCEL_SECONDS: Final = 5.0
"""What an output that was cancelled gets to end; then it is left to itself."""

_TURNS: Final = 10
"""Of the event loop, in which a task that was cancelled leaves what it read."""

_OF_A_TRACK: Final = TentativeText | CommittedText | CueReady | Corrected | TrackFailed


class DeliveredSession(Watched, Protocol):
    """What outputs need of a session: ``LiveSession`` has it."""

    @property
    def operators(self) -> OperatorDesk:
        """Publishes events."""
        ...

    @property
    def clock(self) -> SessionClock:
        """Where the session is in media time."""
        ...

    @property
    def track(self) -> str:
        """Name of the spoken track."""
        ...

    @property
    def wall(self) -> float:
        """Seconds since the first audio sample was due."""
        ...

    @property
    def at_own_speed(self) -> bool:
        """The feed comes as fast as it plays."""
        ...

    @property
    def audio(self) -> AudioTaps:
        """What is heard."""
        ...


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What outputs are told of a session; it may be another when an output is begun anew."""

    id: str
    renditions: Sequence[Rendition]
    """The spoken track first."""

    preset: CuePreset
    display_name: str = ""


class RunningOutput:
    """Opens an output, feeds it, and begins it anew when it failed.

    Args:
        spec: What it is.
        session: Whose events it gets.
        facts: What it is told of the session.
        health: Takes its report.
        taps: The feed's picture and sound; None: there is none.
        back_off: Seconds between tries.
        booth: For an output that speaks.
    """

    def __init__(
        self,
        spec: OutputSpec,
        session: DeliveredSession,
        facts: Callable[[], SessionFacts],
        health: OutputHealth,
        taps: MediaTaps | None,
        back_off: Sequence[float] = BACK_OFF,
        booth: Booth | None = None,
    ) -> None:
        self.spec = spec
        self.health = health
        self._kind: OutputKind = output_kind(spec.kind)
        self._session = session
        self._facts = facts
        self._taps = taps
        self._back_off = back_off
        self._booth = booth
        self._after = session.operators.last_event_id
        self._from_start = not session.clock.stretches
        self._gated: GatedEvents | None = None
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False
        self._left = False
        """It hangs and was left to itself."""

    @property
    def status(self) -> OutputStatus:
        """How it is now."""
        health = self.health
        return OutputStatus(
            self.spec.name,
            self.spec.kind,
            health.state,
            health.detail,
            health.since,
            health.cues,
            health.lost_cues,
            health.retries,
            health.last_success,
            self.spec.offset_seconds,
            health.voice,
        )

    def set_offset(self, seconds: float) -> None:
        """Show what comes from now on so much later, or earlier where negative.

        Raises:
            InvalidArgument: names ``offset``.
        """
        check_offset(self._kind, seconds)
        self.spec = replace(self.spec, offset_seconds=seconds)

    @property
    def finish_seconds(self) -> float:
        """What it may take to hand out what it holds back, or what waits."""
        return max(0.0, self.spec.offset_seconds) + self._kind.finish_seconds(self.spec.config)

    def start(self) -> None:
        """Begin; the task never raises."""
        self.health.become(OutputState.STARTING)
        self._task = asyncio.create_task(self._run(), name=f"output-{self.spec.name}")

    async def end(self, patience: float = _END_SECONDS) -> None:
        """Let it finish what it was given, then end; one that does not is cancelled."""
        if self._task is None or self._left:
            return
        self._ending.set()
        if self._gated is not None:
            self._gated.end()
        await asyncio.wait({self._task}, timeout=patience)
        if not self._task.done():
            _log.error("output.does_not_finish", output=self.spec.name, kind=self.spec.kind)
            await self.cancel()

    async def cancel(self) -> None:
        """End it at once; one that does not even so is left to itself."""
        if self._task is None or self._task.done() or self._left:
            return
        self._ending.set()
        if not self._cancelled:  # a second time would break off how it ends: children would live on
            self._cancelled = True
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=_CANCEL_SECONDS)
        if not self._task.done():
            self._left = True
            _log.error("output.hangs", output=self.spec.name, kind=self.spec.kind)
            self.health.become(OutputState.FAILED, "it does not end")

    @property
    def done(self) -> bool:
        """It touches nothing any more."""
        return self._task is None or self._task.done()

    async def _run(self) -> None:
        try:
            await self._keep_running()
        except asyncio.CancelledError:
            self.health.become(OutputState.ENDED)
            raise
        finally:
            self.health.close()

    async def _keep_running(self) -> None:
        health, failures, crashes = self.health, 0, 0
        log = _log.bind(output=self.spec.name, kind=self.spec.kind)
        while True:
            shown = health.cues
            try:
                await self._once()
                health.become(OutputState.ENDED)
                return
            except DauysError as error:
                reason, passes = error.message, error.retryable
            except Exception:
                log.exception("output.crashed")
                crashes = 1 if health.cues > shown else crashes + 1
                reason, passes = "internal error", crashes < _MOST_CRASHES
            if not passes or self._ending.is_set():
                health.become(OutputState.FAILED, reason)
                return
            failures = 0 if health.cues > shown else failures
            health.failing(reason)
            delay = self._back_off[min(failures, len(self._back_off) - 1)]
            failures += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._ending.wait()
                health.become(OutputState.FAILED, reason)
                return

    async def _once(self) -> None:
        """Open it and let it run; from where the last try came to."""
        tap: MediaTap | None = None
        if self._taps is not None and self.spec.needs_media:
            tap = self._taps.open(self._kind.sound)
        settled: asyncio.TimerHandle | None = None
        try:
            facts = self._facts()
            from_start, self._from_start = self._from_start, False
            context = OutputContext(
                session=facts.id,
                clock=self._session.clock,
                renditions=[each for each in facts.renditions if self._carries(each.track)],
                preset=facts.preset,
                display_name=facts.display_name,
                from_start=from_start,
                media=tap,
                captions=self._session.operators.captions,
                labelled=lambda: not self._session.operators.captions.unlabelled,
                report=self.health,
                wall=(lambda: self._session.wall) if self._session.at_own_speed else None,
                audio=self._session.audio,
                booth=self._booth,
            )
            output = await asyncio.to_thread(self._kind.open, self.spec.config, context)
            gated = GatedEvents(self._session, self._after, self._session.operators.captions)
            self._gated = gated
            if self._ending.is_set():
                gated.end()
            if self.health.state is OutputState.STARTING:
                self.health.become(OutputState.LIVE)
            else:
                loop = asyncio.get_running_loop()
                settled = loop.call_later(_SETTLED_SECONDS, self.health.working)
            events = self._events(gated)
            try:
                await output.run(events)
            finally:
                await _closed(events)
        finally:
            if settled is not None:
                settled.cancel()
            if self._gated is not None:
                self._gated.close()
            if tap is not None and self._taps is not None:
                self._taps.close(tap)

    def _carries(self, track: str) -> bool:
        if self.spec.tracks:
            return track in self.spec.tracks
        return not self._kind.single_track or track == self._session.track

    def _events(self, gated: GatedEvents) -> AsyncGenerator[SessionEvent, None]:
        if self._kind.timed:
            return self._moved(gated)
        return delayed(
            self._wanted(gated),
            lambda event: event.wall + self.spec.offset_seconds - self._session.wall,
        )

    async def _moved(self, gated: GatedEvents) -> AsyncGenerator[SessionEvent, None]:
        async for event in self._wanted(gated):
            moved = shifted(event, self.spec.offset, self._session.clock.first_sample)
            if moved is not None:
                yield moved
            elif isinstance(event.body, CueReady):
                self.health.lost(event.track, event.body.cue, "it would end before the session")

    async def _wanted(self, gated: GatedEvents) -> AsyncGenerator[SessionEvent, None]:
        missed = 0
        async for event in gated:
            if gated.dropped > missed:
                _log.warning("output.missed", output=self.spec.name, events=gated.dropped - missed)
                missed = gated.dropped
            self._after = max(self._after, event.event_id)
            if isinstance(event.body, _OF_A_TRACK) and not self._carries(event.track):
                continue
            if isinstance(event.body, CueReady):
                self.health.given(event.track, event.body.cue)
            yield event


async def _closed(events: AsyncGenerator[SessionEvent, None]) -> None:
    """End what an output read, and the task with which it waits for the next event."""
    for _ in range(_TURNS):
        try:
            await events.aclose()
        except RuntimeError:  # a reader of the output's that it has just cancelled is still in it
            await asyncio.sleep(0)
        else:
            return
