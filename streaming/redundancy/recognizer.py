"""One recogniser made of several engines: whichever is on air, each word is told once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import structlog

from foundation.errors import DauysError, FailedPrecondition, InvalidArgument, NotFound, Unavailable
from foundation.media_time import TICKS_PER_SECOND, Ticks, from_seconds
from foundation.speech import SAMPLE_RATE
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition import LiveRecognizerConfig
from streaming.redundancy.config import (
    EngineSpec,
    EngineStatus,
    StandbyConfig,
)
from streaming.redundancy.engine import RunningEngine
from streaming.redundancy.line import AirLine
from streaming.redundancy.place import Place
from streaming.session_events import HandedOver

_log = structlog.get_logger(__name__)

_DEAF_SECONDS: Final = 0.5
"""An engine must have heard nothing for so long since it was found out, before it is believed."""

_REPLAYED: Final = 3 * TICKS_PER_SECOND
"""Audio of told words that an engine hears first: one that starts amid speech mishears its head."""

_KEPT: Final = 30 * TICKS_PER_SECOND
"""The most audio that is kept for an engine that is started again."""

_QUEUE_SECONDS: Final = 20.0
"""Audio that an engine on air may leave in its queue before the feed is made to wait; one that
stands by and leaves as much is started again."""


class RedundantRecognizer:
    """Lets several engines hear the same audio and passes on what one of them says.

    All hear all audio, so a hand-over costs no time and each further engine the work of one more
    session. An engine that fails, falls behind or goes deaf gives way to the next that is alive; it
    is started again and hears the last audio anew. At the seam words are laid side by side
    (``Seam``): none is lost and none is told twice. ``run`` once.

    Args:
        engines: In the order of preference, each with a name of its own.
        config: The session's settings.
        session: For the log.
        standby: See ``StandbyConfig``.
        clock: Seconds, monotonic.

    Raises:
        InvalidArgument: fewer than two engines, or two of one name.
    """

    def __init__(
        self,
        engines: Sequence[EngineSpec],
        config: LiveRecognizerConfig,
        session: str,
        standby: StandbyConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        names = [spec.name for spec in engines]
        if len(names) < 2 or len(set(names)) < len(names):
            raise InvalidArgument("engines", f"{names}: at least two, each of another name")
        self._places = [Place(spec) for spec in engines]
        self._config = config
        self._session = session
        self._standby = standby or StandbyConfig()
        self._clock = clock
        self._log = _log.bind(session=session)
        self._on_air = self._places[0]
        self._chosen: Place | None = None
        """By an operator."""
        self._line = AirLine(lambda hypothesis: None, config.languages[0])
        self._kept: deque[AudioChunk] = deque()
        self._heard_until: Ticks = 0
        self._ended = False
        self._deaf_since: float | None = None
        self._none_since: float | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self.on_hand_over: Callable[[HandedOver], None] = lambda change: None
        """Told of each hand-over, after it."""

    @property
    def lag(self) -> float:
        """Seconds of audio that the engine on air has not recognised yet."""
        if self._on_air.engine is not None and self._on_air.alive:
            return self._on_air.engine.lag
        return max(0, self._heard_until - self._line.until) / TICKS_PER_SECOND

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now, of the engine on air."""
        engine = self._on_air.engine
        return engine.step_seconds if engine is not None else self._config.step_seconds

    @property
    def pace(self) -> Pace:
        """How well the engine on air keeps up."""
        engine = self._on_air.engine
        return engine.pace if engine is not None and self._on_air.alive else Pace.BEHIND

    @property
    def engines(self) -> tuple[EngineStatus, ...]:
        """All engines, in the order of preference."""
        return tuple(place.status(on_air=place is self._on_air) for place in self._places)

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Let all engines go on with other settings of the session."""
        self._config = config
        for place in self._places:
            if place.engine is not None and place.alive:
                place.engine.reconfigure(config)

    def hand_over(self, name: str, operator: str = "") -> None:
        """Put an engine on air by hand; it stays there until it fails or another is chosen.

        Args:
            name: Which.
            operator: Who does it, for other operators.

        Raises:
            NotFound: no engine has that name.
            FailedPrecondition: it does not run now.
        """
        place = next((place for place in self._places if place.spec.name == name), None)
        if place is None:
            names = ", ".join(place.spec.name for place in self._places)
            raise NotFound(f"no engine {name!r}; there are {names}")
        if not place.alive:
            raise FailedPrecondition(f"engine {name!r} does not run: {place.detail}")
        self._chosen = place
        if place is not self._on_air:
            self._put_on_air(place, "chosen by an operator", operator)

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """Recognise until the audio ends; by then every word is committed.

        Raises:
            DauysError: the source failed (after what was heard is committed), or no engine ran for
                ``give_up_seconds``.
        """
        self._line = AirLine(emit, self._config.languages[0])
        for place in self._places:
            self._start(place)
        reading = asyncio.create_task(self._read(audio))
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=self._standby.look_seconds)
                self._look()
            self._ended = True
            await self._finish()
            await reading  # raises what the source did
        finally:
            reading.cancel()
            running = [place.engine for place in self._places if place.engine is not None]
            await asyncio.gather(*[engine.stop() for engine in running], *self._stopping)
            with contextlib.suppress(asyncio.CancelledError, DauysError):
                await reading

    async def _read(self, audio: AsyncIterator[AudioChunk | Finalize]) -> None:
        async for item in audio:
            if isinstance(item, AudioChunk):
                self._keep(item)
            for place in self._places:
                if place.engine is not None and place.alive:
                    place.engine.push(item)
            await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        while True:
            engine = self._on_air.engine
            if engine is None or not engine.alive or engine.waiting_seconds < _QUEUE_SECONDS:
                return
            engine.took_room.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._standby.look_seconds):
                    await engine.took_room.wait()

    def _keep(self, chunk: AudioChunk) -> None:
        """Keep what an engine that is started anew must hear first."""
        self._kept.append(chunk)
        self._heard_until = _end(chunk)
        quiet = self._on_air.alive and not self._line.open and self.lag == 0
        needed = self._heard_until if quiet else self._line.until
        oldest = max(min(needed, self._heard_until) - _REPLAYED, self._heard_until - _KEPT)
        while self._kept and _end(self._kept[0]) <= oldest:
            self._kept.popleft()

    # Engines

    def _start(self, place: Place) -> None:
        place.begin(
            RunningEngine(
                place.spec, self._config, tuple(self._kept), self._on_hypothesis, self._session
            ),
            self._clock(),
        )
        if place is self._on_air:  # it hears again what was told before it failed
            self._line.take_over(())
        if self._ended and place.engine is not None:
            place.engine.close()

    def _look(self) -> None:
        """Note which engines have failed; start them again; hand over if need be."""
        now = self._clock()
        for place in self._places:
            self._look_at(place, now)
        if self._on_air.alive:
            self._none_since = None
            better = self._better(now)
            if better is not None:
                self._give_way(*better, now)
            else:
                self._return(now)
            return
        alive = [place for place in self._places if place.alive]
        if alive:
            self._put_on_air(alive[0], f"{self._on_air.spec.name}: {self._on_air.detail}")
            return
        if self._none_since is None:
            self._none_since = now
            self._log.error("engines.none")
        if now - self._none_since > self._standby.give_up_seconds:
            details = "; ".join(f"{place.spec.name}: {place.detail}" for place in self._places)
            raise Unavailable(f"no engine runs: {details}")

    def _look_at(self, place: Place, now: float) -> None:
        engine = place.engine
        if engine is None:
            if now >= place.again_at:
                self._start(place)
        elif not engine.alive:
            if not (self._ended and engine.failure is None):
                failure = engine.failure
                self._fail(place, failure.message if failure is not None else "cancelled", now)
        elif place is not self._on_air and engine.waiting_seconds > _QUEUE_SECONDS:
            self._retire(place, f"it left {engine.waiting_seconds:.0f} s of audio unread", now)

    def _fail(self, place: Place, detail: str, now: float) -> None:
        delay = place.fail(detail, now)
        if place is self._chosen:
            self._chosen = None
        self._log.warning(
            "engine.to_start_again", engine=place.spec.name, reason=detail, seconds=delay
        )

    def _retire(self, place: Place, detail: str, now: float) -> None:
        """Stop an engine that is of no use as it is; a fresh one takes its place."""
        if place.engine is not None:
            stopping = asyncio.create_task(place.engine.stop())
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)
        self._fail(place, detail, now)

    def _better(self, now: float) -> tuple[Place, str] | None:
        """Who should be on air instead, and why."""
        standby = self._standby
        engine = self._on_air.engine
        assert engine is not None, "asked while it is alive"
        others = [place for place in self._places if place.alive and place is not self._on_air]
        for place in others:
            assert place.engine is not None, "it is alive"
            if engine.lag > standby.behind_seconds and place.engine.lag < engine.lag / 2:
                return place, f"{self._on_air.spec.name} was {engine.lag:.1f} s behind"
        deaf = [place for place in others if self._hears_more(place)]
        if not deaf:
            self._deaf_since = None
        elif self._deaf_since is None:
            self._deaf_since = now
        elif now - self._deaf_since > _DEAF_SECONDS:
            return deaf[0], f"{self._on_air.spec.name} heard nothing where others heard words"
        return None

    def _hears_more(self, place: Place) -> bool:
        on_air, other = self._on_air.engine, place.engine
        assert on_air is not None, "asked while it is alive"
        assert other is not None, "asked while it is alive"
        heard = on_air.heard_until
        return (
            other.heard_until - heard > from_seconds(self._standby.unheard_seconds)
            and other.words_after(heard) >= self._standby.unheard_words
        )

    def _give_way(self, to: Place, reason: str, now: float) -> None:
        before = self._on_air
        self._put_on_air(to, reason)
        self._retire(before, reason, now)

    def _return(self, now: float) -> None:
        """Let an engine that stands earlier in the list go on air again, while nobody speaks."""
        after = self._standby.return_seconds
        if after is None or self._chosen is not None or self._line.open:
            return
        for place in self._places[: self._places.index(self._on_air)]:
            if place.engine is None or not place.alive or now - place.started < after:
                continue
            if place.engine.lag < self._standby.behind_seconds / 2:
                self._put_on_air(place, "it has run without a fault again")
                return

    def _put_on_air(self, place: Place, reason: str, operator: str = "") -> None:
        before, self._on_air = self._on_air, place
        self._deaf_since = None
        engine = place.engine
        assert engine is not None, "it is alive, or ended well"
        self._line.take_over(engine.said)
        change = HandedOver(place.spec.name, before.spec.name, reason, operator)
        self._log.warning(
            "engine.on_air", engine=change.engine, before=change.before, reason=reason
        )
        self.on_hand_over(change)

    def _on_hypothesis(self, engine: RunningEngine, hypothesis: Hypothesis) -> None:
        if engine is self._on_air.engine:
            self._line.tell(hypothesis)

    # The end

    async def _finish(self) -> None:
        """Have all that was heard committed, by whichever engine can."""
        for place in self._places:
            if place.engine is not None:
                place.engine.close()
        tried: list[Place] = []
        while True:
            place = self._on_air
            failure = await self._end_of(place)
            if failure is None:
                return
            tried.append(place)
            left = [
                other
                for other in self._places
                if other not in tried and other.engine is not None and other.engine.failure is None
            ]
            if left:
                self._put_on_air(left[0], f"{place.spec.name}: {failure.message}")
            elif tried.count(place) > 1:
                raise failure
            else:
                self._start(place)

    async def _end_of(self, place: Place) -> DauysError | None:
        """Wait until an engine has ended; return why it did not do so well."""
        engine = place.engine
        if engine is None:
            return Unavailable(place.detail or "it does not run")
        hung_at = self._clock() + self._standby.behind_seconds + engine.lag
        while engine.alive:
            await asyncio.wait({engine.task}, timeout=self._standby.look_seconds)
            others = [other for other in self._places if other is not place]
            if self._clock() > hung_at and any(other.ended_well for other in others):
                self._retire(place, "it did not end", self._clock())
                return Unavailable("it did not end")
        return engine.failure


def _end(chunk: AudioChunk) -> Ticks:
    return chunk.start + chunk.samples.size * TICKS_PER_SECOND // SAMPLE_RATE
