"""TextToSpeech: voices, whole texts, streams."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import structlog
from dauys.v1 import text_to_speech_pb2 as pb
from dauys.v1 import text_to_speech_pb2_grpc

from foundation.errors import InvalidArgument
from foundation.languages import parse_optional_language
from models.catalogue import ModelCard
from models.voices import languages_of, voice_cards, voice_of
from services.server.cards import is_available
from services.text_to_speech import mapping
from services.text_to_speech.speaking import Speech
from services.text_to_speech.streaming_call import StreamingCalls
from streaming.synthesis import Ssml, TextInput, recording, sentences_of, whole
from workers.interface import Priority

if TYPE_CHECKING:
    import grpc.aio

    from services.server.registry import ServiceContext

_log = structlog.get_logger(__name__)

_LONG_TEXT: Final = 2_000
"""Characters; from there on a text's work gives way to what somebody waits for."""


class TextToSpeechService(text_to_speech_pb2_grpc.TextToSpeechServicer):
    """The servicer."""

    full_name = "dauys.v1.TextToSpeech"
    needs_database = False

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._speech = Speech(context.pool, context.store, context.settings)
        self._streams = StreamingCalls(self._speech)

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register the servicer."""
        text_to_speech_pb2_grpc.add_TextToSpeechServicer_to_server(self, server)

    async def drain(self) -> None:
        """End the input of streams; what they sent is still spoken."""
        self._streams.drain()

    async def ListVoices(  # noqa: N802 - the contract's name
        self, request: pb.ListVoicesRequest, context: Any
    ) -> pb.ListVoicesResponse:
        """The voices of the catalogue, those that are here first."""
        language = parse_optional_language(request.language)
        voices = [
            self._voice(card)
            for card in voice_cards(self._context.store.catalogue)
            if language is None or language in card.languages
        ]
        return pb.ListVoicesResponse(voices=sorted(voices, key=lambda one: not one.available))

    def _voice(self, card: ModelCard) -> pb.Voice:
        known = self._speech.book.known(card.id) or voice_of(card).capabilities
        defaults = self._speech.defaults()
        return pb.Voice(
            voice=card.id,
            display_name=card.display_name,
            languages=languages_of(card),
            speakers=[
                pb.Speaker(speaker=one.id, display_name=one.display_name, gender=one.gender or "")
                for one in known.speakers
            ],
            sample_rate_hertz=known.sample_rate,
            license=card.license,
            commercial_use=card.commercial_use,
            available=is_available(self._context.store, card),
            default_languages=[code for code, name in defaults.items() if name == card.id],
            engine=card.engine,
            notes=card.notes,
        )

    async def Synthesize(  # noqa: N802 - the contract's name
        self, request: pb.SynthesizeRequest, context: Any
    ) -> pb.SynthesizeResponse:
        """Speak a text and return all of its audio."""
        begun = time.monotonic()
        kind = request.WhichOneof("input")
        if kind is None:
            raise InvalidArgument("input", "has neither text nor ssml")
        given: str = getattr(request, kind)
        limit = mapping.MAX_TEXT_CHARACTERS if kind == "text" else mapping.MAX_SSML_CHARACTERS
        mapping.check_length(given, limit, kind)
        if not given.strip():
            raise InvalidArgument(kind, "is empty")
        choice = mapping.speech_choice(request.config, request.audio_config)
        with self._speech.admitted():
            speaking = await self._speech.prepare(
                choice,
                whole=True,
                priority=Priority.BATCH if len(given) > _LONG_TEXT else Priority.INTERACTIVE,
                timeout=context.time_remaining(),
            )
            piece: TextInput = given if kind == "text" else Ssml(given)
            spoken = await recording(
                speaking.synthesizer,
                sentences_of(speaking.front_end, whole(piece)),
                choice.speech_format,
                speaking.provenance,
                loudness=choice.synthesis.loudness,
                max_seconds=self._context.settings.max_audio_seconds,
                field=kind,
            )
        rate = spoken.sample_rate
        _log.info(
            "speech.synthesized",
            voices=spoken.voices,
            audio_seconds=round(spoken.seconds, 2),
            seconds=round(time.monotonic() - begun, 3),
            encoding=choice.speech_format.encoding,
        )
        return pb.SynthesizeResponse(
            audio=spoken.data,
            info=mapping.info(spoken.voices, choice.speaker, choice.speech_format, rate),
            marks=[mapping.speech_mark(mark, rate) for mark in spoken.marks],
            audio_duration=mapping.duration(spoken.samples, rate),
            loudness_lufs=spoken.loudness,
            notes=map(mapping.speech_note, spoken.notes),
        )

    async def StreamingSynthesize(  # noqa: N802 - the contract's name
        self, requests: AsyncIterator[pb.StreamingSynthesizeRequest], context: Any
    ) -> AsyncIterator[pb.StreamingSynthesizeResponse]:
        """Speak text as it comes."""
        async for response in self._streams.synthesize(requests, context):
            yield response
