"""The speaking half of both clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from dauys.client import _synthesis_mapping, _translation_calls
from dauys.client._calls import UnaryCall, read_audio
from dauys.client._synthesis_types import (
    FlushSpeech,
    InterpretedSpeech,
    Speech,
    SpeechAudio,
    SpeechEvent,
    SpeechOptions,
    Ssml,
    Voice,
)
from dauys.client._threads import from_thread
from dauys.client._translation_types import TranslationOptions
from dauys.client._transport import Sent, Transport, accepted, reading
from dauys.client._types import AudioFormat, RecognitionOptions
from dauys.v1 import text_to_speech_pb2 as pb

T = TypeVar("T")


class SynthesisCalls:
    """Calls of TextToSpeech; part of ``AsyncClient``."""

    _transport: Transport

    async def list_voices(self, language: str = "") -> tuple[Voice, ...]:
        """The server's voices, those that are on its machine first; empty: of any language."""
        return await self._transport.unary(_list_voices(language))

    async def synthesize(
        self,
        text: str | Ssml,
        *,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
    ) -> Speech:
        """Speak a text of up to 10 000 characters, or an SSML document; all of it at once."""
        return await self._transport.unary(_synthesize(text, options, audio))

    async def streaming_synthesize(
        self,
        text: AsyncIterable[str | Ssml | FlushSpeech],
        *,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
        marks: bool = False,
    ) -> AsyncIterator[SpeechEvent]:
        """Speak text as it comes, of any length: audio comes sentence by sentence.

        Put FLUSH among the text to have spoken what was sent. Leaving the iterator stops the
        speech at once. What ``text`` raises is raised here.
        """
        config = pb.StreamingSynthesisConfig(
            config=_synthesis_mapping.config(options or SpeechOptions()),
            audio_config=_synthesis_mapping.audio_config(audio or SpeechAudio()),
            marks=marks,
        )

        async def requests() -> AsyncIterator[pb.StreamingSynthesizeRequest]:
            yield pb.StreamingSynthesizeRequest(config=config)
            await accepted(call)
            async for item in text:
                yield _synthesis_mapping.request_piece(item)

        method = self._transport.method("TextToSpeech", "StreamingSynthesize")
        sent = Sent(requests())
        call = method(sent, metadata=self._transport.metadata)
        try:
            with reading(sent):
                async for message in call:
                    event = _synthesis_mapping.event(message)
                    if event is not None:
                        yield event
        finally:
            call.cancel()

    async def interpret_speech(
        self,
        recording: bytes | str | Path,
        target: str,
        *,
        audio_format: AudioFormat | None = None,
        recognition: RecognitionOptions | None = None,
        translation: TranslationOptions | None = None,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
    ) -> InterpretedSpeech:
        """Recognise a recording (bytes, or a file's name), translate it and speak the translation.

        Args:
            recording: What is said.
            target: "kk", "ru" or "en".
            audio_format: Of the recording; WAV, FLAC and Ogg Opus need none.
            recognition: What is asked of the recogniser.
            translation: What is asked of the translator.
            options: Who speaks, and how.
            audio: What the new audio is to be.
        """
        data = await asyncio.to_thread(read_audio, recording)
        request = _translation_calls.translate_speech(
            data,
            audio_format,
            target,
            recognition or RecognitionOptions(),
            translation or TranslationOptions(),
        ).request
        request.speech.CopyFrom(_synthesis_mapping.config(options or SpeechOptions()))
        request.speech_audio_config.CopyFrom(
            _synthesis_mapping.audio_config(audio or SpeechAudio())
        )
        call = UnaryCall(
            "Translation", "TranslateSpeech", request, _synthesis_mapping.interpreted, slow=True
        )
        return await self._transport.unary(call)


class BlockingSynthesisCalls:
    """The same for those who wait; part of ``Client``."""

    _client: SynthesisCalls
    _wait: Callable[[Coroutine[Any, Any, Any]], Any]
    _iterate: Callable[[Callable[[], AsyncIterator[Any]]], Iterator[Any]]

    def list_voices(self, language: str = "") -> tuple[Voice, ...]:
        """See ``AsyncClient.list_voices``."""
        voices: tuple[Voice, ...] = self._wait(self._client.list_voices(language))
        return voices

    def synthesize(
        self,
        text: str | Ssml,
        *,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
    ) -> Speech:
        """See ``AsyncClient.synthesize``."""
        speech: Speech = self._wait(self._client.synthesize(text, options=options, audio=audio))
        return speech

    def interpret_speech(
        self,
        recording: bytes | str | Path,
        target: str,
        *,
        audio_format: AudioFormat | None = None,
        recognition: RecognitionOptions | None = None,
        translation: TranslationOptions | None = None,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
    ) -> InterpretedSpeech:
        """See ``AsyncClient.interpret_speech``."""
        interpreted: InterpretedSpeech = self._wait(
            self._client.interpret_speech(
                recording,
                target,
                audio_format=audio_format,
                recognition=recognition,
                translation=translation,
                options=options,
                audio=audio,
            )
        )
        return interpreted

    def streaming_synthesize(
        self,
        text: Iterable[str | Ssml | FlushSpeech],
        *,
        options: SpeechOptions | None = None,
        audio: SpeechAudio | None = None,
        marks: bool = False,
    ) -> Iterator[SpeechEvent]:
        """See ``AsyncClient.streaming_synthesize``; ``text`` is read in a thread."""
        return self._iterate(
            lambda: self._client.streaming_synthesize(
                from_thread(text), options=options, audio=audio, marks=marks
            )
        )


def _list_voices(language: str) -> UnaryCall[tuple[Voice, ...]]:
    def decode(message: pb.ListVoicesResponse) -> tuple[Voice, ...]:
        return tuple(map(_synthesis_mapping.voice, message.voices))

    request = pb.ListVoicesRequest(language=language)
    return UnaryCall("TextToSpeech", "ListVoices", request, decode)


def _synthesize(
    text: str | Ssml, options: SpeechOptions | None, audio: SpeechAudio | None
) -> UnaryCall[Speech]:
    request = pb.SynthesizeRequest(
        config=_synthesis_mapping.config(options or SpeechOptions()),
        audio_config=_synthesis_mapping.audio_config(audio or SpeechAudio()),
    )
    if isinstance(text, Ssml):
        request.ssml = text.document
    else:
        request.text = text
    return UnaryCall("TextToSpeech", "Synthesize", request, _synthesis_mapping.speech, slow=True)
