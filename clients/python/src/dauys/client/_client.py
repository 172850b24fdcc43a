"""The blocking client: AsyncClient on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dauys.client._async_client import AsyncClient
from dauys.client._images import BlockingImageCalls
from dauys.client._options import RetryPolicy, Timeout, Tls
from dauys.client._output_types import CueView, Output, OutputChoice
from dauys.client._synthesis import BlockingSynthesisCalls
from dauys.client._threads import from_thread
from dauys.client._translation_types import (
    DetectedLanguage,
    LanguagePair,
    LiveTranslation,
    MemoryEntry,
    Script,
    SourceText,
    SpeechTranslation,
    Term,
    TextTranslation,
    TranslatedDocument,
    TranslationOptions,
)
from dauys.client._types import (
    AudioFormat,
    CaptionState,
    Corrected,
    CueEvent,
    Finalize,
    GlossaryEntry,
    LiveSession,
    Model,
    Recognition,
    RecognitionOptions,
    SessionEngine,
    StreamingResult,
    TranslatedTrack,
)

T = TypeVar("T")

_END = object()


class Client(BlockingSynthesisCalls, BlockingImageCalls):
    """Calls a Dauys server and waits for the answer. Use as a context manager.

    The methods are those of ``AsyncClient``, with iterators in place of async iterators. Iterators
    may be left early by closing them or by leaving the context.
    """

    _client: AsyncClient

    def __init__(
        self,
        target: str,
        *,
        api_key: str | None = None,
        tls: Tls | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="dauys-client", daemon=True
        )
        self._thread.start()

        async def connect() -> AsyncClient:
            return AsyncClient(target, api_key=api_key, tls=tls, timeout=timeout, retry=retry)

        self._client = self._wait(connect())

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and end the thread."""
        if self._loop.is_closed():
            return
        self._wait(self._client.aclose())
        self._wait(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def recognize(
        self,
        audio: bytes | str | Path,
        *,
        audio_format: AudioFormat | None = None,
        languages: Sequence[str] = (),
        options: RecognitionOptions | None = None,
    ) -> Recognition:
        """See ``AsyncClient.recognize``."""
        return self._wait(
            self._client.recognize(
                audio, audio_format=audio_format, languages=languages, options=options
            )
        )

    def streaming_recognize(
        self,
        audio: Iterable[bytes | Finalize],
        audio_format: AudioFormat,
        *,
        languages: Sequence[str] = (),
        options: RecognitionOptions | None = None,
        tentative: bool = True,
    ) -> Iterator[StreamingResult]:
        """See ``AsyncClient.streaming_recognize``; ``audio`` is read in a thread."""
        return self._iterate(
            lambda: self._client.streaming_recognize(
                from_thread(audio),
                audio_format,
                languages=languages,
                options=options,
                tentative=tentative,
            )
        )

    def create_live_session(
        self,
        *,
        url: str = "",
        display_name: str = "",
        languages: Sequence[str] = (),
        options: RecognitionOptions | None = None,
        preset: str = "",
        request_id: str | None = None,
        translations: Sequence[TranslatedTrack | str] = (),
        script: Script = Script.CYRILLIC,
        terms: Sequence[Term] = (),
        engines: Sequence[SessionEngine] = (),
        outputs: Sequence[Output | str] = (),
    ) -> LiveSession:
        """See ``AsyncClient.create_live_session``."""
        return self._wait(
            self._client.create_live_session(
                url=url,
                display_name=display_name,
                languages=languages,
                options=options,
                preset=preset,
                request_id=request_id,
                translations=translations,
                script=script,
                terms=terms,
                engines=engines,
                outputs=outputs,
            )
        )

    def get_live_session(self, name: str) -> LiveSession:
        """See ``AsyncClient.get_live_session``."""
        return self._wait(self._client.get_live_session(name))

    def update_live_session(
        self,
        name: str,
        *,
        options: RecognitionOptions | None = None,
        display_name: str | None = None,
        translations: Sequence[TranslatedTrack | str] | None = None,
        script: Script | None = None,
        terms: Sequence[Term] | None = None,
        preset: str | None = None,
        outputs: Sequence[Output | str] | None = None,
    ) -> LiveSession:
        """See ``AsyncClient.update_live_session``."""
        return self._wait(
            self._client.update_live_session(
                name,
                options=options,
                display_name=display_name,
                translations=translations,
                script=script,
                terms=terms,
                outputs=outputs,
                preset=preset,
            )
        )

    def correct_text(
        self,
        name: str,
        track: str,
        *,
        event_id: int = 0,
        last_event_id: int = 0,
        cue_index: int = 0,
        expected_text: str,
        text: str,
        glossary: Sequence[GlossaryEntry] = (),
        operator: str = "",
    ) -> Corrected | None:
        """See ``AsyncClient.correct_text``."""
        return self._wait(
            self._client.correct_text(
                name,
                track,
                event_id=event_id,
                last_event_id=last_event_id,
                cue_index=cue_index,
                expected_text=expected_text,
                text=text,
                glossary=glossary,
                operator=operator,
            )
        )

    def hold_captions(self, name: str, hold: bool = True, *, operator: str = "") -> CaptionState:
        """See ``AsyncClient.hold_captions``."""
        return self._wait(self._client.hold_captions(name, hold, operator=operator))

    def clear_captions(self, name: str, *, operator: str = "") -> CaptionState:
        """See ``AsyncClient.clear_captions``."""
        return self._wait(self._client.clear_captions(name, operator=operator))

    def kill_captions(self, name: str, kill: bool = True, *, operator: str = "") -> CaptionState:
        """See ``AsyncClient.kill_captions``."""
        return self._wait(self._client.kill_captions(name, kill, operator=operator))

    def label_captions(self, name: str, label: bool = True, *, operator: str = "") -> CaptionState:
        """See ``AsyncClient.label_captions``."""
        return self._wait(self._client.label_captions(name, label, operator=operator))

    def hand_over(self, name: str, engine: str, *, operator: str = "") -> tuple[SessionEngine, ...]:
        """See ``AsyncClient.hand_over``."""
        return self._wait(self._client.hand_over(name, engine, operator=operator))

    def list_output_profiles(self) -> OutputChoice:
        """See ``AsyncClient.list_output_profiles``."""
        return self._wait(self._client.list_output_profiles())

    def stop_live_session(self, name: str) -> LiveSession:
        """See ``AsyncClient.stop_live_session``."""
        return self._wait(self._client.stop_live_session(name))

    def list_live_sessions(self, page_size: int = 0) -> Iterator[LiveSession]:
        """See ``AsyncClient.list_live_sessions``."""
        return self._iterate(lambda: self._client.list_live_sessions(page_size))

    def get_model(self, name: str) -> Model:
        """See ``AsyncClient.get_model``."""
        return self._wait(self._client.get_model(name))

    def list_models(self, page_size: int = 0) -> Iterator[Model]:
        """See ``AsyncClient.list_models``."""
        return self._iterate(lambda: self._client.list_models(page_size))

    def push_audio(
        self, name: str, audio: Iterable[bytes], audio_format: AudioFormat
    ) -> Iterator[float]:
        """See ``AsyncClient.push_audio``; ``audio`` is read in a thread."""
        return self._iterate(
            lambda: self._client.push_audio(name, from_thread(audio), audio_format)
        )

    def watch_cues(
        self, name: str, after_event: int = 0, *, view: CueView = CueView.ALL
    ) -> Iterator[CueEvent]:
        """See ``AsyncClient.watch_cues``."""
        return self._iterate(lambda: self._client.watch_cues(name, after_event, view=view))

    def translate_text(
        self,
        texts: Sequence[str],
        target: str,
        *,
        options: TranslationOptions | None = None,
        alternatives: int = 0,
    ) -> list[TextTranslation]:
        """See ``AsyncClient.translate_text``."""
        return self._wait(
            self._client.translate_text(texts, target, options=options, alternatives=alternatives)
        )

    def detect_language(self, texts: Sequence[str]) -> tuple[DetectedLanguage, ...]:
        """See ``AsyncClient.detect_language``."""
        return self._wait(self._client.detect_language(texts))

    def list_language_pairs(self) -> tuple[LanguagePair, ...]:
        """See ``AsyncClient.list_language_pairs``."""
        return self._wait(self._client.list_language_pairs())

    def translate_speech(
        self,
        audio: bytes | str | Path,
        target: str,
        *,
        audio_format: AudioFormat | None = None,
        recognition: RecognitionOptions | None = None,
        options: TranslationOptions | None = None,
    ) -> tuple[SpeechTranslation, ...]:
        """See ``AsyncClient.translate_speech``."""
        return self._wait(
            self._client.translate_speech(
                audio, target, audio_format=audio_format, recognition=recognition, options=options
            )
        )

    def translate_document(
        self,
        document: bytes | str | Path,
        target: str,
        *,
        file_name: str = "",
        options: TranslationOptions | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> TranslatedDocument:
        """See ``AsyncClient.translate_document``; ``progress`` is called on the client's thread."""
        return self._wait(
            self._client.translate_document(
                document, target, file_name=file_name, options=options, progress=progress
            )
        )

    def streaming_translate(
        self,
        text: Iterable[SourceText | Finalize],
        target: str,
        *,
        options: TranslationOptions,
        tentative: bool = True,
    ) -> Iterator[LiveTranslation]:
        """See ``AsyncClient.streaming_translate``; ``text`` is read in a thread."""
        return self._iterate(
            lambda: self._client.streaming_translate(
                from_thread(text), target, options=options, tentative=tentative
            )
        )

    def add_to_memory(self, entries: Sequence[MemoryEntry]) -> tuple[MemoryEntry, ...]:
        """See ``AsyncClient.add_to_memory``."""
        return self._wait(self._client.add_to_memory(entries))

    def list_memory(
        self,
        *,
        source_language: str = "",
        target_language: str = "",
        contains: str = "",
        page_size: int = 0,
    ) -> Iterator[MemoryEntry]:
        """See ``AsyncClient.list_memory``."""
        return self._iterate(
            lambda: self._client.list_memory(
                source_language=source_language,
                target_language=target_language,
                contains=contains,
                page_size=page_size,
            )
        )

    def delete_from_memory(self, names: Sequence[str]) -> int:
        """See ``AsyncClient.delete_from_memory``."""
        return self._wait(self._client.delete_from_memory(names))

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _iterate(self, make: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
        items = make()

        async def following() -> Any:
            return await anext(items, _END)

        try:
            while (item := self._wait(following())) is not _END:
                yield item
        finally:
            if not self._loop.is_closed():
                self._wait(items.aclose())  # type: ignore[attr-defined]
