"""Sends pieces of audio to an engine's stream and survives what may happen to either."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable
from typing import Any

import structlog

from foundation.errors import (
    DauysError,
    DeadlineExceeded,
    Internal,
    NotFound,
    ResourceExhausted,
)
from foundation.speech import SAMPLE_RATE, StreamHypothesis, StreamOpening
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.pace import StepPace
from streaming.recognition.pool_access import PoolAccess
from streaming.recognition.streamed_utterance import StreamedUtterance
from workers.interface import Task, WorkerPool

_log = structlog.get_logger(__name__)

_FAULTS_IN_A_ROW = 5


class StreamSender:
    """One session's way to the engine's streams; the caller sends one piece at a time."""

    def __init__(
        self, pool: WorkerPool, config: LiveRecognizerConfig, session: str, pace: StepPace
    ) -> None:
        self._pool = pool
        self._config = config
        self._pace = pace
        self._access = PoolAccess(config, session, pace)
        self._log = _log.bind(session=session)
        self._faults = 0

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Open the next stream with other settings."""
        self._config = self._access.config = config

    async def send(
        self, utterance: StreamedUtterance, until: int, last: bool
    ) -> StreamHypothesis | None:
        """Send the audio up to ``until``.

        Returns:
            The answer, which ``utterance.take`` must be given; None where there is none: the pool
            is too busy, or the stream was lost and the utterance has gone back to what must be sent
            again. Either way the caller comes again.

        Raises:
            Internal, NotFound: the engine failed, or lost the stream, several times in a row.
            DauysError: whatever else the pool raises.
        """
        started = time.monotonic()
        if utterance.stream is None and not await self._open(utterance, last):
            return None
        step = utterance.next_step(until, last)
        try:
            answer: StreamHypothesis = await self._pool.call(
                self._task("step_stream", step, step.last)
            )
        except (DeadlineExceeded, ResourceExhausted) as error:
            await self._access.yield_to_load(error, final=last)
            return None
        except (NotFound, Internal) as error:
            await self._lose(utterance, error)
            return None
        self._faults = 0
        self._pace.took(time.monotonic() - started)
        return answer

    async def _open(self, utterance: StreamedUtterance, last: bool) -> bool:
        name = uuid.uuid4().hex
        opening = StreamOpening(name, self._config.languages)
        if not await self._attempt(
            self._pool.call(self._task("open_stream", opening, last)), utterance, last
        ):
            return False
        utterance.stream = name
        return True

    async def _attempt(
        self, call: Awaitable[Any], utterance: StreamedUtterance, last: bool
    ) -> bool:
        try:
            await call
        except (DeadlineExceeded, ResourceExhausted) as error:
            await self._access.yield_to_load(error, final=last)
            return False
        except Internal as error:
            await self._lose(utterance, error)
            return False
        return True

    def _task(self, method: str, payload: Any, last: bool) -> Task:
        return self._access.task(self._config.model, method, payload, final=last)

    async def _lose(self, utterance: StreamedUtterance, error: NotFound | Internal) -> None:
        """One fault of the engine, or a model loaded anew, must not end a session of all day."""
        self._faults += 1
        sent, stream = utterance.sent_until, utterance.stream
        utterance.lose_stream()
        if stream is not None:
            await self.close(stream)
        self._log.warning(
            "recognition.stream_lost",
            error=type(error).__name__,
            faults=self._faults,
            replayed_seconds=(sent - utterance.sent_until) / SAMPLE_RATE,
        )
        if self._faults >= _FAULTS_IN_A_ROW:
            raise error
        if isinstance(error, Internal):
            await asyncio.sleep(self._pace.step_samples / SAMPLE_RATE)

    async def close(self, stream: str) -> None:
        """A stream that is not gone would hold its place until it is given up as idle."""
        try:
            await self._pool.call(self._task("close_stream", stream, last=False))
        except DauysError as error:
            self._log.info("recognition.stream_not_closed", error=type(error).__name__)
