"""What every live recogniser does: hear, find speech, and tell what is believed.

One coroutine reads audio and finds speech in it; the other decodes, at most one task at a time, so
audio goes on being heard while the engine works. How an open utterance is decoded is left to the
adapters: a window that is decoded again and again, or a stream that the engine keeps.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import SAMPLE_RATE, Word
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition.audio_runs import AudioRun, Detector, Mark, MarkKind
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.pace import StepPace
from streaming.recognition.policies.redecoding import words_before
from streaming.voice_activity import VoiceActivityConfig, VoiceActivityDetector

_AHEAD_SECONDS = 20
"""Audio that may wait beyond a full window before the source is made to wait."""

SHORTEST = round(0.35 * SAMPLE_RATE)
"""Samples; less is no word."""


class OpenUtterance(Protocol):
    """What is told of an utterance while it is open."""

    start: int
    """Sample at which it, or its part since a forced endpoint, starts."""

    window_start: int
    """First sample that may be decoded again."""

    told: bool
    """Was a hypothesis of it given out?"""

    last_told: tuple[Word, ...]
    """Tentative words given out last."""

    guess: Language | None
    """The latest hypothesis's language."""

    language: Language | None
    """Settled language."""

    punctuated: bool
    """The model that heard it writes punctuation itself."""

    @property
    def tentative(self) -> tuple[Word, ...]:
        """Words that may still change."""
        ...


U = TypeVar("U", bound=OpenUtterance)


class Recognizer(ABC, Generic[U]):
    """Turns one session's audio into hypotheses. ``run`` once."""

    def __init__(
        self, config: LiveRecognizerConfig, pace: StepPace, detector: Detector | None = None
    ) -> None:
        self._config = config
        self._pace = pace
        self._detector: Detector = detector or VoiceActivityDetector(
            VoiceActivityConfig(min_silence_seconds=config.hangover_seconds)
        )
        self._runs: deque[AudioRun] = deque()
        self._ended = False
        self._failure: DauysError | None = None
        self._heard_more = asyncio.Event()
        self._made_room = asyncio.Event()
        self._open: U | None = None
        self._last_position: Ticks = 0
        self._utterance_count = 0
        self._language: Language | None = None
        """Spoken last."""
        self._emit: Callable[[Hypothesis], None] = lambda hypothesis: None

    @abstractmethod
    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings of the same kind of model; no word is lost or heard twice."""

    @abstractmethod
    def _begin(self, run: AudioRun, sample: int) -> None:
        """Open an utterance that starts at ``sample``."""

    @abstractmethod
    async def _decode_open(self, run: AudioRun, utterance: U) -> None:
        """One move of an open utterance: wait, decode some, or finish."""

    @property
    def lag(self) -> float:
        """Seconds of audio received but not yet decoded or known to be silent."""
        waiting = sum(run.buffer.end - self._done(run) for run in self._runs)
        return waiting / SAMPLE_RATE

    @property
    def idle(self) -> bool:
        """Is all audio decoded, and nobody speaking?"""
        return self._open is None and not any(run.marks for run in self._runs)

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now: the configured step, stretched by load."""
        return self._pace.step_samples / SAMPLE_RATE

    @property
    def pace(self) -> Pace:
        """How well recognition keeps up."""
        return self._pace.pace

    @property
    def audio_position(self) -> Ticks:
        """Media time of the end of the audio received so far; 0 before the first."""
        if not self._runs:
            return self._last_position
        run = self._runs[-1]
        return run.time_of(run.buffer.end)

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """Recognise until the audio ends; by then every word is committed.

        Raises:
            DauysError: the source failed (after what was heard is committed), or the pool did for
                another reason than load.
        """
        self._emit = emit
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(audio))
                await self._decode_runs()
                reader.cancel()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if self._failure is not None:
            raise self._failure

    # Reading

    async def _read(self, audio: AsyncIterator[AudioChunk | Finalize]) -> None:
        try:
            async for item in audio:
                if isinstance(item, Finalize):
                    self._read_finalize()
                elif item.samples.size:
                    await self._read_chunk(item)
                self._heard_more.set()
        except DauysError as error:
            self._failure = error
        if self._runs and not self._runs[-1].closed:
            self._runs[-1].close(self._detector)
        self._ended = True
        self._heard_more.set()

    def _read_finalize(self) -> None:
        if not self._runs:
            self._runs.append(AudioRun(self._last_position))
        self._runs[-1].finalize()

    async def _read_chunk(self, chunk: AudioChunk) -> None:
        empty = self._runs and self._runs[-1].buffer.end == 0
        if self._runs and (chunk.discontinuity or empty):
            self._runs[-1].close(self._detector)
        if not self._runs or self._runs[-1].closed:
            self._detector.reset()
            self._runs.append(AudioRun(chunk.start))
        run = self._runs[-1]
        # Long chunks are fed in pieces: detection runs on the event loop.
        for offset in range(0, chunk.samples.size, SAMPLE_RATE):
            run.append(chunk.samples[offset : offset + SAMPLE_RATE], self._detector)
            self._heard_more.set()
            self._pace.lags(self.lag)
            await self._wait_for_room()
            if chunk.samples.size > SAMPLE_RATE:
                await asyncio.sleep(0)

    async def _wait_for_room(self) -> None:
        limit = self._config.max_window_seconds + _AHEAD_SECONDS
        while self.lag > limit:
            self._made_room.clear()
            await self._made_room.wait()

    def _done(self, run: AudioRun) -> int:
        """Silence with nothing marked in it needs no decoding."""
        if self._open is None:
            return run.marks[0].sample if run.marks else run.buffer.end
        return min(run.decoded_until, run.buffer.end)

    # Decoding

    async def _decode_runs(self) -> None:
        while True:
            while not self._runs:
                if self._ended:
                    return
                await self._more()
            run = self._runs[0]
            await self._decode_run(run)
            self._last_position = run.time_of(run.buffer.end)
            self._runs.popleft()
            self._made_room.set()

    async def _more(self, timeout: float | None = None) -> bool:
        """Wait for audio or its end; False if neither came in time."""
        self._heard_more.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._heard_more.wait()
        except TimeoutError:
            return False
        return True

    async def _decode_run(self, run: AudioRun) -> None:
        while True:
            if self._open is None:
                if run.marks:
                    self._take_idle_mark(run, run.marks.popleft())
                elif run.closed:
                    return
                else:
                    run.forget(None)
                    await self._more()
            else:
                await self._decode_open(run, self._open)
                if self._open is not None:
                    run.forget(self._open.window_start)
            self._made_room.set()

    def _take_idle_mark(self, run: AudioRun, mark: Mark) -> None:
        if mark.kind is MarkKind.START:
            self._begin(run, mark.sample)
        elif mark.kind is MarkKind.FINALIZE:
            self._answer_finalize(run)

    def _end_of(self, run: AudioRun) -> int | None:
        """Where the open utterance ends, if that is known."""
        for mark in run.marks:
            if mark.kind is not MarkKind.START:
                return mark.sample
        return run.buffer.end if run.closed else None

    def _close(self, run: AudioRun, utterance: U, committed: tuple[Word, ...], end: int) -> None:
        """Tell of an utterance's end at the mark that ended it."""
        run.decoded_until = max(run.decoded_until, end)
        self._open = None
        finalized = self._pop_end(run) is MarkKind.FINALIZE
        if committed or utterance.told or finalized:
            self._tell(run, utterance, committed, endpoint=True, until=end, finalized=finalized)
        if finalized and not self._ends_by(run, end):
            self._begin(run, end)

    def _pop_end(self, run: AudioRun) -> MarkKind | None:
        """Take the mark that ended the open utterance."""
        while run.marks:
            mark = run.marks.popleft()
            if mark.kind is not MarkKind.START:
                return mark.kind
        return None

    def _ends_by(self, run: AudioRun, sample: int) -> bool:
        """Is nothing more to be said after a finalise at ``sample``?"""
        if run.marks and run.marks[0].kind is not MarkKind.START:
            return run.marks[0].kind is MarkKind.END and run.marks[0].sample <= sample
        return run.closed and run.buffer.end <= sample

    def _tell(
        self,
        run: AudioRun,
        utterance: U,
        committed: tuple[Word, ...],
        *,
        endpoint: bool = False,
        until: int | None = None,
        finalized: bool = False,
    ) -> None:
        tentative = () if endpoint else self._shown(run, utterance)
        unchanged = not committed and tentative == utterance.last_told
        if unchanged and not endpoint:
            return
        if committed:
            run.committed_until = max(run.committed_until, committed[-1].end)
        if until is not None:
            run.committed_until = max(run.committed_until, run.time_of(until))
        if committed or tentative:
            self._language = utterance.language or utterance.guess or self._language
        utterance.told = True
        utterance.last_told = tentative
        self._emit(
            Hypothesis(
                committed=committed,
                tentative=tentative,
                language=self._spoken,
                utterance=self._utterance_count,
                endpoint=endpoint,
                committed_until=run.committed_until,
                finalized=finalized,
                punctuated=utterance.punctuated,
            )
        )
        if endpoint:
            self._utterance_count += 1

    @property
    def _spoken(self) -> Language:
        return self._language or self._config.languages[0]

    def _shown(self, run: AudioRun, utterance: U) -> tuple[Word, ...]:
        """The open words that are steady enough to be shown."""
        if not self._config.tentative or self._pace.reduced:
            return ()
        margin = from_seconds(self._config.tentative_margin_seconds)
        words = utterance.tentative
        return words[: words_before(words, run.time_of(run.decoded_until) - margin)]

    def _answer_finalize(self, run: AudioRun) -> None:
        """Nobody speaks: there is nothing to commit."""
        self._emit(
            Hypothesis(
                committed=(),
                tentative=(),
                language=self._spoken,
                utterance=self._utterance_count,
                committed_until=run.committed_until,
                finalized=True,
            )
        )
