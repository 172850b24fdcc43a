"""Live recognition by an engine that keeps its state: each piece of audio is decoded once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import structlog

from foundation.speech import SAMPLE_RATE, StreamingMeans, Word
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition.audio_runs import AudioRun, Detector, MarkKind
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.pace import StepPace
from streaming.recognition.recognizer import SHORTEST, Recognizer
from streaming.recognition.stream_sender import StreamSender
from streaming.recognition.streamed_utterance import StreamedUtterance
from workers.interface import WorkerPool

_log = structlog.get_logger(__name__)

_LONGEST_PIECE = 10 * SAMPLE_RATE
"""Samples of one task: others wait for it."""

_LEAST_STEP_SECONDS = 0.1
_CLOSE_SECONDS = 2.0
"""To close a stream that nobody will feed again; it is given up as idle later in any case."""

_PAUSE_TAIL_SECONDS = 0.2
"""Of a pause, what the detector counts as speech; the rest of it is silence for sure."""

_FINAL_ATTEMPTS = 6
"""Of the last piece, on a busy pool; more than faults in a row end the session."""


class StreamRecognizer(Recognizer[StreamedUtterance]):
    """Opens a stream at each start of speech and ends it at the endpoint.

    Args:
        pool: Where the model runs.
        config: See ``LiveRecognizerConfig``. What concerns windows, prompts and commit policies has
            no meaning here: the engine commits what it will not revise.
        session: For the log, and for the order of tasks.
        means: The model's, from its capabilities.
        detector: Fresh; Silero by default.
    """

    def __init__(
        self,
        pool: WorkerPool,
        config: LiveRecognizerConfig,
        session: str,
        means: StreamingMeans,
        detector: Detector | None = None,
    ) -> None:
        self._step_seconds = max(_LEAST_STEP_SECONDS, means.chunk_seconds)
        own = self._own(config)
        super().__init__(own, StepPace(own, session), detector)
        self._sender = StreamSender(pool, own, session, self._pace)
        self._log = _log.bind(session=session)

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """As ``Recognizer.run``; a stream that is open when it is cancelled or fails is closed."""
        try:
            await super().run(audio, emit)
        finally:
            if self._open is not None and self._open.stream is not None:
                closing = asyncio.ensure_future(self._sender.close(self._open.stream))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(closing, _CLOSE_SECONDS)

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings, the model being the same, from the next utterance on."""
        self._config = self._own(config)
        self._sender.reconfigure(self._config)

    def _own(self, config: LiveRecognizerConfig) -> LiveRecognizerConfig:
        """The settings as they hold for streams: one model hears all languages."""
        step = self._step_seconds
        [model] = config.models.all_for(config.languages)
        return replace(
            config,
            model=model,
            step_seconds=step,
            tentative_margin_seconds=0.0,  # open words grow, they are not revised
            reduce_from_seconds=max(step, config.reduce_from_seconds),
            reduced_step_seconds=max(step, config.reduced_step_seconds),
        )

    def _begin(self, run: AudioRun, sample: int) -> None:
        start = max(sample, run.decoded_until, run.buffer.first)
        run.decoded_until = start
        self._open = StreamedUtterance(run, start, self._config)

    async def _decode_open(self, run: AudioRun, utterance: StreamedUtterance) -> None:
        """One move of an open utterance: wait, step or finish."""
        end = self._end_of(run)
        if end is not None and end - utterance.sent_until <= _LONGEST_PIECE:
            await self._finish(run, utterance, end)
        elif end is not None or (run.buffer.end - utterance.sent_until >= self._pace.step_samples):
            await self._step(run, utterance)
        else:
            await self._more()

    async def _step(self, run: AudioRun, utterance: StreamedUtterance) -> None:
        until = min(run.buffer.end, utterance.sent_until + _LONGEST_PIECE)
        answer = await self._sender.send(utterance, until, last=False)
        if answer is None:
            return
        committed = utterance.take(answer)
        run.decoded_until = max(run.decoded_until, utterance.sent_until)
        spoken = utterance.sent_until - utterance.start
        forced = spoken >= self._config.max_utterance_seconds * SAMPLE_RATE
        self._tell(run, utterance, committed, endpoint=forced)
        if forced:
            utterance.go_on(utterance.sent_until)

    async def _finish(self, run: AudioRun, utterance: StreamedUtterance, end: int) -> None:
        """Commit the rest of an utterance that ends at ``end``."""
        committed: tuple[Word, ...] = ()
        if utterance.stream is not None or end - utterance.sent_until >= SHORTEST:
            committed = await self._send_rest(utterance, self._silence_after(run, end))
        self._close(run, utterance, committed, end)

    async def _send_rest(self, utterance: StreamedUtterance, until: int) -> tuple[Word, ...]:
        committed: tuple[Word, ...] = ()
        attempts = 0
        while attempts < _FINAL_ATTEMPTS:
            piece = min(until, utterance.sent_until + _LONGEST_PIECE)
            answer = await self._sender.send(utterance, piece, last=piece == until)
            if answer is None:
                attempts += 1
                continue
            attempts = 0
            committed += utterance.take(answer)
            if utterance.stream is None:
                return committed
        self._log.error(
            "recognition.end_lost", seconds=(until - utterance.sent_until) / SAMPLE_RATE
        )
        return committed + utterance.commit_tentative()

    def _silence_after(self, run: AudioRun, end: int) -> int:
        """``end``, or later by the silence that is known to follow: models speak late."""
        kinds = [mark.kind for mark in run.marks if mark.kind is not MarkKind.START]
        if kinds[:1] == [MarkKind.END]:
            silence = self._config.hangover_seconds - _PAUSE_TAIL_SECONDS
            return max(end, min(run.buffer.end, end + round(silence * SAMPLE_RATE)))
        return end
