"""Sends windows to the pool and survives a pool that cannot keep up."""

from __future__ import annotations

import asyncio
import enum
import time
from functools import partial

import structlog

from foundation.errors import DeadlineExceeded, Internal, ResourceExhausted
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Transcription
from streaming.recognition.audio_runs import AudioRun
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.pace import StepPace
from streaming.recognition.pool_access import PoolAccess
from streaming.recognition.routing import recognise
from streaming.recognition.utterance import Utterance
from workers.interface import WorkerPool

_log = structlog.get_logger(__name__)

_FINAL_ATTEMPTS = 4
_FAULTS_IN_A_ROW = 5


class Effort(enum.Enum):
    """How hard a window is decoded, and tried again on a busy pool."""

    STEP = enum.auto()
    """The speech goes on: the next step will hear it better."""

    FORESIGHT = enum.auto()
    """The speaker pauses: as for the last time, tried once."""

    FINAL = enum.auto()
    """It will not be heard again."""


class WindowDecoder:
    """One session's way to the engine; the caller sends one window at a time."""

    def __init__(self, pool: WorkerPool, config: LiveRecognizerConfig, session: str) -> None:
        self._pool = pool
        self._config = config
        self._log = _log.bind(session=session)
        self.pace = StepPace(config, session)
        """How often ``decode`` is worth while."""
        self._access = PoolAccess(config, session, self.pace)
        self._faults = 0

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Decode with other settings from the next window on."""
        self._config = self._access.config = config

    async def decode(
        self, run: AudioRun, utterance: Utterance, until: int, effort: Effort
    ) -> Transcription | None:
        """Transcribe from the utterance's window start to ``until``; None if the pool is too busy.

        A rejected transcription is logged and returned.
        """
        final = effort is Effort.FINAL
        for attempt in range(_FINAL_ATTEMPTS if final else 1):
            # Anew each time: a model that was named meanwhile hears other languages.
            request = self._request(run, utterance, until, thorough=effort is not Effort.STEP)
            started = time.monotonic()
            try:
                heard = await recognise(
                    self._pool,
                    self._config.models,
                    request,
                    partial(self._access.task, final=final),
                )
            except (DeadlineExceeded, ResourceExhausted) as error:
                await self._access.yield_to_load(error, final=final, attempt=attempt)
                continue
            except Internal:
                # One fault of the engine must not end a session that runs all day.
                self._faults += 1
                self._log.error("recognition.engine_fault", faults=self._faults, final=final)
                if self._faults >= _FAULTS_IN_A_ROW:
                    raise
                await asyncio.sleep(self._config.step_seconds)
                continue
            self._faults = 0
            self.pace.took(time.monotonic() - started)
            if heard.rejected is not None:
                self._log.info(
                    "recognition.rejected",
                    reason=heard.rejected,
                    seconds=request.samples.size / SAMPLE_RATE,
                    final=final,
                )
            return heard
        return None

    def _request(
        self, run: AudioRun, utterance: Utterance, until: int, *, thorough: bool
    ) -> RecognitionRequest:
        config = self._config
        # An utterance may have begun with other settings.
        languages = tuple(code for code in utterance.languages if code in config.languages)
        unsettled = utterance.language is None and languages == utterance.languages
        return RecognitionRequest(
            samples=run.buffer.window(utterance.window_start, until),
            languages=languages or config.languages,
            language_weights=utterance.language_weights(until) if unsettled else (),
            prompt=utterance.prompt,
            hotwords=config.hotwords,
            beam_size=config.final_beam_size if thorough else config.step_beam_size,
            temperatures=config.final_temperatures if thorough else (0.0,),
        )
