"""A machine that is too slow for its sessions: it says so, refuses more, and loses no word."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    CommittedText,
    Pace,
    PaceChanged,
    ResourceExhaustedError,
    TentativeText,
)

from foundation.speech import SAMPLE_RATE, RecognitionRequest, Transcription, Word
from models.store import ModelStore
from services.command_line.demo import BULLETIN, speak
from services.command_line.runtime import ensure_model
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.in_process import PoolConfig
from workers.interface import Task
from workers.testing import FakePool

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.alone]

TICKS = 90_000
SECONDS_A_WINDOW = 0.75
SPOKEN_SECONDS = 16


def slowly_heard(task: Task) -> Transcription:
    """A word a second of audio, whatever is said, in three quarters of a second."""
    time.sleep(SECONDS_A_WINDOW)
    request: RecognitionRequest = task.payload
    seconds = request.samples.size // SAMPLE_RATE
    words = tuple(Word("so", n * TICKS, (n + 1) * TICKS, 0.9) for n in range(seconds))
    return Transcription(" ".join("so" for _ in words), words, "en", 1.0, -0.1, 0.1, 1.0)


async def at_its_own_speed(speech: bytes, rate: int) -> AsyncIterator[bytes]:
    begun = asyncio.get_running_loop().time()
    size = rate // 10 * 2
    for number, start in enumerate(range(0, len(speech), size)):
        due = begun + number / 10
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        yield speech[start : start + size]


async def test_it_says_so_and_refuses_more(tmp_path: Path) -> None:
    ensure_model("piper-en-us-joe")
    speak(BULLETIN, tmp_path / "bulletin.wav")
    with wave.open(str(tmp_path / "bulletin.wav")) as file:
        rate = file.getframerate()
        audio = file.readframes(SPOKEN_SECONDS * rate)
    assert len(audio) == SPOKEN_SECONDS * rate * 2
    audio_format = AudioFormat(AudioEncoding.LINEAR16, rate, 1)
    pool = FakePool(slowly_heard, PoolConfig(workers=1))

    async def broadcast(client: AsyncClient, name: str) -> None:
        async for _ in client.push_audio(name, at_its_own_speed(audio, rate), audio_format):
            pass

    async with (
        Server(Settings(port=0, drain_seconds=10), pool, ModelStore()) as server,
        AsyncClient(f"127.0.0.1:{server.port}") as client,
    ):
        sessions = [await client.create_live_session(languages=["en"]) for _ in range(3)]
        on_air = [asyncio.create_task(broadcast(client, session.name)) for session in sessions]
        told: list[object] = []
        async for event in client.watch_cues(sessions[0].name):
            told.append(event)
            if isinstance(event, PaceChanged):
                assert event.pace is Pace.REDUCED
                assert event.step >= 2.0
                break
        assert any(isinstance(event, TentativeText) for event in told), "at first it kept up"
        while Pace.FULL in [  # noqa: ASYNC110 - the server tells watchers of one session each
            (await client.get_live_session(s.name)).pace for s in sessions
        ]:
            await asyncio.sleep(0.1)
        with pytest.raises(
            ResourceExhaustedError,
            match=r"3 live sessions are decoded every \d\.\d s \(limit 1.8 s",
        ):
            await client.create_live_session()
        await asyncio.gather(*on_air)
        for session in sessions:
            await client.stop_live_session(session.name)
            events = [event async for event in client.watch_cues(session.name)]
            words = [w for e in events if isinstance(e, CommittedText) for w in e.words]
            assert len(words) >= 10, "nothing that was heard is lost"
            starts = [word.start for word in words]
            assert starts == sorted(starts)
    await pool.aclose()
