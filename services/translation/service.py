"""Translation: texts, live text, documents and speech."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from dauys.v1 import translation_pb2 as pb
from dauys.v1 import translation_pb2_grpc

from foundation.languages import LANGUAGES
from models.store import ModelState
from services.speech_to_text.mapping import segment
from services.speech_to_text.recordings import recognise_recording
from services.translation import mapping
from services.translation.documents_call import DocumentCalls
from services.translation.live_call import LiveCalls
from services.translation.memory_calls import MemoryCalls
from services.translation.models import translation_models
from services.translation.spoken import SpokenTranslations
from services.translation.texts import translate_texts
from streaming.translation import computed
from text.identification import identify
from workers.interface import Priority

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext
    from streaming.translation import Route

_LONG_TEXT: Final = 5_000
"""Characters of one call; from there on its work gives way to interactive calls."""


class TranslationService(translation_pb2_grpc.TranslationServicer):
    """The servicer."""

    full_name = "dauys.v1.Translation"
    needs_database = True

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._memory = MemoryCalls(context.database)
        self._documents = DocumentCalls(context, self._memory.memory)
        self._live = LiveCalls(context)
        self._spoken = SpokenTranslations(context)

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        translation_pb2_grpc.add_TranslationServicer_to_server(self, server)

    async def drain(self) -> None:
        """End the input of live streams; what they sent is still translated."""
        self._live.drain()

    async def TranslateText(  # noqa: N802 - the contract's name
        self, request: pb.TranslateTextRequest, context: Any
    ) -> pb.TranslateTextResponse:
        """Translate texts."""
        mapping.check_texts(request.texts)
        job = mapping.text_job(
            request.config,
            self._context.store.catalogue,
            self._context.settings,
            self._memory.memory,
            request.alternatives,
        )
        characters = sum(map(len, request.texts))
        priority = Priority.BATCH if characters > _LONG_TEXT else Priority.INTERACTIVE
        job = mapping.urgent(job, priority, context.time_remaining())
        results = await translate_texts(self._context.pool, job, request.texts)
        return await computed(
            lambda: pb.TranslateTextResponse(translations=map(mapping.text_translation, results)),
            characters,
        )

    async def DetectLanguage(  # noqa: N802 - the contract's name
        self, request: pb.DetectLanguageRequest, context: Any
    ) -> pb.DetectLanguageResponse:
        """In which of the three languages texts are."""
        mapping.check_texts(request.texts)
        characters = sum(map(len, request.texts))
        found = await computed(lambda: list(map(identify, request.texts)), characters)
        return pb.DetectLanguageResponse(
            languages=[
                pb.DetectedLanguage(language=one.language, confidence=one.confidence)
                if one is not None
                else pb.DetectedLanguage()
                for one in found
            ]
        )

    async def ListLanguagePairs(  # noqa: N802 - the contract's name
        self, request: pb.ListLanguagePairsRequest, context: Any
    ) -> pb.ListLanguagePairsResponse:
        """Which pairs are translated where a caller names no model."""
        models = translation_models(self._context.store.catalogue, self._context.settings)
        return pb.ListLanguagePairsResponse(pairs=map(self._pair, models.routes(LANGUAGES)))

    def _pair(self, route: Route) -> pb.LanguagePair:
        store = self._context.store
        cards = [store.catalogue.get(model) for model in route.models]
        return pb.LanguagePair(
            source_language=route.source,
            target_language=route.target,
            models=route.models,
            pivot_language=route.pivot or "",
            licenses=[card.license for card in cards],
            commercial_use=all(card.commercial_use for card in cards),
            available=all(
                card.starter or store.state(card.id) is ModelState.PULLED for card in cards
            ),
        )

    async def TranslateSpeech(  # noqa: N802 - the contract's name
        self, request: pb.TranslateSpeechRequest, context: Any
    ) -> pb.TranslateSpeechResponse:
        """Recognise a recording, translate what was said, speak it if that is asked for."""
        config = pb.TranslationConfig()
        config.CopyFrom(request.translation)
        config.source_language = ""
        catalogue, settings = self._context.store.catalogue, self._context.settings
        job = mapping.text_job(
            config, catalogue, settings, self._memory.memory, field="translation"
        )
        aloud = await self._spoken.prepare(request, job.target, context.time_remaining())
        utterances, _, _ = await recognise_recording(
            self._context, request.audio, request.audio_config, request.recognition, "recognition"
        )
        job = mapping.urgent(job, Priority.INTERACTIVE, context.time_remaining())
        segments = [pb.SpeechTranslation(segment=segment(utterance)) for utterance in utterances]
        for language in dict.fromkeys(utterance.language for utterance in utterances):
            numbers = [n for n, one in enumerate(utterances) if one.language == language]
            heard = mapping.spoken_in(job, language)
            texts = [utterances[n].text for n in numbers]
            results = await translate_texts(self._context.pool, heard, texts)
            for number, result in zip(numbers, results, strict=True):
                segments[number].translation.CopyFrom(mapping.text_translation(result))
        response = pb.TranslateSpeechResponse(segments=segments)
        if aloud is not None:
            await self._spoken.speak(*aloud, response)
        return response

    async def TranslateDocument(  # noqa: N802 - the contract's name
        self, requests: AsyncIterator[pb.TranslateDocumentRequest], context: Any
    ) -> AsyncIterator[pb.TranslateDocumentResponse]:
        """Translate a document and keep its formatting."""
        async for response in self._documents.translate(requests, context):
            yield response

    async def StreamingTranslate(  # noqa: N802 - the contract's name
        self, requests: AsyncIterator[pb.StreamingTranslateRequest], context: Any
    ) -> AsyncIterator[pb.StreamingTranslateResponse]:
        """Translate live text."""
        async for response in self._live.translate(requests, context):
            yield response

    async def AddToMemory(  # noqa: N802 - the contract's name
        self, request: pb.AddToMemoryRequest, context: Any
    ) -> pb.AddToMemoryResponse:
        """Store approved translations."""
        return await self._memory.add(request)

    async def ListMemory(  # noqa: N802 - the contract's name
        self, request: pb.ListMemoryRequest, context: Any
    ) -> pb.ListMemoryResponse:
        """Stored translations, newest first."""
        return await self._memory.list(request)

    async def DeleteFromMemory(  # noqa: N802 - the contract's name
        self, request: pb.DeleteFromMemoryRequest, context: Any
    ) -> pb.DeleteFromMemoryResponse:
        """Delete stored translations."""
        return await self._memory.delete(request)
