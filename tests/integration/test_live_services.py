"""Streaming calls with the real model: words come once, bad callers hurt nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import sys
import wave
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from dauys.client import (
    FINALIZE,
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    CancelledError,
    CommittedText,
    CueFinished,
    Finalize,
    InvalidArgumentError,
    LiveSessionState,
)
from dauys.v1 import audio_pb2, speech_to_text_pb2, speech_to_text_pb2_grpc

from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelStore
from services.command_line.demo import BULLETIN, speak
from services.command_line.runtime import ensure_model
from services.command_line.scoring import normalise
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.in_process import InProcessPool, PoolConfig

pytestmark = [pytest.mark.models, pytest.mark.slow]

SPOKEN = BULLETIN[0]


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory: pytest.TempPathFactory, whisper_base: Path) -> Path:
    ensure_model("piper-en-us-joe")
    path = tmp_path_factory.mktemp("spoken") / "bulletin.wav"
    speak((SPOKEN,), path)
    return path


@pytest.fixture
async def target(whisper_base: Path) -> AsyncIterator[str]:
    store = ModelStore()
    pool = InProcessPool(make_loader(store, EngineOptions(workers=2)), PoolConfig(workers=2))
    try:
        async with Server(Settings(port=0, drain_seconds=5), pool, store) as server:
            yield f"127.0.0.1:{server.port}"
    finally:
        await pool.aclose()


def raw(path: Path) -> tuple[bytes, AudioFormat]:
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
        return data, AudioFormat(AudioEncoding.LINEAR16, file.getframerate(), 1)


async def pieces(data: bytes, size: int = 6001) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def heard(words: Iterable[str]) -> str:
    return normalise(" ".join(words)).replace("9", "nine")


async def recognise(client: AsyncClient, path: Path) -> str:
    data, audio_format = raw(path)
    words = []
    async for result in client.streaming_recognize(pieces(data), audio_format, languages=["en"]):
        words += [word.text for word in result.committed]
    return heard(words)


async def test_words_are_committed_once(target: str, bulletin: Path) -> None:
    async with AsyncClient(target) as client:
        assert await recognise(client, bulletin) == normalise(SPOKEN)
        recognition = await client.recognize(bulletin, languages=["en"])
        assert heard([recognition.text]) == normalise(SPOKEN)


async def test_finalize_commits_at_once_and_positions_resume(target: str, bulletin: Path) -> None:
    data, audio_format = raw(bulletin)
    release = asyncio.Event()

    async def audio() -> AsyncIterator[bytes | Finalize]:
        async for piece in pieces(data):
            yield piece
        yield FINALIZE
        await release.wait()

    words: list[str] = []
    async with AsyncClient(target) as client:
        async for result in client.streaming_recognize(audio(), audio_format, languages=["en"]):
            words += [word.text for word in result.committed]
            if result.finalized:
                assert heard(words) == normalise(SPOKEN)
                assert result.tentative == ()
                release.set()
    assert heard(words) == normalise(SPOKEN)


Message = speech_to_text_pb2.StreamingRecognizeRequest


def configuration(encoding: int, rate: int = 16_000, channels: int = 1) -> Message:
    audio_config = audio_pb2.AudioConfig(
        encoding=audio_pb2.AudioEncoding.ValueType(encoding),
        sample_rate_hertz=rate,
        channel_count=channels,
    )
    config = speech_to_text_pb2.StreamingRecognitionConfig(audio_config=audio_config)
    return Message(config=config)


def wav_header(size: int, rate: int = 16_000, channels: int = 1) -> bytes:
    block = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", size, b"WAVE", b"fmt ", 16, 1, channels, rate, rate * block, block, 16,
        b"data", size - 36,
    )  # fmt: skip


HOSTILE: dict[str, tuple[Callable[[], list[Message]], str]] = {
    "nothing": (list, "request"),
    "audio-first": (lambda: [Message(audio=b"x")], "request"),
    "empty-message": (lambda: [configuration(1), Message()], "request"),
    "two-configurations": (lambda: [configuration(1), configuration(1)], "config"),
    "no-encoding": (lambda: [configuration(0)], "config.audio_config.encoding"),
    "no-channels": (lambda: [configuration(1, channels=0)], "audio_config.channel_count"),
    "one-hertz": (lambda: [configuration(1, rate=1)], "audio_config.sample_rate_hertz"),
    "text-as-wav": (lambda: [configuration(7, 0, 0), Message(audio=b"hello " * 100)], "audio"),
    "broken-flac": (lambda: [configuration(5, 0, 0), Message(audio=b"fLaC\0\0")], "audio"),
    "long-chunk": (lambda: [configuration(1), Message(audio=bytes(2**20 + 2))], "audio"),
    "wav-of-1-hertz": (
        lambda: [configuration(7, 0, 0), Message(audio=wav_header(3_000_000_000, 1))],
        "audio",
    ),
    "wav-of-no-channels": (
        lambda: [configuration(7, 0, 0), Message(audio=wav_header(1000, 16_000, 0))],
        "audio",
    ),
}


async def test_hostile_streams_get_a_clear_status_and_hurt_nobody(
    target: str, bulletin: Path
) -> None:
    async with AsyncClient(target) as client, grpc.aio.insecure_channel(target) as channel:
        # The stubs' types know blocking channels only.
        stub: Any = speech_to_text_pb2_grpc.SpeechToTextStub(channel)
        beside = asyncio.create_task(recognise(client, bulletin))
        for name, (make, field) in HOSTILE.items():
            call = stub.StreamingRecognize(iter(make()), timeout=30)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                async for _ in call:
                    pass
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT, name
            assert field in str(caught.value.details()), name
        # One that is cancelled half-way, and one whose client never reads.
        data, audio_format = raw(bulletin)
        async with aclosing(
            client.streaming_recognize(pieces(data), audio_format)  # type: ignore[type-var]
        ) as left:
            await anext(left)
        silent = stub.StreamingRecognize()
        await silent.write(configuration(1, audio_format.sample_rate))
        async for piece in pieces(data):
            await silent.write(Message(audio=piece))
        assert await beside == normalise(SPOKEN)
        silent.cancel()


async def test_pushed_session_is_watched_late_and_stopped(target: str, bulletin: Path) -> None:
    data, audio_format = raw(bulletin)
    async with AsyncClient(target) as client:
        session = await client.create_live_session(languages=["en"], display_name="push")
        taken = [p async for p in client.push_audio(session.name, pieces(data), audio_format)]
        assert taken == sorted(taken)
        # A second pusher goes on where the first one ended.
        async for position in client.push_audio(session.name, pieces(data), audio_format):
            taken.append(position)
        assert taken[-1] == pytest.approx(2 * len(data) / 2 / audio_format.sample_rate, abs=0.1)
        ended = await client.stop_live_session(session.name)
        assert ended.state is LiveSessionState.STOPPED
        assert (await client.stop_live_session(session.name)).state is LiveSessionState.STOPPED
        events = [event async for event in client.watch_cues(session.name)]
        words = [w.text for e in events if isinstance(e, CommittedText) for w in e.words]
        assert heard(words) == f"{normalise(SPOKEN)} {normalise(SPOKEN)}"
        lines = [line for e in events if isinstance(e, CueFinished) for line in e.cue.lines]
        assert heard(lines) == heard(words)
        middle = events[len(events) // 2].event_id
        rest = [event async for event in client.watch_cues(session.name, after_event=middle)]
        assert rest == [event for event in events if event.event_id > middle]
        with pytest.raises(InvalidArgumentError):
            await client.create_live_session(url="file:///etc/passwd")
        with pytest.raises(InvalidArgumentError):
            await client.create_live_session(url="udp://127.0.0.1:5000")


async def read_to_end(items: AsyncIterator[float]) -> None:
    async for _ in items:
        pass


async def test_stop_ends_a_silent_pusher(target: str) -> None:
    async def audio() -> AsyncIterator[bytes]:
        yield bytes(32_000)
        await asyncio.Event().wait()

    async with AsyncClient(target) as client:
        session = await client.create_live_session()
        pushing = client.push_audio(
            session.name, audio(), AudioFormat(AudioEncoding.LINEAR16, 16_000, 1)
        )
        await anext(pushing)
        await client.stop_live_session(session.name)
        with pytest.raises(CancelledError):
            await asyncio.wait_for(read_to_end(pushing), 10)


async def test_sigterm_drains_with_the_last_words(bulletin: Path) -> None:
    data, audio_format = raw(bulletin)
    # Two seconds of silence, then speech that is still going on where the audio stops.
    data = data[: 2 * round(3.6 * audio_format.sample_rate)]
    environment = os.environ | {"DAUYS_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.server",
        env=environment, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    event: dict[str, Any] = {}
    while event.get("event") != "server.started":  # the database's migration is told before
        event = json.loads(await process.stderr.readline())
    port = event["port"]

    async def audio() -> AsyncIterator[bytes]:
        async for piece in pieces(data):
            yield piece
        await asyncio.Event().wait()

    words: list[str] = []
    told = False
    async with AsyncClient(f"127.0.0.1:{port}") as client:
        async for result in client.streaming_recognize(audio(), audio_format, languages=["en"]):
            words += [word.text for word in result.committed]
            if not told:
                assert result.tentative, "words are still open"
                process.send_signal(signal.SIGTERM)
                told = True
    await process.stderr.read()
    assert await process.wait() == 0
    assert heard(words).startswith("good evening and welcome")
