"""Another server recognises a session's audio."""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final, TypeVar, cast

import numpy as np
from dauys.client import (
    FINALIZE,
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    DauysClientError,
    RecognitionOptions,
    RetryPolicy,
    StreamingResult,
    Timeout,
    Tls,
)
from dauys.client import (
    Finalize as FinalizeRequest,
)
from dauys.client import (
    Word as HeardWord,
)

from foundation.errors import DauysError, Unavailable
from foundation.languages import parse_language
from foundation.media_time import TICKS_PER_SECOND, Ticks, from_samples, from_seconds
from foundation.speech import SAMPLE_RATE, Word
from services.server.settings import EngineServer
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition import LiveRecognizerConfig

T = TypeVar("T")

_FORMAT: Final = AudioFormat(AudioEncoding.LINEAR16, SAMPLE_RATE, 1)
_LARGEST: Final = 32_767
_SLACK: Final = TICKS_PER_SECOND // 10
"""Chunks that follow one another may overlap by rounding."""

_BEYOND_SECONDS: Final = 30.0
"""Words may end a little after the audio did; models count windows of up to 30 s."""

_QUIET_SECONDS: Final = 3.0
"""An utterance may go on for so long without news."""

_PROBE_SECONDS: Final = 1.0
_PROBE_TIMEOUT: Final = 2.0
"""A server that does not answer two probes in a row is gone; a stream alone would tell only after
minutes."""


class RemoteRecognizer:
    """Sends a session's audio to ``StreamingRecognize`` of another server. ``run`` once.

    It asks for words as the model gives them: names, numbers and punctuation are finished here, in
    the same way whichever engine is on air. A broken stream is not resumed but told as a failure,
    so that another engine takes over at once.

    Args:
        server: Where it listens.
        config: The session's settings; its models mean this server's.
        model: A catalogue id of that server; empty: what it has by default.
    """

    def __init__(self, server: EngineServer, config: LiveRecognizerConfig, model: str) -> None:
        self._server = server
        self._config = config
        self._model = model
        self._changed = False
        self._sent = 0
        """Samples of the present stream."""
        self._heard = 0.0
        """Seconds of it that the latest result knew of."""
        self._speaking = False
        self._utterances = 0

    @property
    def lag(self) -> float:
        """Seconds of audio since the last result, less what a result may take; in an utterance."""
        if not self._speaking:
            return 0.0
        return max(0.0, self._sent / SAMPLE_RATE - self._heard - _QUIET_SECONDS)

    @property
    def step_seconds(self) -> float:
        """As configured: what the server does under load is not told."""
        return self._config.step_seconds

    @property
    def pace(self) -> Pace:
        """Not told by the server."""
        return Pace.FULL

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings, in another stream."""
        self._config = config
        self._changed = True

    async def run(
        self,
        audio: AsyncIterator[AudioChunk | Finalize],
        emit: Callable[[Hypothesis], None],
    ) -> None:
        """Recognise until the audio ends; by then every word is committed.

        Raises:
            Unavailable: the server refused, failed or does not answer any more.
            DauysError: the source failed.
        """
        try:
            async with self._client() as client, asyncio.TaskGroup() as group:
                probing = group.create_task(self._probe(client))
                source = _Source(aiter(audio))
                while not source.ended:
                    self._changed = False
                    await self._recognise(client, source, emit)
                probing.cancel()
        except BaseExceptionGroup as failures:
            error = failures.exceptions[0]
            if isinstance(error, DauysClientError):
                raise Unavailable(f"{self._server.address}: {error}") from error
            raise error from None

    async def _recognise(
        self, client: AsyncClient, source: _Source, emit: Callable[[Hypothesis], None]
    ) -> None:
        """One stream: to the end of the audio, or until settings change."""
        self._sent, self._heard, self._speaking = 0, 0.0, False
        clock = _Clock()
        results = _closable(
            client.streaming_recognize(
                self._requests(source, clock),
                _FORMAT,
                options=self._options(),
                tentative=self._config.tentative,
            )
        )
        told = 0
        async with contextlib.aclosing(results):
            async for result in results:
                self._check(result)
                self._heard = result.audio_position
                self._speaking = not result.endpoint and bool(result.committed or result.tentative)
                hypothesis = clock.hypothesis(result, self._utterances)
                told = result.utterance + result.endpoint
                emit(hypothesis)
        self._utterances += told
        source.check()

    async def _requests(
        self, source: _Source, clock: _Clock
    ) -> AsyncGenerator[bytes | FinalizeRequest, None]:
        async for item in source:
            if isinstance(item, Finalize):
                yield FINALIZE
            else:
                if clock.place(item, self._sent):
                    yield FINALIZE
                self._sent += item.samples.size
                yield (np.clip(item.samples, -1.0, 1.0) * _LARGEST).astype("<i2").tobytes()
            if self._changed:
                return

    def _check(self, result: StreamingResult) -> None:
        """Refuse news of audio that was not sent: they would seem to be ahead of other engines.

        Raises:
            Unavailable: the server is out of its mind.
        """
        sent = self._sent / SAMPLE_RATE + _BEYOND_SECONDS
        times = [result.audio_position, result.committed_position]
        for word in (*result.committed, *result.tentative):
            times += (word.start, word.end)
        if not all(0 <= time <= sent for time in times):
            raise Unavailable(f"{self._server.address} told of audio that it was not sent")

    def _options(self) -> RecognitionOptions:
        config = self._config
        return RecognitionOptions(
            model=self._model,
            languages=tuple(config.languages),
            prompt=config.prompt,
            hotwords=config.hotwords,
            mixed_languages=config.mixed,
            verbatim=True,
        )

    def _client(self) -> AsyncClient:
        server = self._server
        roots = server.tls_roots.read_bytes() if server.tls_roots is not None else None
        return AsyncClient(
            server.address,
            api_key=server.api_key.get_secret_value() or None,
            tls=Tls(root_certificates=roots) if server.tls or roots is not None else None,
            timeout=Timeout(call=_PROBE_TIMEOUT),
            retry=RetryPolicy(attempts=1),
        )

    async def _probe(self, client: AsyncClient) -> None:
        """Ask the server for something small, again and again."""
        failed = False
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            try:
                async with contextlib.aclosing(_closable(client.list_models(1))) as models:
                    await anext(models, None)
                failed = False
            except DauysClientError:
                if failed:
                    raise
                failed = True


def _closable(items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """What the SDK's generators are, beside iterators: a call that is left ends with them."""
    return cast("AsyncGenerator[T, None]", items)


class _Source:
    """The session's audio, over all streams; its failure is raised once words are committed."""

    def __init__(self, audio: AsyncIterator[AudioChunk | Finalize]) -> None:
        self._audio = audio
        self._failure: DauysError | None = None
        self.ended = False

    def __aiter__(self) -> AsyncIterator[AudioChunk | Finalize]:
        return self

    async def __anext__(self) -> AudioChunk | Finalize:
        try:
            return await anext(self._audio)
        except StopAsyncIteration:
            self.ended = True
            raise
        except DauysError as error:
            self.ended = True
            self._failure = error
            raise StopAsyncIteration from error

    def check(self) -> None:
        """Raise what the source did."""
        if self._failure is not None:
            raise self._failure


class _Clock:
    """From a stream's time, which has no gaps, to the session's."""

    def __init__(self) -> None:
        self._positions: list[Ticks] = []
        self._times: list[Ticks] = []
        self._end: Ticks = 0

    def place(self, chunk: AudioChunk, sent: int) -> bool:
        """Note where a chunk stands; True if it does not follow what was sent before."""
        breaks = bool(self._times) and (
            chunk.discontinuity or abs(chunk.start - self._end) > _SLACK
        )
        if breaks or not self._times:
            self._positions.append(from_samples(sent, SAMPLE_RATE))
            self._times.append(chunk.start)
        self._end = chunk.start + from_samples(chunk.samples.size, SAMPLE_RATE)
        return breaks

    def hypothesis(self, result: StreamingResult, utterances: int) -> Hypothesis:
        """What a result says, in the session's time."""
        return Hypothesis(
            committed=tuple(map(self._word, result.committed)),
            tentative=tuple(map(self._word, result.tentative)),
            language=parse_language(result.language, "language"),
            utterance=utterances + result.utterance,
            endpoint=result.endpoint,
            committed_until=self._at(from_seconds(result.committed_position)),
            finalized=result.finalized,
            punctuated=not result.unpunctuated,
        )

    def _word(self, word: HeardWord) -> Word:
        # A word is at an end of a part rather than at the next one's start: it never spans a gap.
        middle = from_seconds((word.start + word.end) / 2)
        part = max(0, bisect_right(self._positions, middle) - 1)
        offset = self._times[part] - self._positions[part]
        return Word(
            word.text,
            from_seconds(word.start) + offset,
            from_seconds(max(word.start, word.end)) + offset,
            word.confidence if 0.0 <= word.confidence <= 1.0 else 0.0,  # JSON knows no NaN
            word.spoken,
        )

    def _at(self, position: Ticks) -> Ticks:
        if not self._times:
            return 0
        part = max(0, bisect_right(self._positions, position - 1) - 1)
        return self._times[part] + position - self._positions[part]
