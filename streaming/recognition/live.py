"""An offline engine made live: the open window of speech is decoded again and again.

One coroutine reads audio and finds speech in it; the other decodes, at most one task at a time, so
audio goes on being heard while the engine works.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from foundation.speech import SAMPLE_RATE, Word
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition.audio_runs import AudioRun, Detector, Mark, MarkKind
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.policies.redecoding import words_before
from streaming.recognition.utterance import Utterance
from streaming.recognition.window_decoder import Effort, WindowDecoder
from streaming.voice_activity import VoiceActivityConfig, VoiceActivityDetector
from workers.interface import WorkerPool

_AHEAD_SECONDS = 20
"""Audio that may wait beyond a full window before the source is made to wait."""

_SAME_END = round(0.05 * SAMPLE_RATE)

_SHORTEST = round(0.35 * SAMPLE_RATE)
"""Samples; less is no word."""


class LiveRecognizer:
    """Turns one session's audio into hypotheses. ``run`` once."""

    def __init__(
        self,
        pool: WorkerPool,
        config: LiveRecognizerConfig,
        session: str,
        detector: Detector | None = None,
    ) -> None:
        self._config = config
        self._decoder = WindowDecoder(pool, config, session)
        self._detector: Detector = detector or VoiceActivityDetector(
            VoiceActivityConfig(min_silence_seconds=config.hangover_seconds)
        )
        self._runs: deque[AudioRun] = deque()
        self._ended = False
        self._failure: DauysError | None = None
        self._heard_more = asyncio.Event()
        self._made_room = asyncio.Event()
        self._open: Utterance | None = None
        self._last_position: Ticks = 0
        self._utterance_count = 0
        self._language: Language | None = None
        """Spoken last."""
        self._emit: Callable[[Hypothesis], None] = lambda hypothesis: None

    @property
    def lag(self) -> float:
        """Seconds of audio received but not yet decoded or known to be silent."""
        waiting = sum(run.buffer.end - self._done(run) for run in self._runs)
        return waiting / SAMPLE_RATE

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now: the configured step, stretched by load."""
        return self._decoder.pace.step_samples / SAMPLE_RATE

    @property
    def pace(self) -> Pace:
        """How well recognition keeps up."""
        return self._decoder.pace.pace

    @property
    def audio_position(self) -> Ticks:
        """Media time of the end of the audio received so far; 0 before the first."""
        if not self._runs:
            return self._last_position
        run = self._runs[-1]
        return run.time_of(run.buffer.end)

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with another model, languages, names or prompt; no word is lost or heard twice.

        The next window is decoded with them, also one of an utterance that is open: what is
        committed of it stands. How windows are cut and words committed changes with the next
        utterance, how often they are decoded does not change. Have a new model loaded before.
        """
        self._config = config
        self._decoder.reconfigure(config)

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
            self._decoder.pace.lags(self.lag)
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

    def _begin(self, run: AudioRun, sample: int) -> None:
        start = max(sample, run.decoded_until, run.buffer.first)
        run.decoded_until = start
        self._open = Utterance(run, start, self._config, self._language)

    async def _decode_open(self, run: AudioRun, utterance: Utterance) -> None:
        """One move of an open utterance: wait, step, make room, or finish."""
        end = self._end_of(run)
        full = utterance.window_start + round(self._config.max_window_seconds * SAMPLE_RATE)
        if end is not None and end <= full:
            await self._finish(run, utterance, end)
        elif run.buffer.end >= full or end is not None:
            await self._step(run, utterance, full, full=True)
        elif run.ending is not None and not self._decoder.pace.reduced:
            await self._await_end(run, utterance, run.ending)
        elif run.buffer.end - run.decoded_until >= self._decoder.pace.step_samples:
            await self._step(run, utterance, run.buffer.end, full=False)
        else:
            await self._more_or_step(run, utterance)

    async def _await_end(self, run: AudioRun, utterance: Utterance, ending: int) -> None:
        """The speaker pauses: decode once as if for the last time, then wait for more.

        If the pause lasts, the utterance's end finds the work done.
        """
        news = run.decoded_until < ending - _SAME_END and run.buffer.end >= ending
        if news and ending - utterance.window_start >= _SHORTEST:
            # The pause before was not the end, then: its window may be trimmed now.
            utterance.trim(run.decoded_until)
            await self._step(run, utterance, ending, full=False, pausing=True)
        else:
            await self._more_or_step(run, utterance)

    async def _more_or_step(self, run: AudioRun, utterance: Utterance) -> None:
        more = await self._more(self._decoder.pace.step_samples / SAMPLE_RATE)
        if not more and run.buffer.end - run.decoded_until >= _SHORTEST:
            # The source stands still: what came last is worth a step of its own.
            await self._step(run, utterance, run.buffer.end, full=False)

    def _end_of(self, run: AudioRun) -> int | None:
        """Where the open utterance ends, if that is known."""
        for mark in run.marks:
            if mark.kind is not MarkKind.START:
                return mark.sample
        return run.buffer.end if run.closed else None

    async def _step(
        self,
        run: AudioRun,
        utterance: Utterance,
        until: int,
        *,
        full: bool,
        pausing: bool = False,
    ) -> None:
        effort = Effort.FORESIGHT if pausing else Effort.STEP
        heard = await self._decoder.decode(run, utterance, until, effort)
        if heard is None:
            return
        run.decoded_until = max(run.decoded_until, until)
        committed = utterance.take(heard, until)
        silent_from = utterance.fell_silent_at(heard, until)
        if silent_from is not None:
            committed += utterance.commit_tentative()
            self._tell(run, utterance, committed, endpoint=True)
            run.decoded_until = silent_from
            self._begin(run, silent_from)
            return
        if full:
            if heard.rejected is not None:
                again = await self._decoder.decode(run, utterance, until, Effort.FINAL)
                heard = again or heard
            committed += utterance.slide(heard, until)
        if pausing:
            utterance.foresee(heard, until)
        else:
            utterance.trim(until)
        spoken = until - utterance.start
        forced = spoken >= self._config.max_utterance_seconds * SAMPLE_RATE
        self._tell(run, utterance, committed, endpoint=forced)
        if forced:
            utterance.go_on(until)

    async def _finish(self, run: AudioRun, utterance: Utterance, end: int) -> None:
        """Commit the rest of an utterance that ends at ``end``."""
        end = self._heard_before(run, end)
        heard = utterance.foreseen(end)
        if heard is None and end - utterance.window_start >= _SHORTEST:
            heard = await self._decoder.decode(run, utterance, end, Effort.FINAL)
        committed = utterance.finish(heard) if heard else utterance.commit_tentative()
        run.decoded_until = max(run.decoded_until, end)
        self._open = None
        finalized = self._pop_end(run) is MarkKind.FINALIZE
        if committed or utterance.told or finalized:
            self._tell(run, utterance, committed, endpoint=True, until=end, finalized=finalized)
        if finalized and not self._ends_by(run, end):
            self._begin(run, end)

    def _heard_before(self, run: AudioRun, end: int) -> int:
        """``end``, or the end of the last step where only silence lies between the two.

        The window is the step's then, and its encoding need not be computed again.
        """
        earliest, latest = end - _SAME_END, end + self._config.hangover_seconds * SAMPLE_RATE
        return run.decoded_until if earliest <= run.decoded_until <= latest else end

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
        utterance: Utterance,
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
            )
        )
        if endpoint:
            self._utterance_count += 1

    @property
    def _spoken(self) -> Language:
        return self._language or self._config.languages[0]

    def _shown(self, run: AudioRun, utterance: Utterance) -> tuple[Word, ...]:
        """The open words that are steady enough to be shown."""
        if not self._config.tentative or self._decoder.pace.reduced:
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
