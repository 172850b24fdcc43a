"""One live session: a feed goes in, events come out, any number of watchers look on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

import structlog

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE
from streaming.cues.presets import CuePreset
from streaming.events import (
    AudioChunk,
    Feed,
    FeedEvent,
    FeedItem,
    FeedState,
    Finalize,
    Hypothesis,
    Pace,
)
from streaming.finishing import LiveFinisher, Pipeline
from streaming.ingest.audio_tap import AudioTaps
from streaming.operator_desk import OperatorDesk
from streaming.recognition import LiveRecognizerConfig, SessionRecognizer
from streaming.redundancy import RedundantRecognizer
from streaming.session_clock import SessionClock
from streaming.session_events import (
    Cleared,
    CommittedText,
    CueReady,
    FeedChanged,
    PaceChanged,
    SessionEvent,
    SessionEventBody,
    SessionState,
    TentativeText,
    TrackFailed,
)
from streaming.tracks import Track, TranslatedTracks, Translations
from streaming.watchers import EventLog, Subscription

__all__ = [
    "Cleared",
    "CommittedText",
    "CueReady",
    "FeedChanged",
    "LiveSession",
    "PaceChanged",
    "SessionConfig",
    "SessionEvent",
    "SessionEventBody",
    "SessionState",
    "Subscription",
    "TentativeText",
    "TrackFailed",
]

_log = structlog.get_logger(__name__)

_PACE_CHECK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """How a session behaves."""

    track: str = "source"
    """Name of the track of the spoken language."""

    clear_after: float = 7.0
    """Seconds after a feed is lost until the line is cleared."""

    history: int = 10_000
    """Events kept for late watchers."""

    watcher_queue: int = 1_000
    """Events a slow watcher may fall behind before it misses some."""

    pace_limit: float | None = None
    """Read the feed only while recognition is at most so many seconds behind; for files that are
    not played at their own speed. None: never hold the feed."""


class LiveSession:
    """Runs one feed through recognition and cue building.

    Args:
        feed: Where audio comes from; the session closes it.
        recognizer: Fresh, used by this session alone.
        preset: How cues are built.
        config: See ``SessionConfig``.
        finisher: Fresh; makes recognised words the text that is shown. None: as recognised.
        translated: Fresh; the translated tracks. None: there can be none.
        latin: Write Kazakh in Latin letters, in all tracks.
    """

    def __init__(
        self,
        feed: Feed,
        recognizer: SessionRecognizer,
        preset: CuePreset,
        config: SessionConfig | None = None,
        finisher: LiveFinisher | None = None,
        translated: TranslatedTracks | None = None,
        *,
        latin: bool = False,
    ) -> None:
        self._feed = feed
        self._finisher = finisher
        self._recognizer = recognizer
        self.engines = recognizer if isinstance(recognizer, RedundantRecognizer) else None
        """Several engines of which one is on air; None: there is one only."""
        if self.engines is not None:
            self.engines.on_hand_over = self._publish
        self._config = config or SessionConfig()
        self._preset = preset
        self._events = EventLog(self._config.history, self._config.watcher_queue)
        self._clock = SessionClock()
        self.audio = AudioTaps()
        """What is heard, as it comes."""
        self.operators = OperatorDesk(
            self._events,
            lambda: self.wall,
            preset,
            self._config.track,
            lambda: self._clock.heard_until,
        )
        """Corrects the text that watchers were told, and controls what outputs show."""
        self._latin = latin
        self._spoken = Track(preset, self._publish, latin=latin)
        self._translated = translated
        self._state = SessionState.WAITING
        self._state_detail = ""
        self._pace = Pace.FULL
        self._stop = asyncio.Event()
        self._started_at: float | None = None
        self._samples = 0
        self._clear_timer: asyncio.TimerHandle | None = None

    @property
    def state(self) -> SessionState:
        """Where in its life the session is."""
        return self._state

    @property
    def state_detail(self) -> str:
        """Why the feed was lost or the session failed."""
        return self._state_detail

    @property
    def track(self) -> str:
        """Name of the track of the spoken language."""
        return self._config.track

    @property
    def wall(self) -> float:
        """Seconds since the first audio sample was due; 0 before that."""
        return 0.0 if self._started_at is None else time.monotonic() - self._started_at

    @property
    def at_own_speed(self) -> bool:
        """The feed comes as fast as it plays; False: a recording that is read as it is heard."""
        return self._config.pace_limit is None

    @property
    def audio_position(self) -> Ticks:
        """How much audio was received."""
        return from_samples(self._samples, SAMPLE_RATE)

    @property
    def lag(self) -> float:
        """Seconds of audio received but not yet recognised."""
        return self._recognizer.lag

    @property
    def step_seconds(self) -> float:
        """Audio between two looks at the open words now; load stretches it."""
        return self._recognizer.step_seconds

    @property
    def pace(self) -> Pace:
        """How well recognition keeps up, as watchers were told last."""
        return self._pace

    @property
    def cue_count(self) -> int:
        """Finished cues of the spoken track so far."""
        return self._spoken.cue_count

    @property
    def translation_lags(self) -> Mapping[Language, float]:
        """Of each translated track, seconds that a whole sentence has waited to be translated."""
        return self._translated.lags if self._translated is not None else {}

    @property
    def translation_failures(self) -> Mapping[Language, str]:
        """Why translated tracks have ended that should be there."""
        return self._translated.failures if self._translated is not None else {}

    @property
    def first_sample(self) -> Ticks:
        """Media time of the first sample."""
        return self._clock.first_sample

    @property
    def clock(self) -> SessionClock:
        """Where the session is in media time."""
        return self._clock

    def subscribe(self, after_event: int = 0) -> Subscription:
        """Watch from event ``after_event`` on, as far back as the history reaches.

        ``Subscription.dropped`` starts with the events that the history no longer has.
        """
        return self._events.subscribe(after_event)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a watcher."""
        self._events.unsubscribe(subscription)

    def reconfigure(self, config: LiveRecognizerConfig, pipeline: Pipeline | None = None) -> None:
        """Recognise with other settings from now on, and finish text by another pipeline.

        See ``LiveRecognizer.reconfigure``. A session without a finisher stays without.
        """
        self._recognizer.reconfigure(config)
        if self._finisher is not None and pipeline is not None:
            self._finisher.reconfigure(pipeline)

    def translate(self, translations: Translations, *, latin: bool = False) -> None:
        """Have these translated tracks, and these letters, from now on.

        See ``TranslatedTracks.configure``.
        """
        self._latin = self._spoken.latin = latin
        if self._translated is not None:
            self._translated.configure(translations)
            self._translated.write(latin=latin)

    def use(self, preset: CuePreset) -> None:
        """Build cues by another preset from now on, in all tracks."""
        self._preset = self.operators.preset = preset
        self._spoken.use(preset)
        if self._translated is not None:
            self._translated.use(preset)

    def stop(self) -> None:
        """Close the feed, commit what was heard and end; ``run`` returns when that is done."""
        self._stop.set()

    async def run(self) -> None:
        """Run until the feed ends, ``stop`` is called, or the session fails.

        Raises:
            DauysError: the feed could not be opened or recognition failed for good. Watchers have
                been told before.
        """
        try:
            await self._recognise_and_translate()
            self._change_state(SessionState.STOPPED, self._state_detail)
        except DauysError as error:
            self._change_state(SessionState.FAILED, error.message)
            raise
        except BaseException as error:
            cancelled = isinstance(error, asyncio.CancelledError)
            self._change_state(SessionState.FAILED, "cancelled" if cancelled else "internal error")
            raise
        finally:
            self._cancel_clear_timer()
            self._events.close()
            await self._feed.aclose()

    async def _recognise_and_translate(self) -> None:
        """Whatever ends recognition, what was heard is shown; translations may finish, too."""
        if self._translated is None:
            await self._recognise()
            return
        failure: DauysError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                self._translated.start(group, self._open_track)
                try:
                    await self._recognise()
                except DauysError as error:
                    failure = error
                await self._translated.drain()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if failure is not None:
            raise failure

    async def _recognise(self) -> None:
        try:
            await self._recognizer.run(self._audio(), self._on_hypothesis)
        finally:
            self._spoken.flush()

    def _open_track(self, language: Language) -> Track:
        def publish(body: SessionEventBody) -> None:
            self.operators.publish(language, body)

        return Track(self._preset, publish, latin=self._latin)

    async def _audio(self) -> AsyncIterator[AudioChunk | Finalize]:
        """The feed's audio, until it ends or the session is stopped."""
        items = aiter(self._feed)
        stopped = asyncio.ensure_future(self._stop.wait())
        following: asyncio.Future[FeedItem] | None = None
        try:
            while not stopped.done():
                following = asyncio.ensure_future(anext(items))
                await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    break
                try:
                    item = following.result()
                except StopAsyncIteration:
                    break
                if isinstance(item, AudioChunk):
                    yield self._note_audio(item)
                    self._note_pace()
                    await self._hold_pace()
                elif isinstance(item, Finalize) or self._on_feed_event(item):
                    yield Finalize()
        finally:
            pending = [task for task in (following, stopped) if task is not None]
            for task in pending:
                task.cancel()
            for task in pending:
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, DauysError):
                    await task

    async def _hold_pace(self) -> None:
        # Recognition has no event for "caught up"; looking again is cheap.
        limit = self._config.pace_limit
        while limit and self._behind > limit and not self._stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(_PACE_CHECK_SECONDS)

    @property
    def _behind(self) -> float:
        return max(self._recognizer.lag, *self.translation_lags.values(), 0.0)

    def _note_audio(self, chunk: AudioChunk) -> AudioChunk:
        """Take note of a chunk; return it on the session's clock."""
        now = time.monotonic()
        if self._started_at is None:
            # A chunk arrives when its last sample was due.
            self._started_at = now - chunk.samples.size / SAMPLE_RATE
        again = self._state is SessionState.FEED_LOST
        start = self._clock.place(chunk, now, follows_wall=self.at_own_speed, again=again)
        self._samples += chunk.samples.size
        self.audio.put(chunk.samples)
        if self._state is not SessionState.LIVE:
            self._cancel_clear_timer()
            self._change_state(SessionState.LIVE, "")
        return replace(chunk, start=start)

    def _note_pace(self) -> None:
        recognizer = self._recognizer
        if self.at_own_speed and recognizer.pace is not self._pace:
            self._pace = recognizer.pace
            self._publish(PaceChanged(self._pace, recognizer.lag, recognizer.step_seconds))

    def _on_feed_event(self, event: FeedEvent) -> bool:
        """Note what the feed did; True if the open words must be committed now."""
        _log.info("session.feed", state=event.state.value, detail=event.detail)
        if event.state is FeedState.LOST and self._state is SessionState.LIVE:
            self._change_state(SessionState.FEED_LOST, event.detail)
            self._cancel_clear_timer()
            self._clear_timer = asyncio.get_running_loop().call_later(
                self._config.clear_after, self._clear
            )
            return True
        return False

    def _on_hypothesis(self, recognised: Hypothesis) -> None:
        finisher = self._finisher
        for hypothesis in finisher.finish(recognised) if finisher else [recognised]:
            self._spoken.show(hypothesis)
            if self._translated is not None:
                self._translated.push(hypothesis)

    def _clear(self) -> None:
        self._clear_timer = None
        self._publish(Cleared())

    def _cancel_clear_timer(self) -> None:
        if self._clear_timer is not None:
            self._clear_timer.cancel()
            self._clear_timer = None

    def _change_state(self, state: SessionState, detail: str) -> None:
        self._state, self._state_detail = state, detail
        self._publish(FeedChanged(state, detail))

    def _publish(self, body: SessionEventBody) -> None:
        """As the spoken track's, or the whole session's."""
        self.operators.publish(self._config.track, body)
