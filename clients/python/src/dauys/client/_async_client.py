"""The asynchronous client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
from dauys.client import _calls, _mapping
from dauys.client._exceptions import from_rpc_error
from dauys.client._images import ImageCalls
from dauys.client._operators import OperatorCalls
from dauys.client._options import RetryPolicy, Timeout, Tls
from dauys.client._output_types import CueView, Output, OutputChoice
from dauys.client._resume import LiveRecognition
from dauys.client._synthesis import SynthesisCalls
from dauys.client._translation import TranslationCalls
from dauys.client._translation_types import Script, Term
from dauys.client._transport import Sent, Transport, reading
from dauys.client._types import (
    AudioFormat,
    CaughtUp,
    CueEvent,
    FeedChanged,
    Finalize,
    LiveSession,
    LiveSessionState,
    Model,
    Recognition,
    RecognitionOptions,
    SessionEngine,
    StreamingResult,
    TranslatedTrack,
)
from dauys.v1 import subtitling_pb2


class AsyncClient(TranslationCalls, SynthesisCalls, ImageCalls, OperatorCalls):
    """Calls a Dauys server. Use as an async context manager.

    Args:
        target: ``host:port``.
        api_key: Sent with every call.
        tls: Credentials; None speaks plain text.
        timeout: Deadlines of unary calls.
        retry: How idempotent calls and broken streams are tried again.

    Every method raises DauysClientError's subclasses, never gRPC's errors.
    """

    def __init__(
        self,
        target: str,
        *,
        api_key: str | None = None,
        tls: Tls | None = None,
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._transport = Transport(
            target, api_key, tls, timeout or Timeout(), retry or RetryPolicy()
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()

    async def recognize(
        self,
        audio: bytes | str | Path,
        *,
        audio_format: AudioFormat | None = None,
        languages: Sequence[str] = (),
        options: RecognitionOptions | None = None,
    ) -> Recognition:
        """Recognise a recording: bytes, or a file's name. WAV, FLAC and Ogg Opus need no format."""
        data = await asyncio.to_thread(_calls.read_audio, audio)
        chosen = _options(options, languages)
        return await self._transport.unary(_calls.recognize(data, audio_format, chosen))

    async def streaming_recognize(
        self,
        audio: AsyncIterable[bytes | Finalize],
        audio_format: AudioFormat,
        *,
        languages: Sequence[str] = (),
        options: RecognitionOptions | None = None,
        tentative: bool = True,
    ) -> AsyncIterator[StreamingResult]:
        """Recognise live audio; put FINALIZE among the bytes to commit what was heard.

        A broken stream of a headerless encoding is resumed without losing or doubling a committed
        word; a container raises ResumeError.
        """
        chosen = _options(options, languages)
        live = LiveRecognition(self._transport, audio, audio_format, chosen, tentative)
        async with contextlib.aclosing(live.results()) as results:
            async for result in results:
                yield result

    async def create_live_session(
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
        """Start a session. Without ``url``, push audio to it. The SDK makes the request_id.

        Args:
            url: Where the server reads audio from.
            display_name: For people.
            languages: That are spoken.
            options: More of what is asked of the recogniser, with the languages.
            preset: How cues are built.
            request_id: A repeated call with it returns the first one's session.
            translations: Languages to translate into live; each becomes a track of that name.
            script: Letters of Kazakh, in all tracks.
            terms: Required translations.
            engines: Engines that hear the feed at once, the preferred one first.
            outputs: Where subtitles go beside ``watch_cues``; a text names a profile.
        """
        chosen = _options(options, languages)
        call = _calls.create_live_session(
            url,
            display_name,
            chosen,
            preset,
            request_id,
            translations,
            script,
            terms,
            engines,
            outputs,
        )
        return await self._transport.unary(call)

    async def get_live_session(self, name: str) -> LiveSession:
        """One session."""
        return await self._transport.unary(_calls.get_live_session(name))

    async def update_live_session(
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
        """Change a session on air; no word is lost. None leaves a field as it is.

        ``options``, ``translations``, ``terms`` and ``outputs`` replace the session's as a whole; a
        track or an output that has failed is tried again when it is named. Outputs that stay go
        on without a break. Returns when a new model, if one
        is asked for, is loaded and hears the session.
        """
        call = _calls.update_live_session(
            name, options, display_name, translations, script, terms, preset, outputs
        )
        return await self._transport.unary(call)

    async def list_output_profiles(self) -> OutputChoice:
        """What sessions of this server may have for outputs."""
        return await self._transport.unary(_calls.list_output_profiles())

    async def stop_live_session(self, name: str) -> LiveSession:
        """End a session, its last words committed."""
        return await self._transport.unary(_calls.stop_live_session(name))

    async def list_live_sessions(self, page_size: int = 0) -> AsyncIterator[LiveSession]:
        """All sessions, page after page."""
        async for item in self._transport.pages(_calls.list_live_sessions, page_size):
            yield item

    async def get_model(self, name: str) -> Model:
        """One model, ``models/ID``."""
        return await self._transport.unary(_calls.get_model(name))

    async def list_models(self, page_size: int = 0) -> AsyncIterator[Model]:
        """All models, page after page."""
        async for item in self._transport.pages(_calls.list_models, page_size):
            yield item

    async def push_audio(
        self, name: str, audio: AsyncIterable[bytes], audio_format: AudioFormat
    ) -> AsyncIterator[float]:
        """Push live audio to a session; yields how many seconds it has taken."""

        async def requests() -> AsyncIterator[subtitling_pb2.PushAudioRequest]:
            config = subtitling_pb2.PushAudioConfig(
                name=name, audio_config=_mapping.audio_config(audio_format)
            )
            yield subtitling_pb2.PushAudioRequest(config=config)
            async for data in audio:
                yield subtitling_pb2.PushAudioRequest(audio=data)

        method = self._transport.method("Subtitling", "PushAudio")
        sent = Sent(requests())
        call = method(sent, metadata=self._transport.metadata)
        try:
            with reading(sent):
                async for message in call:
                    yield _mapping.seconds(message.audio_position)
        finally:
            call.cancel()

    async def watch_cues(
        self, name: str, after_event: int = 0, *, view: CueView = CueView.ALL
    ) -> AsyncIterator[CueEvent]:
        """A session's events until it ends; a broken stream goes on after the last event."""
        failures = 0
        ended, caught_up = False, view is CueView.ALL
        while True:
            call = self._watch(name, after_event, view)
            try:
                async for message in call:
                    failures = 0
                    after_event = max(after_event, message.event_id)
                    event = _mapping.cue_event(message)
                    if event is not None:
                        yield event
                    ended |= _is_last(event)
                    caught_up |= isinstance(event, CaughtUp)
                    if ended and caught_up:
                        return
                return
            except grpc.RpcError as rpc_error:
                failures += 1
                await self._transport.pause_before_retry(from_rpc_error(rpc_error), failures)
            finally:
                call.cancel()

    def _watch(self, name: str, after_event: int, view: CueView) -> Any:
        request = subtitling_pb2.WatchCuesRequest(
            name=name, after_event=after_event, view=subtitling_pb2.CueView.ValueType(view.value)
        )
        method = self._transport.method("Subtitling", "WatchCues")
        return method(request, metadata=self._transport.metadata)


def _is_last(event: CueEvent | None) -> bool:
    return isinstance(event, FeedChanged) and event.state in (
        LiveSessionState.STOPPED,
        LiveSessionState.FAILED,
    )


def _options(options: RecognitionOptions | None, languages: Sequence[str]) -> RecognitionOptions:
    if options is None:
        return RecognitionOptions(languages=tuple(languages))
    if languages:
        raise ValueError("give languages in options or by themselves, not both")
    return options
