"""The SDK against a scripted server on loopback."""

# The scripted servicers answer only what is asked of them.
# mypy: disable-error-code="abstract"

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dauys.client
import grpc.aio
import pytest
from dauys.client import (
    FINALIZE,
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    Client,
    CommittedText,
    FieldViolation,
    Finalize,
    InvalidArgumentError,
    ResourceExhaustedError,
    ResumeError,
    RetryPolicy,
    Timeout,
    UnavailableError,
)
from dauys.v1 import (
    models_pb2,
    models_pb2_grpc,
    speech_to_text_pb2,
    speech_to_text_pb2_grpc,
    subtitling_pb2,
    subtitling_pb2_grpc,
)
from google.protobuf import duration_pb2

from foundation.errors import InvalidArgument, ResourceExhausted
from services.server.errors import ErrorInterceptor

RATE = 8000
FORMAT = AudioFormat(AudioEncoding.LINEAR16, RATE, 1)
SECOND = bytes(2 * RATE)
QUICK = RetryPolicy(attempts=3, initial_delay=0.001)


def seconds(value: float) -> duration_pb2.Duration:
    message = duration_pb2.Duration()
    message.FromNanoseconds(round(value * 1e9))
    return message


class Speech(speech_to_text_pb2_grpc.SpeechToTextServicer):
    """Commits the word ``wN`` when second N of audio is whole; breaks where told."""

    def __init__(self) -> None:
        self.break_after: list[int] = []
        self.streams = 0

    async def StreamingRecognize(self, requests: Any, context: Any) -> AsyncIterator[Any]:
        self.streams += 1
        position = 0.0
        word = 0
        async for request in requests:
            kind = request.WhichOneof("request")
            if kind == "config":
                resume = request.config.resume_position
                position = resume.seconds + resume.nanos / 1e9
                word = int(position)
            elif kind == "finalize":
                yield self._answer([], position, finalized=True)
            else:
                position += len(request.audio) / 2 / RATE
                while word + 1 <= position + 1e-6:
                    # What is final lags behind what is committed: the last word comes again.
                    yield self._answer([word], max(0.0, word - 0.25))
                    word += 1
                    if self.break_after and word == self.break_after[0]:
                        self.break_after.pop(0)
                        await context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")

    def _answer(self, words: list[int], until: float, finalized: bool = False) -> Any:
        return speech_to_text_pb2.StreamingRecognizeResponse(
            committed=[
                speech_to_text_pb2.Word(text=f"w{n}", start=seconds(n), end=seconds(n + 0.9))
                for n in words
            ],
            committed_position=seconds(until),
            finalized=finalized,
        )


class Subtitles(subtitling_pb2_grpc.SubtitlingServicer):
    """Ten committed events; breaks after the fourth, once."""

    def __init__(self) -> None:
        self.broken = False
        self.create_ids: list[str] = []

    async def WatchCues(self, request: Any, context: Any) -> AsyncIterator[Any]:
        for number in range(request.after_event + 1, 11):
            text = subtitling_pb2.TextUpdate(text=f"t{number}", language="en")
            yield subtitling_pb2.WatchCuesResponse(event_id=number, committed=text)
            if number == 4 and not self.broken:
                self.broken = True
                await context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")

    async def CreateLiveSession(self, request: Any, context: Any) -> Any:
        self.create_ids.append(request.request_id)
        if len(self.create_ids) < 3:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        return subtitling_pb2.LiveSession(name="liveSessions/1")

    async def GetLiveSession(self, request: Any, context: Any) -> Any:
        raise ResourceExhausted("live_sessions", "2 of 2", retry_after=None)


class ManyModels(models_pb2_grpc.ModelsServicer):
    """Seven models, three a page; refuses a name."""

    async def ListModels(self, request: Any, context: Any) -> Any:
        first = int(request.page_token or 0)
        models = [models_pb2.Model(name=f"models/{n}") for n in range(first, min(first + 3, 7))]
        token = str(first + 3) if first + 3 < 7 else ""
        return models_pb2.ListModelsResponse(models=models, next_page_token=token)

    async def GetModel(self, request: Any, context: Any) -> Any:
        raise InvalidArgument("name", "must be models/ID")


@asynccontextmanager
async def serving(speech: Speech, subtitles: Subtitles | None = None) -> AsyncIterator[str]:
    server = grpc.aio.server(interceptors=[ErrorInterceptor()])
    speech_to_text_pb2_grpc.add_SpeechToTextServicer_to_server(speech, server)
    subtitling_pb2_grpc.add_SubtitlingServicer_to_server(subtitles or Subtitles(), server)
    models_pb2_grpc.add_ModelsServicer_to_server(ManyModels(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def audio(count: int, *, finalize_at: int | None = None) -> AsyncIterator[bytes | Finalize]:
    for number in range(count):
        yield SECOND[:5001]
        yield SECOND[5001:]
        if number == finalize_at:
            yield FINALIZE


@pytest.mark.parametrize("breaks", [[], [1], [3], [2, 5], [8]])
async def test_broken_streams_lose_and_double_no_word(breaks: list[int]) -> None:
    speech = Speech()
    speech.break_after = list(breaks)
    words: list[str] = []
    finalized = 0
    async with serving(speech) as target, AsyncClient(target, retry=QUICK) as client:
        async for result in client.streaming_recognize(audio(8, finalize_at=4), FORMAT):
            words += [word.text for word in result.committed]
            finalized += result.finalized
    assert words == [f"w{n}" for n in range(8)]
    assert speech.streams == 1 + len(breaks)
    assert finalized == 1


async def test_container_cannot_be_resumed() -> None:
    speech = Speech()
    speech.break_after = [2]
    async with serving(speech) as target, AsyncClient(target, retry=QUICK) as client:
        with pytest.raises(ResumeError):
            async for _ in client.streaming_recognize(audio(4), AudioFormat(AudioEncoding.FLAC)):
                pass


async def test_gives_up_after_the_policys_attempts() -> None:
    async with AsyncClient("127.0.0.1:1", retry=QUICK, timeout=Timeout(call=20)) as client:
        with pytest.raises(UnavailableError):
            await client.get_model("models/x")


async def test_failing_audio_source_reaches_the_caller_after_its_words() -> None:
    async def failing() -> AsyncIterator[bytes | Finalize]:
        async for item in audio(2):
            yield item
        raise OSError("microphone unplugged")

    words: list[str] = []
    async with serving(Speech()) as target, AsyncClient(target, retry=QUICK) as client:
        with pytest.raises(OSError, match="unplugged"):
            async for result in client.streaming_recognize(failing(), FORMAT):
                words += [word.text for word in result.committed]
    assert words == ["w0", "w1"]


async def test_watching_goes_on_after_the_last_event() -> None:
    async with serving(Speech()) as target, AsyncClient(target, retry=QUICK) as client:
        events = [event async for event in client.watch_cues("liveSessions/1")]
    assert [e.text for e in events if isinstance(e, CommittedText)] == [
        f"t{n}" for n in range(1, 11)
    ]


async def test_creation_is_retried_with_one_request_id() -> None:
    subtitles = Subtitles()
    async with serving(Speech(), subtitles) as target, AsyncClient(target, retry=QUICK) as client:
        assert (await client.create_live_session()).name == "liveSessions/1"
    assert len(subtitles.create_ids) == 3
    assert len(set(subtitles.create_ids)) == 1


async def test_creation_without_request_id_is_not_retried() -> None:
    subtitles = Subtitles()
    async with serving(Speech(), subtitles) as target, AsyncClient(target, retry=QUICK) as client:
        with pytest.raises(UnavailableError):
            await client.create_live_session(request_id="")
    assert len(subtitles.create_ids) == 1


async def test_errors_carry_their_details_and_pages_follow() -> None:
    async with serving(Speech()) as target, AsyncClient(target, retry=QUICK) as client:
        assert len([model async for model in client.list_models()]) == 7
        with pytest.raises(InvalidArgumentError) as caught:
            await client.get_model("x")
        assert caught.value.violations == (FieldViolation("name", "must be models/ID"),)
        with pytest.raises(ResourceExhaustedError):
            await client.get_live_session("liveSessions/1")


async def test_blocking_client_streams_and_leaves_early() -> None:
    import asyncio

    def use(target: str) -> list[str]:
        with Client(target, retry=QUICK) as client:
            assert len(list(client.list_models())) == 7
            watching = client.watch_cues("liveSessions/1")
            assert isinstance(next(watching), CommittedText)
            results = client.streaming_recognize([SECOND, SECOND, FINALIZE], FORMAT)
            return [word.text for result in results for word in result.committed]

    async with serving(Speech()) as target:
        assert await asyncio.to_thread(use, target) == ["w0", "w1"]


def test_no_protobuf_in_public_signatures() -> None:
    for name in dauys.client.__all__:
        thing = getattr(dauys.client, name)
        members = inspect.getmembers(thing, inspect.isfunction) if inspect.isclass(thing) else []
        for member_name, member in members:
            if not member_name.startswith("_") or member_name == "__init__":
                assert "pb2" not in str(inspect.signature(member)), f"{name}.{member_name}"
                assert "grpc" not in str(inspect.signature(member)), f"{name}.{member_name}"
