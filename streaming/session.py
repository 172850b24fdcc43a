"""One live session: a feed goes in, events come out, any number of watchers look on."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import structlog

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks, from_samples, from_seconds
from foundation.speech import SAMPLE_RATE, Word
from streaming.cues.builder import CueBuilder
from streaming.cues.model import Cue
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
from streaming.recognition import LiveRecognizerConfig, SessionRecognizer

_log = structlog.get_logger(__name__)

_PACE_CHECK_SECONDS = 0.02

_LARGEST_JUMP = 3600 * TICKS_PER_SECOND
"""A jump ahead by more is a clock set anew, not a gap."""

_CLOCK_SLACK = TICKS_PER_SECOND // 10
"""Chunks that follow one another may overlap by rounding and jitter."""


class SessionState(enum.StrEnum):
    """The life of a session."""

    WAITING = "waiting"
    LIVE = "live"
    FEED_LOST = "feed-lost"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """No further event comes."""
        return self in (SessionState.STOPPED, SessionState.FAILED)


@dataclass(frozen=True, slots=True)
class TentativeText:
    """All words still open; replaces the last one. Empty: nothing is open."""

    words: tuple[Word, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class CommittedText:
    """New words that will never change."""

    words: tuple[Word, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class CueReady:
    """A finished cue."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """The session's state changed with its feed."""

    state: SessionState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PaceChanged:
    """Recognition keeps up less well, or better, than before."""

    pace: Pace
    lag: float
    """Seconds of audio that wait to be recognised."""

    step_seconds: float
    """Audio between two looks at the open words."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """The feed has been gone so long that the screen must be empty."""


SessionEventBody: TypeAlias = (
    TentativeText | CommittedText | CueReady | FeedChanged | PaceChanged | Cleared
)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """Something that happened in a session."""

    event_id: int
    """Rises by one; 0 for tentative text, which is not kept."""

    wall: float
    """Seconds since the first audio sample was due; 0 before that."""

    track: str
    body: SessionEventBody


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
        last = self._pending[-1] if self._pending else None
        if isinstance(event.body, TentativeText) and last is not None:
            if isinstance(last.body, TentativeText):
                self._pending.pop()
            elif len(self._pending) >= self._limit:
                return
        if len(self._pending) >= self._limit:
            lost = self._pending.popleft()
            self.dropped += not isinstance(lost.body, TentativeText)
        self._pending.append(event)
        self._wake.set()

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


class LiveSession:
    """Runs one feed through recognition and cue building.

    Args:
        feed: Where audio comes from; the session closes it.
        recognizer: Fresh, used by this session alone.
        preset: How cues are built.
        config: See ``SessionConfig``.
        finisher: Fresh; makes recognised words the text that is shown. None: as recognised.
    """

    def __init__(
        self,
        feed: Feed,
        recognizer: SessionRecognizer,
        preset: CuePreset,
        config: SessionConfig | None = None,
        finisher: LiveFinisher | None = None,
    ) -> None:
        self._feed = feed
        self._finisher = finisher
        self._recognizer = recognizer
        self._config = config or SessionConfig()
        self._builder = CueBuilder(preset)
        self._state = SessionState.WAITING
        self._state_detail = ""
        self._pace = Pace.FULL
        self._stop = asyncio.Event()
        self._history: deque[SessionEvent] = deque(maxlen=self._config.history)
        self._watchers: set[Subscription] = set()
        self._event_count = 0
        self._cue_count = 0
        self._started_at: float | None = None
        self._first_sample: Ticks = 0
        self._next_start: Ticks = 0
        self._clock_offset: Ticks = 0
        self._last_audio_at = 0.0
        self._samples = 0
        self._clear_timer: asyncio.TimerHandle | None = None
        self._tentative_shown = False

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
        """Finished cues so far."""
        return self._cue_count

    @property
    def first_sample(self) -> Ticks:
        """Media time of the first sample."""
        return self._first_sample

    def subscribe(self, after_event: int = 0) -> Subscription:
        """Watch from event ``after_event`` on, as far back as the history reaches.

        ``Subscription.dropped`` starts with the events that the history no longer has.
        """
        backlog = [event for event in self._history if event.event_id > after_event]
        subscription = Subscription(backlog, self._config.watcher_queue)
        oldest_kept = self._history[0].event_id if self._history else self._event_count + 1
        subscription.dropped = max(0, oldest_kept - after_event - 1)
        if self._state.ended:
            subscription.close()
        else:
            self._watchers.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a watcher."""
        self._watchers.discard(subscription)

    def reconfigure(self, config: LiveRecognizerConfig, pipeline: Pipeline | None = None) -> None:
        """Recognise with other settings from now on, and finish text by another pipeline.

        See ``LiveRecognizer.reconfigure``. A session without a finisher stays without.
        """
        self._recognizer.reconfigure(config)
        if self._finisher is not None and pipeline is not None:
            self._finisher.reconfigure(pipeline)

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
            await self._recognizer.run(self._audio(), self._on_hypothesis)
            self._publish_cues(self._builder.flush())
            self._change_state(SessionState.STOPPED, self._state_detail)
        except DauysError as error:
            self._publish_cues(self._builder.flush())
            self._change_state(SessionState.FAILED, error.message)
            raise
        except BaseException as error:
            self._publish_cues(self._builder.flush())
            cancelled = isinstance(error, asyncio.CancelledError)
            self._change_state(SessionState.FAILED, "cancelled" if cancelled else "internal error")
            raise
        finally:
            self._cancel_clear_timer()
            for watcher in self._watchers:
                watcher.close()
            self._watchers.clear()
            await self._feed.aclose()

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
        while limit and self._recognizer.lag > limit and not self._stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(_PACE_CHECK_SECONDS)

    def _note_audio(self, chunk: AudioChunk) -> AudioChunk:
        """Take note of a chunk; return it on the session's clock."""
        now = time.monotonic()
        if self._started_at is None:
            # A chunk arrives when its last sample was due.
            self._started_at = now - chunk.samples.size / SAMPLE_RATE
            self._first_sample = self._next_start = chunk.start
        start = chunk.start + self._clock_offset
        if not -_CLOCK_SLACK <= start - self._next_start <= _LARGEST_JUMP:
            # The feed's clock was set anew: go on from where the session is.
            pause = from_seconds(max(0.0, now - self._last_audio_at)) if self._follows_wall else 0
            self._clock_offset += self._next_start + pause - start
            start = chunk.start + self._clock_offset
            _log.info("session.clock_reset", offset=self._clock_offset)
        self._last_audio_at = now
        self._next_start = start + from_samples(chunk.samples.size, SAMPLE_RATE)
        self._samples += chunk.samples.size
        if self._state is not SessionState.LIVE:
            self._cancel_clear_timer()
            self._change_state(SessionState.LIVE, "")
        return replace(chunk, start=start)

    def _note_pace(self) -> None:
        recognizer = self._recognizer
        if self._follows_wall and recognizer.pace is not self._pace:
            self._pace = recognizer.pace
            self._publish(PaceChanged(self._pace, recognizer.lag, recognizer.step_seconds))

    @property
    def _follows_wall(self) -> bool:
        return self._config.pace_limit is None

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
            self._show(hypothesis)

    def _show(self, hypothesis: Hypothesis) -> None:
        if hypothesis.committed:
            self._publish(CommittedText(hypothesis.committed, hypothesis.language))
        cues = self._builder.push(
            hypothesis.committed,
            hypothesis.language,
            hypothesis.endpoint,
            hypothesis.committed_until,
        )
        self._publish_cues(cues)
        if hypothesis.tentative or self._tentative_shown:
            self._tentative_shown = bool(hypothesis.tentative)
            self._publish(TentativeText(hypothesis.tentative, hypothesis.language))

    def _publish_cues(self, cues: list[Cue]) -> None:
        for cue in cues:
            self._cue_count += 1
            self._publish(CueReady(cue))

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
        kept = not isinstance(body, TentativeText)
        if kept:
            self._event_count += 1
        event = SessionEvent(self._event_count if kept else 0, self.wall, self._config.track, body)
        if kept:
            self._history.append(event)
        for watcher in self._watchers:
            watcher.offer(event)
