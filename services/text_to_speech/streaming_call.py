"""StreamingSynthesize: text comes in pieces, audio goes out sentence by sentence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import structlog
from dauys.v1 import text_to_speech_pb2 as pb
from google.protobuf import duration_pb2

from foundation.errors import InvalidArgument
from services.text_to_speech import mapping
from services.text_to_speech.speaking import Speaking, Speech, SpeechChoice
from streaming.synthesis import (
    FLUSH,
    EncodedSound,
    Flush,
    Ssml,
    Synthesizer,
    TextInput,
    encoded_stream,
    sentences_of,
)

_log = structlog.get_logger(__name__)

_MESSAGE_BYTES: Final = 64 * 1024


class _Timing:
    """From the first text to the first audio, for the log."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.first_audio: float | None = None
        self._first_text: float | None = None

    def read(self) -> None:
        """A message with text came."""
        if self._first_text is None:
            self._first_text = time.monotonic()

    def heard(self) -> None:
        """The first audio is there."""
        since = self._first_text or self.begun
        self.first_audio = round(time.monotonic() - since, 3)


class StreamingCalls:
    """The calls of one service."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """End the input of all calls; what they sent is still spoken."""
        self._draining.set()

    async def synthesize(
        self, requests: AsyncIterator[pb.StreamingSynthesizeRequest], context: Any
    ) -> AsyncIterator[pb.StreamingSynthesizeResponse]:
        """Carry out one call.

        Raises:
            InvalidArgument: names the field and its limit.
            ResourceExhausted: as many calls as the settings allow are running.
        """
        first = await anext(aiter(requests), None)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("request", "the first message must carry config")
        asked = first.config
        choice = mapping.speech_choice(
            asked.config, asked.audio_config, "config.config", "config.audio_config"
        )
        with self._speech.admitted():
            speaking = await self._speech.prepare(choice, whole=False, field="config.config")
            await context.send_initial_metadata(())  # tells that the configuration is taken
            async for response in self._responses(requests, speaking, choice, asked.marks):
                yield response

    async def _responses(
        self,
        requests: AsyncIterator[pb.StreamingSynthesizeRequest],
        speaking: Speaking,
        choice: SpeechChoice,
        marks: bool,
    ) -> AsyncIterator[pb.StreamingSynthesizeResponse]:
        timing = _Timing()
        synthesizer, speech_format = speaking.synthesizer, choice.speech_format

        def info() -> pb.SynthesisInfo:
            rate = synthesizer.sample_rate
            return mapping.info(synthesizer.voices, choice.speaker, speech_format, rate)

        sentences = sentences_of(speaking.front_end, self._pieces(requests, timing))
        sounds = encoded_stream(synthesizer, sentences, speech_format, speaking.provenance)
        started = False
        async with aclosing(sounds):
            async for sound in sounds:
                if isinstance(sound, Flush):
                    flushed = pb.SpeechFlushed(audio_duration=_length(synthesizer))
                    yield pb.StreamingSynthesizeResponse(flushed=flushed)
                    continue
                if not started:
                    started = True
                    timing.heard()
                    yield pb.StreamingSynthesizeResponse(started=info())
                if marks and (sound.marks or sound.notes):
                    yield _marks(sound, synthesizer.sample_rate)
                for start in range(0, len(sound.data), _MESSAGE_BYTES):
                    piece = sound.data[start : start + _MESSAGE_BYTES]
                    yield pb.StreamingSynthesizeResponse(audio=piece)
        if started:
            finished = pb.SynthesisFinished(audio_duration=_length(synthesizer), info=info())
            yield pb.StreamingSynthesizeResponse(finished=finished)
        _log.info(
            "speech.streamed",
            voices=synthesizer.voices,
            audio_seconds=round(synthesizer.position / max(synthesizer.sample_rate, 1), 2),
            first_audio_seconds=timing.first_audio,
            seconds=round(time.monotonic() - timing.begun, 3),
            encoding=speech_format.encoding,
        )

    async def _pieces(
        self, requests: AsyncIterator[pb.StreamingSynthesizeRequest], timing: _Timing
    ) -> AsyncIterator[TextInput]:
        """The client's messages until it is done or the server drains."""
        drained = asyncio.ensure_future(self._draining.wait())
        following = aiter(requests)
        try:
            while True:
                taking = asyncio.ensure_future(anext(following, None))
                try:
                    await asyncio.wait({taking, drained}, return_when=asyncio.FIRST_COMPLETED)
                    request = taking.result() if taking.done() else None
                finally:
                    taking.cancel()
                if request is None:
                    return
                timing.read()
                yield _piece(request)
        finally:
            drained.cancel()


def _length(synthesizer: Synthesizer) -> duration_pb2.Duration:
    return mapping.duration(synthesizer.position, synthesizer.sample_rate)


def _marks(sound: EncodedSound, rate: int) -> pb.StreamingSynthesizeResponse:
    marks = pb.SpeechMarks(
        marks=[mapping.speech_mark(mark, rate) for mark in sound.marks],
        notes=map(mapping.speech_note, sound.notes),
    )
    return pb.StreamingSynthesizeResponse(marks=marks)


def _piece(request: pb.StreamingSynthesizeRequest) -> TextInput:
    """What a message asks.

    Raises:
        InvalidArgument: it carries a second config, nothing, or too much text.
    """
    match request.WhichOneof("request"):
        case "text":
            mapping.check_length(request.text, mapping.MAX_PIECE_CHARACTERS, "text")
            return request.text
        case "ssml":
            mapping.check_length(request.ssml, mapping.MAX_SSML_CHARACTERS, "ssml")
            return Ssml(request.ssml)
        case "flush":
            return FLUSH
        case "config":
            raise InvalidArgument("request", "only the first message carries config")
        case _:
            raise InvalidArgument("request", "is empty")
