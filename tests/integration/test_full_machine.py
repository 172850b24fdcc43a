"""A machine that is too slow for its sessions: it says so, refuses more, and loses no word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
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
from faster_whisper.audio import decode_audio

from foundation.speech import SAMPLE_RATE, RecognitionRequest, Transcription, Word
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from workers.in_process import PoolConfig
from workers.interface import Task
from workers.testing import FakePool

pytestmark = pytest.mark.slow

TICKS = 90_000
SECONDS_A_WINDOW = 0.75
FORMAT = AudioFormat(AudioEncoding.LINEAR16, SAMPLE_RATE, 1)


def slowly_heard(task: Task) -> Transcription:
    """A word a second of audio, whatever is said, in three quarters of a second."""
    time.sleep(SECONDS_A_WINDOW)
    request: RecognitionRequest = task.payload
    seconds = request.samples.size // SAMPLE_RATE
    words = tuple(Word("so", n * TICKS, (n + 1) * TICKS, 0.9) for n in range(seconds))
    return Transcription(" ".join("so" for _ in words), words, "en", 1.0, -0.1, 0.1, 1.0)


async def at_its_own_speed(speech: bytes) -> AsyncIterator[bytes]:
    begun = asyncio.get_running_loop().time()
    for start in range(0, len(speech), 3200):
        due = begun + start / 2 / SAMPLE_RATE
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        yield speech[start : start + 3200]


async def test_it_says_so_and_refuses_more(shared_speech: Path) -> None:
    speech = decode_audio(str(shared_speech / "en-asterisk-demo-instruct.flac"))[: 16 * SAMPLE_RATE]
    audio = (speech * 32767).astype(np.int16).tobytes()
    pool = FakePool(slowly_heard, PoolConfig(workers=1))

    async def broadcast(client: AsyncClient, name: str) -> None:
        async for _ in client.push_audio(name, at_its_own_speed(audio), FORMAT):
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
