"""The page that tries voices, and what it asks: voices, and speech as it is spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from dauys.client import (
    AsyncClient,
    AudioEncoding,
    SpeechAudio,
    SpeechBytes,
    SpeechEvent,
    SpeechOptions,
    SpeechStarted,
    Ssml,
    Voice,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.errors import Refused
from services.gateway.reading import Body

MAX_TEXT_CHARACTERS: Final = 20_000
_PIECE_CHARACTERS: Final = 4_000
_FORMATS: Final = {
    "pcm": AudioEncoding.LINEAR16,
    "wav": AudioEncoding.WAV,
    "mp3": AudioEncoding.MP3,
    "opus": AudioEncoding.OGG_OPUS,
    "flac": AudioEncoding.FLAC,
}


class SpeechEndpoints:
    """Voices and speech, for operators.

    Args:
        client: Calls the services.
        access: Who may do what.
    """

    def __init__(self, client: AsyncClient, access: Access) -> None:
        self._client = client
        self._access = access

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/voices", self.voices, methods=["GET"]),
            Route("/v1/speech", self.speech, methods=["POST"]),
        ]

    async def voices(self, request: Request) -> Response:
        """The voices of the services."""
        self._access.check_operator(request)
        voices = await self._client.list_voices()
        return JSONResponse({"voices": [_voice(voice) for voice in voices]})

    async def speech(self, request: Request) -> Response:
        """A text, spoken: bytes of the ``format`` that was asked for, as they come.

        The answer begins when the first sentence is heard; a caller that leaves stops the speech.
        """
        self._access.check_write(request)
        body = await Body.of(request)
        text = body.text("text", MAX_TEXT_CHARACTERS)
        wanted = body.text("format", 10) or "mp3"
        if wanted not in _FORMATS:
            raise Refused(
                400, "INVALID_ARGUMENT", f"format: one of {', '.join(_FORMATS)}", "format"
            )
        events = self._client.streaming_synthesize(
            _pieces(text, ssml=body.flag("ssml")),
            options=SpeechOptions(
                voice=body.text("voice", 200),
                language=body.text("language", 10),
                speaker=body.text("speaker", 200),
                rate=body.real("rate", 1.0),
                pitch=body.real("pitch", 0.0),
            ),
            audio=SpeechAudio(
                _FORMATS[wanted],
                spoken_notice=body.flag("notice"),
                audible_tag=body.flag("tag"),
            ),
        )
        started = await anext(events, None)
        if not isinstance(started, SpeechStarted):
            raise Refused(400, "INVALID_ARGUMENT", "text: nothing in it can be spoken", "text")
        info = started.info
        return StreamingResponse(
            _bytes(events),
            media_type=info.media_type,
            headers={
                "X-Dauys-Synthetic": "true",
                "X-Dauys-Voices": ", ".join(info.voices),
                "X-Dauys-Sample-Rate": str(info.sample_rate),
            },
        )


async def _pieces(text: str, *, ssml: bool) -> AsyncIterator[str | Ssml]:
    if ssml:
        yield Ssml(text)
        return
    for start in range(0, len(text), _PIECE_CHARACTERS):
        yield text[start : start + _PIECE_CHARACTERS]


async def _bytes(events: AsyncIterator[SpeechEvent]) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            if isinstance(event, SpeechBytes):
                yield event.audio
    finally:
        await events.aclose()  # type: ignore[attr-defined]


def _voice(voice: Voice) -> dict[str, Any]:
    return {
        "voice": voice.voice,
        "display_name": voice.display_name,
        "languages": voice.languages,
        "speakers": [
            {"speaker": one.speaker, "display_name": one.display_name, "gender": one.gender}
            for one in voice.speakers
        ],
        "license": voice.license,
        "commercial_use": voice.commercial_use,
        "available": voice.available,
        "default_languages": voice.default_languages,
    }
