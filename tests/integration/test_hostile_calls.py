"""Bad requests to the unary calls, PushAudio and WatchCues: the right status, the field named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc.aio
import pytest
from dauys.v1 import (
    audio_pb2,
    models_pb2,
    models_pb2_grpc,
    speech_to_text_pb2,
    speech_to_text_pb2_grpc,
    subtitling_pb2,
    subtitling_pb2_grpc,
)

from tests.integration.grpc_fixtures import running_server

Push = subtitling_pb2.PushAudioRequest


def audio_config(encoding: int = 1, rate: int = 16_000, channels: int = 1, channel: int = 0) -> Any:
    return audio_pb2.AudioConfig(
        encoding=audio_pb2.AudioEncoding.ValueType(encoding),
        sample_rate_hertz=rate,
        channel_count=channels,
        channel=channel,
    )


def recognize(audio: bytes = bytes(3200), config: Any = None, **options: Any) -> Any:
    return speech_to_text_pb2.RecognizeRequest(
        audio=audio,
        audio_config=audio_config() if config is None else config,
        config=speech_to_text_pb2.RecognitionConfig(**options),
    )


def finishing(**options: Any) -> Any:
    return recognize(finishing=speech_to_text_pb2.TextFinishing(**options))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: recognize(b""), "audio"),
        (lambda: recognize(config=audio_config(0)), "audio_config.encoding"),
        (lambda: recognize(config=audio_config(rate=1)), "audio_config.sample_rate_hertz"),
        (lambda: recognize(config=audio_config(rate=96_000)), "audio_config.sample_rate_hertz"),
        (lambda: recognize(config=audio_config(channels=0)), "audio_config.channel_count"),
        (lambda: recognize(config=audio_config(channels=-3)), "audio_config.channel_count"),
        (lambda: recognize(config=audio_config(channel=2)), "audio_config.channel"),
        (lambda: recognize(b"text, not flac", audio_config(5)), "audio"),
        (lambda: recognize(b"OggS" + bytes(50), audio_config(6)), "audio"),
        (lambda: recognize(b"\xff" * 4000, audio_config(2)), "audio"),
        (lambda: recognize(bytes(2 * 16_000 * 21)), "audio"),
        (lambda: recognize(languages=["tr"]), "config.languages"),
        (lambda: recognize(prompt="x" * 1001), "config.prompt"),
        (lambda: recognize(language_models={"auto": "whisper-base"}), "config.language_models"),
        (
            lambda: finishing(glossary=[{"spelling": "Абай", "language": "auto"}]),
            "config.finishing.glossary[0].language",
        ),
        (lambda: recognize(hotwords=["x"] * 101), "config.hotwords"),
        (lambda: recognize(beam_size=11), "config.beam_size"),
        (lambda: recognize(model="piper-en-us-joe"), "config.model"),
        (lambda: finishing(profanity=7), "config.finishing.profanity"),
        (lambda: finishing(number_classes=["roman"]), "config.finishing.number_classes"),
        (lambda: finishing(least_number=-1), "config.finishing.least_number"),
        (lambda: finishing(glossary=[{"spelling": "я"}]), "config.finishing.glossary[0].spelling"),
        (
            lambda: finishing(glossary=[{"spelling": "Абай"}, {"spelling": "x" * 101}]),
            "config.finishing.glossary[1].spelling",
        ),
        (
            lambda: finishing(glossary=[{"spelling": "Абай", "language": "tr"}]),
            "config.finishing.glossary[0].language",
        ),
        (
            lambda: finishing(glossary=[{"spelling": "Абай", "weight": 11}]),
            "config.finishing.glossary[0].weight",
        ),
        (
            lambda: finishing(glossary=[{"spelling": "Абай", "sounds_like": ["ой"] * 17}]),
            "config.finishing.glossary[0].sounds_like",
        ),
        (
            lambda: finishing(glossary=[{"spelling": "Абай"}, {"spelling": "Абай"}]),
            "config.finishing.glossary",
        ),
        (
            lambda: finishing(glossary=[{"spelling": f"name {n}"} for n in range(2001)]),
            "config.finishing.glossary",
        ),
        (
            lambda: finishing(glossary=[{"spelling": "Аб\x00ай"}]),
            "config.finishing.glossary[0].spelling",
        ),
    ],
)
async def test_recognize(make: Callable[[], Any], field: str) -> None:
    async with running_server(max_audio_seconds=20.0) as channel:
        stub: Any = speech_to_text_pb2_grpc.SpeechToTextStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Recognize(make(), timeout=20)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert str(caught.value.details()).startswith(field)


async def test_a_voice_cannot_recognise() -> None:
    options = speech_to_text_pb2.RecognitionConfig(model="piper-en-us-joe")
    async with running_server() as channel:
        subtitling: Any = subtitling_pb2_grpc.SubtitlingStub(channel)
        speech: Any = speech_to_text_pb2_grpc.SpeechToTextStub(channel)
        session = subtitling_pb2.LiveSession(config=options)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await subtitling.CreateLiveSession(
                subtitling_pb2.CreateLiveSessionRequest(live_session=session)
            )
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert str(caught.value.details()).startswith("live_session.config.model")
        configuration = speech_to_text_pb2.StreamingRecognitionConfig(
            audio_config=audio_config(), config=options
        )
        message = speech_to_text_pb2.StreamingRecognizeRequest(config=configuration)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in speech.StreamingRecognize(iter([message]), timeout=20):
                pass
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert str(caught.value.details()).startswith("config.config.model")


@pytest.mark.parametrize(
    ("session", "field"),
    [
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "/etc/passwd"}, "url"),
        ({"url": "-"}, "url"),
        ({"url": "gopher://example.org/1"}, "url"),
        ({"url": "srt://127.0.0.1:9000"}, "url"),
        ({"url": "http://[::1]/live.m3u8"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "udp://example.org:99999"}, "url"),
        ({"url": "udp://8.8.8.8:5000"}, "url"),
        ({"url": "srt://8.8.8.8:5000?mode=listener"}, "url"),
        ({"url": "srt://" + "x" * 3000}, "url"),
        ({"preset": "cinema"}, "preset"),
        ({"display_name": "x" * 201}, "live_session.display_name"),
    ],
)
async def test_create_live_session(session: dict[str, str], field: str) -> None:
    async with running_server() as channel:
        stub: Any = subtitling_pb2_grpc.SubtitlingStub(channel)
        request = subtitling_pb2.CreateLiveSessionRequest(
            live_session=subtitling_pb2.LiveSession(**session)  # type: ignore[arg-type]
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateLiveSession(request, timeout=20)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert field in str(caught.value.details())


def push(name: str, config: Any = None) -> Any:
    wanted = audio_config() if config is None else config
    return Push(config=subtitling_pb2.PushAudioConfig(name=name, audio_config=wanted))


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda name: [], "INVALID_ARGUMENT", "request"),
        (lambda name: [Push()], "INVALID_ARGUMENT", "request"),
        (lambda name: [Push(audio=b"x")], "INVALID_ARGUMENT", "request"),
        (lambda name: [push("nonsense")], "INVALID_ARGUMENT", "config.name"),
        (lambda name: [push("liveSessions/none")], "NOT_FOUND", "none"),
        (lambda name: [push(name), push(name)], "INVALID_ARGUMENT", "request"),
        (lambda name: [push(name, audio_config(0))], "INVALID_ARGUMENT", "encoding"),
        (lambda name: [push(name, audio_config(rate=1))], "INVALID_ARGUMENT", "sample_rate"),
        (lambda name: [push(name, audio_config(channels=0))], "INVALID_ARGUMENT", "channel_count"),
        (
            lambda name: [push(name), Push(audio=bytes(2**20 + 2))],
            "INVALID_ARGUMENT",
            "audio",
        ),
        (
            lambda name: [push(name, audio_config(7, 0, 0)), Push(audio=b"text " * 100)],
            "INVALID_ARGUMENT",
            "audio",
        ),
    ],
)
async def test_push_audio(make: Callable[[str], list[Any]], code: str, field: str) -> None:
    async with running_server() as channel:
        stub: Any = subtitling_pb2_grpc.SubtitlingStub(channel)
        session = await stub.CreateLiveSession(subtitling_pb2.CreateLiveSessionRequest())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in stub.PushAudio(iter(make(session.name)), timeout=20):
                pass
        assert caught.value.code().name == code
        assert field in str(caught.value.details())
        # The session is none the worse: another pusher is served.
        async for _ in stub.PushAudio(iter([push(session.name), Push(audio=bytes(3200))])):
            pass
        ended = await stub.StopLiveSession(subtitling_pb2.StopLiveSessionRequest(name=session.name))
        assert ended.state == subtitling_pb2.LIVE_SESSION_STATE_STOPPED
        assert ended.audio_position.nanos == 100_000_000


@pytest.mark.parametrize(
    ("service", "method", "request_message", "code"),
    [
        ("Subtitling", "WatchCues", subtitling_pb2.WatchCuesRequest(), "INVALID_ARGUMENT"),
        (
            "Subtitling",
            "WatchCues",
            subtitling_pb2.WatchCuesRequest(name="liveSessions/x"),
            "NOT_FOUND",
        ),
        (
            "Subtitling",
            "WatchCues",
            subtitling_pb2.WatchCuesRequest(name="liveSessions/x", after_event=-1),
            "INVALID_ARGUMENT",
        ),
        (
            "Subtitling",
            "GetLiveSession",
            subtitling_pb2.GetLiveSessionRequest(),
            "INVALID_ARGUMENT",
        ),
        (
            "Subtitling",
            "StopLiveSession",
            subtitling_pb2.StopLiveSessionRequest(name="liveSessions/"),
            "INVALID_ARGUMENT",
        ),
        (
            "Subtitling",
            "ListLiveSessions",
            subtitling_pb2.ListLiveSessionsRequest(page_token="юю"),
            "INVALID_ARGUMENT",
        ),
        (
            "Subtitling",
            "ListLiveSessions",
            subtitling_pb2.ListLiveSessionsRequest(page_size=-1),
            "INVALID_ARGUMENT",
        ),
        ("Models", "GetModel", models_pb2.GetModelRequest(name="../etc"), "INVALID_ARGUMENT"),
        ("Models", "GetModel", models_pb2.GetModelRequest(name="models/.."), "NOT_FOUND"),
        ("Models", "ListModels", models_pb2.ListModelsRequest(page_size=1001), "INVALID_ARGUMENT"),
    ],
)
async def test_names_pages_and_watching(
    service: str, method: str, request_message: Any, code: str
) -> None:
    async with running_server() as channel:
        module: Any = {"Subtitling": subtitling_pb2_grpc, "Models": models_pb2_grpc}[service]
        call = getattr(getattr(module, f"{service}Stub")(channel), method)(request_message)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            if method == "WatchCues":
                async for _ in call:
                    pass
            else:
                await call
        assert caught.value.code().name == code
