"""Live recognition in the way that suits the model: by its streams, or window by window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import structlog

from foundation.errors import DauysError, ResourceExhausted
from foundation.media_time import Ticks, from_seconds
from foundation.speech import SpeechCapabilities, StreamingMeans
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition.audio_runs import Detector
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.live import LiveRecognizer
from streaming.recognition.streamed import StreamRecognizer
from workers.interface import Priority, Task, WorkerPool

_log = structlog.get_logger(__name__)

_ATTEMPTS = 4
_RETRY_SECONDS = 1.0
_LONGEST_WAIT = from_seconds(30)
"""Of speech without a pause, until another way of decoding takes over all the same."""


class SessionRecognizer(Protocol):
    """What a session needs of a recogniser."""

    @property
    def lag(self) -> float:
        """Seconds of audio received but not yet decoded or known to be silent."""
        ...

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now."""
        ...

    @property
    def pace(self) -> Pace:
        """How well recognition keeps up."""
        ...

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings; no word is lost or heard twice."""
        ...

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """Recognise until the audio ends; by then every word is committed."""
        ...


class SpeechRecognizer:
    """Asks the model what it can do, then recognises so. ``run`` once.

    The model is loaded before the first sample is read: a feed waits as long.
    """

    def __init__(
        self,
        pool: WorkerPool,
        config: LiveRecognizerConfig,
        session: str,
        detector: Detector | None = None,
    ) -> None:
        self._pool = pool
        self._config = config
        self._session = session
        self._detector = detector
        self._chosen: LiveRecognizer | StreamRecognizer | None = None
        self._wanted: LiveRecognizerConfig | None = None
        """Settings that hold once nobody speaks."""
        self._wanted_at: Ticks = 0
        self._means: dict[str, StreamingMeans | None] = {}
        """What is known of models."""
        self._passed: Ticks = 0
        """Media time of the end of the audio that went to recognisers before this one."""
        self._utterances = 0
        """How many those counted."""

    @property
    def lag(self) -> float:
        """Seconds of audio received but not yet decoded or known to be silent."""
        return self._chosen.lag if self._chosen else 0.0

    @property
    def step_seconds(self) -> float:
        """New audio between two decodings now: the least there is, stretched by load."""
        return self._chosen.step_seconds if self._chosen else self._config.step_seconds

    @property
    def pace(self) -> Pace:
        """How well recognition keeps up."""
        return self._chosen.pace if self._chosen else Pace.FULL

    @property
    def audio_position(self) -> Ticks:
        """Media time of the end of the audio received so far; 0 before the first."""
        return max(self._passed, self._chosen.audio_position if self._chosen else 0)

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings; no word is lost or heard twice.

        Where another model of the same way of decoding takes over, it does so with the next window,
        even in the midst of speech. Where the way changes too, between windows and streams or from
        stream to stream, it takes over when nobody speaks, after 30 s at the latest.
        Have a new model loaded before.
        """
        if self._wanted is None:
            self._wanted_at = self.audio_position
        self._wanted = config

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """Recognise until the audio ends; by then every word is committed.

        Raises:
            DauysError: the model could not be had, the source failed (after what was heard is
                committed), or the pool did for another reason than load.
        """
        source = aiter(audio)
        while True:
            self._chosen = await self._choose()
            part = _Part(source, self._hands_over)
            told = 0

            def pass_on(hypothesis: Hypothesis) -> None:
                nonlocal told
                told = hypothesis.utterance + 1
                utterance = self._utterances + hypothesis.utterance
                emit(replace(hypothesis, utterance=utterance))

            await self._chosen.run(part, pass_on)
            if part.ended:
                return
            self._passed = self.audio_position
            self._utterances += told

    async def _choose(self) -> LiveRecognizer | StreamRecognizer:
        config, self._wanted = self._wanted or self._config, None
        self._config = config
        means = await self._streaming(config)
        if means is None:
            return LiveRecognizer(self._pool, config, self._session, self._detector)
        return StreamRecognizer(self._pool, config, self._session, means, self._detector)

    async def _hands_over(self) -> bool:
        """Must another recogniser hear what comes next? Settings that do without are taken."""
        wanted = self._wanted
        if wanted is None or self._chosen is None:
            return False
        try:
            means = await self._streaming(wanted)
        except DauysError as error:
            _log.error("recognition.model_not_changed", session=self._session, reason=error.message)
            self._done_with(wanted)
            return False
        if isinstance(self._chosen, StreamRecognizer):
            stays = means is not None and _heard_by(wanted) == _heard_by(self._config)
        else:
            stays = means is None
        if stays:
            self._config = wanted
            self._done_with(wanted)
            self._chosen.reconfigure(wanted)
            return False
        waited = self.audio_position - self._wanted_at
        return self._chosen.idle or waited > _LONGEST_WAIT

    def _done_with(self, wanted: LiveRecognizerConfig) -> None:
        """Forget these settings; newer ones may have come while a model was asked."""
        if self._wanted is wanted:
            self._wanted = None

    async def _streaming(self, config: LiveRecognizerConfig) -> StreamingMeans | None:
        """How the model of these settings decodes a stream; None: by windows.

        Several models take windows: only these can go from one to another.
        """
        models = _heard_by(config)
        if len(models) > 1:
            return None
        [model] = models
        if model not in self._means:
            self._means[model] = (await self._capabilities(model)).streaming
        return self._means[model]

    async def _capabilities(self, model: str) -> SpeechCapabilities:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await ask_capabilities(self._pool, model, self._session)
            except ResourceExhausted as error:
                await asyncio.sleep(error.retry_after or _RETRY_SECONDS)
        return await ask_capabilities(self._pool, model, self._session)


def _heard_by(config: LiveRecognizerConfig) -> tuple[str, ...]:
    """The models that these settings need."""
    return config.models.all_for(config.languages)


class _Part:
    """The audio that one recogniser hears: up to the source's end, or until another takes over.

    Args:
        source: All of it.
        hands_over: Asked before each item.
    """

    def __init__(
        self,
        source: AsyncIterator[AudioChunk | Finalize],
        hands_over: Callable[[], Awaitable[bool]],
    ) -> None:
        self._source = source
        self._hands_over = hands_over
        self.ended = False
        """The source has no more."""

    def __aiter__(self) -> AsyncIterator[AudioChunk | Finalize]:
        return self

    async def __anext__(self) -> AudioChunk | Finalize:
        if await self._hands_over():
            raise StopAsyncIteration
        try:
            return await anext(self._source)
        except BaseException:
            self.ended = True
            raise


async def ask_capabilities(
    pool: WorkerPool, model: str, session: str | None = None
) -> SpeechCapabilities:
    """What a speech model can do; it is loaded if need be.

    Raises:
        DauysError: whatever the pool raises.
    """
    answer: SpeechCapabilities = await pool.call(
        Task(model, "capabilities", None, Priority.LIVE, session=session)
    )
    return answer
