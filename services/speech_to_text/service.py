"""SpeechToText: short recordings and live audio."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import structlog
from dauys.v1 import speech_to_text_pb2, speech_to_text_pb2_grpc

from foundation.errors import DauysError, InvalidArgument, ResourceExhausted
from foundation.media_time import Ticks
from services.server.result_queue import ResultQueue
from services.speech_to_text import mapping
from services.speech_to_text.checks import check_config
from services.speech_to_text.recordings import recognise_recording
from streaming.events import AudioChunk, FeedEvent, Finalize, Hypothesis
from streaming.finishing import LiveFinisher, prepared
from streaming.ingest.push_feed import PushFeed
from streaming.recognition import LiveRecognizerConfig, SpeechRecognizer

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext

_log = structlog.get_logger(__name__)

_BUSY_RETRY_SECONDS: Final = 5.0


class SpeechToTextService(speech_to_text_pb2_grpc.SpeechToTextServicer):
    """The servicer."""

    full_name = "dauys.v1.SpeechToText"
    needs_database = False

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._streams = 0
        self._draining = asyncio.Event()

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        speech_to_text_pb2_grpc.add_SpeechToTextServicer_to_server(self, server)

    async def drain(self) -> None:
        """End the input of live streams; their last words are still committed and sent."""
        self._draining.set()

    async def Recognize(  # noqa: N802 - the contract's name
        self, request: speech_to_text_pb2.RecognizeRequest, context: Any
    ) -> speech_to_text_pb2.RecognizeResponse:
        """Recognise one short recording."""
        utterances, audio_ticks, model = await recognise_recording(
            self._context, request.audio, request.audio_config, request.config
        )
        return mapping.recognize_response(utterances, audio_ticks, model)

    async def StreamingRecognize(  # noqa: N802 - the contract's name
        self,
        requests: AsyncIterator[speech_to_text_pb2.StreamingRecognizeRequest],
        context: Any,
    ) -> AsyncIterator[speech_to_text_pb2.StreamingRecognizeResponse]:
        """Recognise live audio."""
        first = await anext(aiter(requests), None)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("request", "the first message must carry config")
        settings = self._context.settings
        audio_format = mapping.audio_format(first.config.audio_config, "config.audio_config")
        finishing = mapping.finishing_config(first.config.config, "config.config")
        config = mapping.live_config(
            first.config.config,
            settings,
            finishing,
            "config.config",
            first.config.tentative_results,
        )
        origin = mapping.ticks(first.config.resume_position)
        if origin < 0:
            raise InvalidArgument("config.resume_position", "is negative")
        check_config(self._context.store.catalogue, config, "config.config")
        if self._streams >= settings.max_streams:
            raise ResourceExhausted(
                "streams",
                f"{self._streams} of {settings.max_streams} live streams are running",
                _BUSY_RETRY_SECONDS,
            )
        self._streams += 1
        try:
            pipeline = await asyncio.to_thread(prepared, finishing, config.languages)
            feed = PushFeed(audio_format, origin)
            stream = _LiveStream(
                self._context, feed, config, LiveFinisher(pipeline, tentative=config.tentative)
            )
            async for response in stream.run(requests, self._draining):
                yield response
        finally:
            self._streams -= 1


class _LiveStream:
    """One StreamingRecognize call after its configuration."""

    def __init__(
        self,
        context: ServiceContext,
        feed: PushFeed,
        config: LiveRecognizerConfig,
        finisher: LiveFinisher,
    ) -> None:
        session = uuid.uuid4().hex
        self._feed = feed
        self._finisher = finisher
        self._recognizer = SpeechRecognizer(context.pool, config, session)
        self._results: ResultQueue[tuple[Hypothesis, Ticks]] = ResultQueue()
        self._log = _log.bind(stream=session)

    async def run(
        self,
        requests: AsyncIterator[speech_to_text_pb2.StreamingRecognizeRequest],
        draining: asyncio.Event,
    ) -> AsyncIterator[speech_to_text_pb2.StreamingRecognizeResponse]:
        reading = asyncio.create_task(self._read(requests, draining))
        recognising = asyncio.create_task(self._recognise())
        tasks = (reading, recognising)
        try:
            async for hypothesis, position in self._results:
                yield mapping.streaming_response(hypothesis, position)
            await recognising
            # Recognition ends well only when the feed was finished, which is reading's last act.
            await reading
        finally:
            for task in tasks:
                task.cancel()
            await self._feed.aclose()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError, DauysError):
                    await task

    async def _recognise(self) -> None:
        try:
            await self._recognizer.run(self._audio(), self._emit)
        finally:
            self._results.close()

    def _emit(self, hypothesis: Hypothesis) -> None:
        for finished in self._finisher.finish(hypothesis):
            kept = finished.committed or finished.endpoint or finished.finalized
            self._results.offer((finished, self._recognizer.audio_position), tentative=not kept)

    async def _audio(self) -> AsyncIterator[AudioChunk | Finalize]:
        async for item in self._feed:
            if not isinstance(item, FeedEvent):
                yield item

    async def _read(
        self,
        requests: AsyncIterator[speech_to_text_pb2.StreamingRecognizeRequest],
        draining: asyncio.Event,
    ) -> None:
        """Take the client's messages until it is done, then finish the feed."""
        drained = asyncio.ensure_future(draining.wait())
        taking = asyncio.ensure_future(self._take_all(requests))
        try:
            await asyncio.wait({drained, taking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
            taking.cancel()
        [fault] = await asyncio.gather(taking, return_exceptions=True)
        # What was heard before a fault is still committed; the fault is answered after it.
        await self._feed.finish()
        if fault is not None and not isinstance(fault, asyncio.CancelledError):
            self._log.info("stream.bad_input", error=type(fault).__name__)
            raise fault

    async def _take_all(
        self, requests: AsyncIterator[speech_to_text_pb2.StreamingRecognizeRequest]
    ) -> None:
        async for request in requests:
            kind = request.WhichOneof("request")
            if kind == "audio":
                if len(request.audio) > mapping.MAX_CHUNK_BYTES:
                    raise InvalidArgument(
                        "audio", f"{len(request.audio)} bytes, limit {mapping.MAX_CHUNK_BYTES}"
                    )
                await self._results.wait_for_room()
                await self._feed.write(request.audio)
            elif kind == "finalize":
                await self._results.wait_for_room()
                await self._feed.finalize()
            elif kind == "config":
                raise InvalidArgument("config", "may be sent only once, first")
            else:
                raise InvalidArgument("request", "carries neither audio nor finalize")
