"""The server itself, and the refusals that its services share."""

from __future__ import annotations

import hashlib
from typing import Any

import grpc
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
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from foundation.errors import FailedPrecondition, InvalidArgument, Unavailable
from foundation.languages import Language
from models.store import ModelStore
from services.server.bootstrap import Server, serve
from services.server.settings import Settings
from tests.integration.grpc_fixtures import hear_nothing, running_server
from workers.testing import FakePool


def _field(error: Any) -> str:
    status = rpc_status.from_call(error)
    request = error_details_pb2.BadRequest()
    assert status.details[0].Unpack(request)
    return str(request.field_violations[0].field)


async def test_models_and_health_answer() -> None:
    async with running_server() as channel:
        models: Any = models_pb2_grpc.ModelsStub(channel)
        listed = await models.ListModels(models_pb2.ListModelsRequest())
        one = await models.GetModel(models_pb2.GetModelRequest(name=listed.models[0].name))
        assert one == listed.models[0]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await models.GetModel(models_pb2.GetModelRequest(name="models/none"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service="dauys.v1.Models"))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_api_key() -> None:
    async with running_server(api_key_sha256=hashlib.sha256(b"key").hexdigest()) as channel:
        models: Any = models_pb2_grpc.ModelsStub(channel)
        for sent in ((), (("authorization", "key"),), (("authorization", "Bearer other"),)):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await models.ListModels(models_pb2.ListModelsRequest(), metadata=sent)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        await models.ListModels(
            models_pb2.ListModelsRequest(), metadata=(("authorization", "Bearer key"),)
        )


@pytest.mark.parametrize(
    ("encoding", "rate", "channels", "audio", "field"),
    [
        (1, 16000, 1, b"", "audio"),
        (1, 16000, 0, b"\0\0", "audio_config.channel_count"),
        (1, 1, 1, b"\0\0", "audio_config.sample_rate_hertz"),
        (7, 0, 0, b"this is no wav " * 100, "audio"),
    ],
)
async def test_recognize_refuses_bad_audio(
    encoding: int, rate: int, channels: int, audio: bytes, field: str
) -> None:
    async with running_server() as channel:
        stub: Any = speech_to_text_pb2_grpc.SpeechToTextStub(channel)
        config = audio_pb2.AudioConfig(
            encoding=audio_pb2.AudioEncoding.ValueType(encoding),
            sample_rate_hertz=rate,
            channel_count=channels,
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Recognize(
                speech_to_text_pb2.RecognizeRequest(audio_config=config, audio=audio)
            )
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert _field(caught.value) == field


async def test_sessions_are_created_once_and_bounded() -> None:
    async with running_server(max_live_sessions=1) as channel:
        stub: Any = subtitling_pb2_grpc.SubtitlingStub(channel)
        request = subtitling_pb2.CreateLiveSessionRequest(request_id="a")
        first = await stub.CreateLiveSession(request)
        assert (await stub.CreateLiveSession(request)).name == first.name
        request.live_session.display_name = "other"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateLiveSession(request)
        assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateLiveSession(subtitling_pb2.CreateLiveSessionRequest())
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        stopped = await stub.StopLiveSession(subtitling_pb2.StopLiveSessionRequest(name=first.name))
        assert stopped.state == subtitling_pb2.LIVE_SESSION_STATE_STOPPED


async def test_servers_that_cannot_be_built() -> None:
    pool, store = FakePool(hear_nothing), ModelStore()
    with pytest.raises(FailedPrecondition):
        Server(Settings(host="0.0.0.0", port=0), pool, store)
    with pytest.raises(InvalidArgument):
        Server(Settings(port=0), pool, store, ["none"])
    async with Server(Settings(port=0, drain_seconds=0), pool, store) as server:
        with pytest.raises(Unavailable):
            Server(Settings(port=server.port), pool, store)
    await pool.aclose()


@pytest.mark.parametrize(
    ("default", "models", "setting"),
    [
        ("gigaam-multilingual", {"en": "whisper-base"}, "DAUYS_DEFAULT_MODEL"),
        ("whisper-base", {"kk": "piper-en-us-joe"}, "DAUYS_LANGUAGE_MODELS"),
        ("whisper-base", {"en": "fastconformer-kk-ru-onnx"}, "DAUYS_LANGUAGE_MODELS"),
    ],
)
async def test_models_that_do_not_fit_are_refused_at_the_start(
    default: str, models: dict[Language, str], setting: str
) -> None:
    settings = Settings(port=0, default_model=default, language_models=models)
    with pytest.raises(InvalidArgument, match=setting):
        await serve(settings)
