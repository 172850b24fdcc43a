"""The translating half of the asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

import grpc
from dauys.client import _calls, _translation_calls, _translation_mapping
from dauys.client._exceptions import from_rpc_error
from dauys.client._translation_types import (
    DetectedLanguage,
    LanguagePair,
    LiveTranslation,
    MemoryEntry,
    SourceText,
    SpeechTranslation,
    TextTranslation,
    TranslatedDocument,
    TranslationOptions,
)
from dauys.client._transport import Sent, Transport, accepted, reading
from dauys.client._types import AudioFormat, Finalize, RecognitionOptions
from dauys.v1 import translation_pb2 as pb

_CHUNK_BYTES: Final = 256 * 1024


class TranslationCalls:
    """Calls of Translation; part of ``AsyncClient``."""

    _transport: Transport

    async def translate_text(
        self,
        texts: Sequence[str],
        target: str,
        *,
        options: TranslationOptions | None = None,
        alternatives: int = 0,
    ) -> list[TextTranslation]:
        """Translate texts into ``target``; one result each, in order.

        Any number of texts: they are sent in portions.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, not one string")
        chosen = options or TranslationOptions()
        results: list[TextTranslation] = []
        for portion in _translation_calls.portions(texts):
            call = _translation_calls.translate_text(portion, target, chosen, alternatives)
            translated = await self._transport.unary(call)
            results += translated
        return results

    async def detect_language(self, texts: Sequence[str]) -> tuple[DetectedLanguage, ...]:
        """In which of the three languages each text is."""
        return await self._transport.unary(_translation_calls.detect_language(texts))

    async def list_language_pairs(self) -> tuple[LanguagePair, ...]:
        """What the server translates, by which models."""
        return await self._transport.unary(_translation_calls.list_language_pairs())

    async def translate_speech(
        self,
        audio: bytes | str | Path,
        target: str,
        *,
        audio_format: AudioFormat | None = None,
        recognition: RecognitionOptions | None = None,
        options: TranslationOptions | None = None,
    ) -> tuple[SpeechTranslation, ...]:
        """Recognise a recording (bytes, or a file's name) and translate what was said."""
        data = await asyncio.to_thread(_calls.read_audio, audio)
        call = _translation_calls.translate_speech(
            data,
            audio_format,
            target,
            recognition or RecognitionOptions(),
            options or TranslationOptions(),
        )
        return await self._transport.unary(call)

    async def translate_document(
        self,
        document: bytes | str | Path,
        target: str,
        *,
        file_name: str = "",
        options: TranslationOptions | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> TranslatedDocument:
        """Translate a document: a file's name, or bytes with a ``file_name`` that names the format.

        ``progress`` is told how many sentences are done, and of how many.
        """
        if isinstance(document, bytes):
            data, name = document, file_name
        else:
            path = Path(document)
            data, name = await asyncio.to_thread(path.read_bytes), file_name or path.name
        config = _translation_mapping.config(target, options or TranslationOptions())

        async def requests() -> AsyncIterator[pb.TranslateDocumentRequest]:
            yield pb.TranslateDocumentRequest(
                config=pb.DocumentConfig(config=config, file_name=name)
            )
            await accepted(call)
            for start in range(0, len(data), _CHUNK_BYTES):
                yield pb.TranslateDocumentRequest(chunk=data[start : start + _CHUNK_BYTES])

        method = self._transport.method("Translation", "TranslateDocument")
        call = method(requests(), metadata=self._transport.metadata)
        result, chunks = pb.DocumentResult(), []
        try:
            async for message in call:
                match message.WhichOneof("response"):
                    case "progress" if progress is not None:
                        progress(message.progress.sentences_done, message.progress.sentences_total)
                    case "result":
                        result = message.result
                    case "chunk":
                        chunks.append(message.chunk)
        except grpc.RpcError as error:
            raise from_rpc_error(error) from error
        finally:
            call.cancel()
        return _translation_mapping.document(result, b"".join(chunks))

    async def streaming_translate(
        self,
        text: AsyncIterable[SourceText | Finalize],
        target: str,
        *,
        options: TranslationOptions,
        tentative: bool = True,
    ) -> AsyncIterator[LiveTranslation]:
        """Translate live text; ``options.source_language`` is required.

        Put FINALIZE among the text to commit what was sent.
        """
        config = pb.StreamingTranslationConfig(
            config=_translation_mapping.config(target, options), tentative_results=tentative
        )

        async def requests() -> AsyncIterator[pb.StreamingTranslateRequest]:
            yield pb.StreamingTranslateRequest(config=config)
            await accepted(call)
            async for item in text:
                if isinstance(item, Finalize):
                    yield pb.StreamingTranslateRequest(finalize=pb.FinalizeTranslation())
                else:
                    update = pb.SourceUpdate(
                        committed=item.committed, tentative=item.tentative, endpoint=item.endpoint
                    )
                    yield pb.StreamingTranslateRequest(update=update)

        method = self._transport.method("Translation", "StreamingTranslate")
        sent = Sent(requests())
        call = method(sent, metadata=self._transport.metadata)
        try:
            with reading(sent):
                async for message in call:
                    yield _translation_mapping.live_translation(message)
        finally:
            call.cancel()

    async def add_to_memory(self, entries: Sequence[MemoryEntry]) -> tuple[MemoryEntry, ...]:
        """Store approved translations; returns them with their names."""
        return await self._transport.unary(_translation_calls.add_to_memory(entries))

    async def list_memory(
        self,
        *,
        source_language: str = "",
        target_language: str = "",
        contains: str = "",
        page_size: int = 0,
    ) -> AsyncIterator[MemoryEntry]:
        """Stored translations, newest first, page after page."""

        def page(size: int, token: str) -> _calls.UnaryCall[_calls.Page[MemoryEntry]]:
            return _translation_calls.list_memory(
                source_language, target_language, contains, size, token
            )

        async for item in self._transport.pages(page, page_size):
            yield item

    async def delete_from_memory(self, names: Sequence[str]) -> int:
        """Delete stored translations; returns how many were there."""
        return await self._transport.unary(_translation_calls.delete_from_memory(names))
