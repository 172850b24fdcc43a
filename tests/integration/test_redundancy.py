"""Several engines behind one session: contracts, and a server that is killed on air."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from math import nan
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    CommittedText,
    CueFinished,
    EngineState,
    FailedPreconditionError,
    HandedOver,
    InvalidArgumentError,
    NotFoundError,
    SessionEngine,
)
from dauys.v1 import speech_to_text_pb2, speech_to_text_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from foundation.errors import Unavailable
from foundation.media_time import from_samples, from_seconds, to_seconds
from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelStore
from services.command_line.demo import BULLETIN, speak
from services.command_line.runtime import ensure_model
from services.command_line.scoring import normalise
from services.server.bootstrap import Server
from services.server.settings import EngineServer, Settings
from services.subtitling.remote_engine import RemoteRecognizer
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizerConfig
from tests.integration.grpc_fixtures import server_address
from workers.in_process import InProcessPool, PoolConfig

BAD_ENGINES: dict[str, tuple[list[SessionEngine], str]] = {
    "one": ([SessionEngine()], "2 to 4"),
    "five": ([SessionEngine(name=str(n)) for n in range(5)], "2 to 4"),
    "same-name": ([SessionEngine(), SessionEngine()], "'local' stands twice"),
    "unknown-server": ([SessionEngine(), SessionEngine(server="10.0.0.9:1")], "operator has named"),
    "wrong-task": ([SessionEngine(), SessionEngine(model="starter-translator")], "not speech"),
    "long-name": ([SessionEngine(), SessionEngine(name="n" * 61)], "limit 60"),
}


@pytest.mark.parametrize("name", BAD_ENGINES)
async def test_engines_are_checked(name: str) -> None:
    engines, message = BAD_ENGINES[name]
    async with server_address() as target, AsyncClient(target) as client:
        with pytest.raises(InvalidArgumentError, match=message):
            await client.create_live_session(engines=engines)


async def test_an_unknown_model_is_not_found() -> None:
    async with server_address() as target, AsyncClient(target) as client:
        with pytest.raises(NotFoundError, match="no-such"):
            await client.create_live_session(
                engines=[SessionEngine(), SessionEngine(model="no-such")]
            )


async def test_engines_are_told_and_handed_over_by_hand() -> None:
    async with server_address() as target, AsyncClient(target) as client:
        session = await client.create_live_session(
            languages=["en"], engines=[SessionEngine(), SessionEngine(name="second")]
        )
        assert [engine.name for engine in session.engines] == ["local", "second"]
        await asyncio.sleep(0.1)
        engines = await client.hand_over(session.name, "second", operator="Айгүл")
        assert [engine.state for engine in engines] == [EngineState.STANDBY, EngineState.ON_AIR]
        with pytest.raises(NotFoundError, match="there are local, second"):
            await client.hand_over(session.name, "third")
        await client.stop_live_session(session.name)
        events = [event async for event in client.watch_cues(session.name)]
        changes = [event for event in events if isinstance(event, HandedOver)]
        assert [(c.before, c.engine, c.operator) for c in changes] == [("local", "second", "Айгүл")]
        with pytest.raises(FailedPreconditionError, match="ended"):
            await client.hand_over(session.name, "local")


async def test_a_session_with_one_engine_cannot_be_handed_over() -> None:
    async with server_address() as target, AsyncClient(target) as client:
        session = await client.create_live_session()
        with pytest.raises(FailedPreconditionError, match="one engine only"):
            await client.hand_over(session.name, "local")


async def test_a_server_that_is_not_there_fails_and_says_where() -> None:
    server = EngineServer(address="127.0.0.1:9")
    recognizer = RemoteRecognizer(server, LiveRecognizerConfig("any", ("en",)), "")

    async def audio() -> AsyncIterator[AudioChunk | Finalize]:
        yield AudioChunk(np.zeros(1600, np.float32), 0)
        await asyncio.Event().wait()

    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        async with asyncio.timeout(20):
            await recognizer.run(audio(), lambda hypothesis: None)


class Liar(speech_to_text_pb2_grpc.SpeechToTextServicer):
    """A server out of its mind: answers the first audio with what it is given."""

    def __init__(self, answer: speech_to_text_pb2.StreamingRecognizeResponse) -> None:
        self._answer = answer

    async def Recognize(self, request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not asked for here")

    async def StreamingRecognize(
        self, requests: AsyncIterator[Any], context: Any
    ) -> AsyncIterator[speech_to_text_pb2.StreamingRecognizeResponse]:
        await context.send_initial_metadata(())
        async for request in requests:
            if request.audio:
                yield self._answer


@asynccontextmanager
async def lying(**answer: Any) -> AsyncIterator[list[Hypothesis]]:
    """What a remote recogniser makes of it."""
    server = grpc.aio.server()
    response = speech_to_text_pb2.StreamingRecognizeResponse(language="en", **answer)
    speech_to_text_pb2_grpc.add_SpeechToTextServicer_to_server(
        Liar(response),
        server,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    told: list[Hypothesis] = []
    heard = asyncio.Event()

    async def audio() -> AsyncIterator[AudioChunk | Finalize]:
        yield AudioChunk(np.zeros(16_000, np.float32), 0)
        await heard.wait()

    def emit(hypothesis: Hypothesis) -> None:
        told.append(hypothesis)
        heard.set()

    address = EngineServer(address=f"127.0.0.1:{port}")
    recognizer = RemoteRecognizer(address, LiveRecognizerConfig("any", ("en",)), "")
    try:
        async with asyncio.timeout(20):
            await recognizer.run(audio(), emit)
        yield told
    finally:
        await server.stop(None)


@pytest.mark.parametrize(
    "answer",
    [
        {"audio_position": Duration(seconds=10**9)},
        {"committed_position": Duration(seconds=-5)},
        {"committed": [{"text": "soon", "start": Duration(seconds=900)}]},
        {"tentative": [{"text": "ago", "start": Duration(seconds=-900)}]},
    ],
    ids=["position", "negative", "later", "earlier"],
)
async def test_a_remote_engine_cannot_tell_of_audio_that_it_was_not_sent(
    answer: dict[str, Any],
) -> None:
    """Such words would be ahead of every other engine's, and put it on air."""
    with pytest.raises(Unavailable, match="audio that it was not sent"):
        async with lying(**answer):
            pass


async def test_figures_of_a_remote_engine_that_are_none_go_no_further() -> None:
    """A page's JSON knows no NaN."""
    end = Duration(nanos=500_000_000)
    async with lying(committed=[{"text": "hi", "end": end, "confidence": nan}]) as told:
        assert [word.confidence for word in told[0].committed] == [0.0]


# With the real model.


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory: pytest.TempPathFactory, whisper_base: Path) -> Path:
    ensure_model("piper-en-us-joe")
    path = tmp_path_factory.mktemp("spoken") / "bulletin.wav"
    speak(BULLETIN[:3], path)
    return path


@asynccontextmanager
async def real_server(**settings: Any) -> AsyncIterator[str]:
    store = ModelStore()
    pool = InProcessPool(make_loader(store, EngineOptions(workers=2)), PoolConfig(workers=2))
    try:
        async with Server(Settings(port=0, drain_seconds=5, **settings), pool, store) as server:
            yield f"127.0.0.1:{server.port}"
    finally:
        await pool.aclose()


def samples_of(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return data, file.getframerate()


@pytest.mark.models
@pytest.mark.slow
async def test_times_of_a_remote_engine_are_the_sessions_over_a_gap(bulletin: Path) -> None:
    import soxr

    data, rate = samples_of(bulletin)
    speech = soxr.resample(data.astype(np.float32) / 32_768, rate, 16_000)[: 16_000 * 6]
    origin, gap = from_seconds(1000.0), from_seconds(7.0)
    hypotheses: list[Hypothesis] = []

    async def audio() -> AsyncIterator[AudioChunk | Finalize]:
        for start in range(0, speech.size, 1600):
            at = origin + from_samples(start, 16_000)
            yield AudioChunk(speech[start : start + 1600], at)
        again = origin + from_samples(speech.size, 16_000) + gap
        for start in range(0, speech.size, 1600):
            at = again + from_samples(start, 16_000)
            yield AudioChunk(speech[start : start + 1600], at, discontinuity=start == 0)

    async with real_server() as target:
        recognizer = RemoteRecognizer(
            EngineServer(address=target), LiveRecognizerConfig("whisper-base", ("en",)), ""
        )
        await recognizer.run(audio(), hypotheses.append)
    words = [word for each in hypotheses for word in each.committed]
    assert all(word.start >= origin for word in words)
    shift = from_samples(speech.size, 16_000) + gap
    firsts = [word for word in words if word.start < origin + shift]
    seconds = words[len(firsts) :]
    first_texts, second_texts = (
        [normalise(word.text) for word in half] for half in (firsts, seconds)
    )
    matcher = SequenceMatcher(None, first_texts, second_texts, autojunk=False)
    same = [
        (firsts[block.a + n], seconds[block.b + n])
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    ]
    assert len(same) >= 0.8 * max(len(firsts), len(seconds)) > 5  # a busy machine hears less well
    for first, second in same:
        assert to_seconds(second.start - first.start) == pytest.approx(to_seconds(shift), abs=0.3)


def check_text(said: list[str]) -> None:
    """Every word of the bulletin once: none is missing or doubled, two at most are misheard."""
    text = normalise(" ".join(said)).replace("12", "twelve").replace("9", "nine").split()
    wanted = normalise(" ".join(BULLETIN[:3])).split()
    assert len(text) == len(wanted), text
    assert sum(a != b for a, b in zip(text, wanted, strict=True)) <= 2, text


@pytest.mark.models
@pytest.mark.slow
async def test_a_killed_engine_leaves_no_gap_and_no_double_line(bulletin: Path) -> None:
    data, rate = samples_of(bulletin)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.server",
        env=os.environ | {"DAUYS_PORT": "0"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    event: dict[str, Any] = {}
    while event.get("event") != "server.started":
        event = json.loads(await process.stderr.readline())
    draining = asyncio.create_task(process.stderr.read())
    servers = {"far": EngineServer(address=f"127.0.0.1:{event['port']}")}
    killed_at = 0.0

    async def audio() -> AsyncIterator[bytes]:
        nonlocal killed_at
        step = rate // 5
        for start in range(0, data.size, step):
            if not killed_at and start > data.size // 2:
                process.send_signal(signal.SIGKILL)  # in the midst of the second sentence
                killed_at = start / rate
            yield data[start : start + step].tobytes()
            await asyncio.sleep(0.2)

    try:
        async with real_server(engine_servers=servers) as target, AsyncClient(target) as client:
            session = await client.create_live_session(
                languages=["en"], engines=[SessionEngine(server="far"), SessionEngine()]
            )
            audio_format = AudioFormat(AudioEncoding.LINEAR16, rate, 1)
            async for _ in client.push_audio(session.name, audio(), audio_format):
                pass
            ended = await client.stop_live_session(session.name)
            events = [event async for event in client.watch_cues(session.name)]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        draining.cancel()
    words = [w for e in events if isinstance(e, CommittedText) for w in e.words]
    check_text([word.text for word in words])
    assert [word.start for word in words] == sorted(word.start for word in words)
    lines = [line for e in events if isinstance(e, CueFinished) for line in e.cue.lines]
    check_text(lines)
    changes = [event for event in events if isinstance(event, HandedOver)]
    assert [(change.before, change.engine) for change in changes] == [("far", "local")]
    assert ended.engines[0].failure_count > 0
    # On air again while less than one step and its decoding passed, on a machine that others use.
    assert changes[0].wall - killed_at < 4.0
