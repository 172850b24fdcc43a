from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from foundation.media_time import from_samples
from foundation.speech import Samples
from models.engines.base import EngineOptions
from models.engines.faster_whisper import FasterWhisperEngine
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizer, LiveRecognizerConfig, OfflineConfig, transcribe
from streaming.recognition.policies.alignment import normalise
from workers.in_process import InProcessPool, PoolConfig

pytestmark = pytest.mark.models


@pytest.fixture
async def pool(whisper_base: Path) -> AsyncIterator[InProcessPool]:
    pool = InProcessPool(
        lambda model: FasterWhisperEngine.open(whisper_base, EngineOptions(workers=2)),
        PoolConfig(workers=2),
    )
    yield pool
    await pool.aclose()


async def live(pool: InProcessPool, samples: Samples) -> list[Hypothesis]:
    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for start in range(0, samples.size, 1600):
            yield AudioChunk(samples[start : start + 1600], from_samples(start, 16_000))

    told: list[Hypothesis] = []
    recognizer = LiveRecognizer(pool, LiveRecognizerConfig("whisper-base"), "test")
    await recognizer.run(feed(), told.append)
    return told


def spoken(told: list[Hypothesis]) -> list[str]:
    return [normalise(word.text) for hypothesis in told for word in hypothesis.committed]


async def test_live_words_are_the_offline_words(pool: InProcessPool, shared_speech: Path) -> None:
    samples = decode_audio(str(shared_speech / "en-misc-jfk.flac"))
    told = await live(pool, samples)
    progress: list[float] = []
    offline = await transcribe(pool, samples, OfflineConfig("whisper-base"), progress.append)
    assert spoken(told) == [normalise(word.text) for u in offline for word in u.words]
    assert told[-1].endpoint
    assert progress[-1] == 1.0


def music() -> Samples:
    """Four chords of decaying harmonics over a beat: no voice, but much that changes."""
    time = np.arange(160_000) / 16_000
    chords = [(220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247)]
    sound = np.zeros(160_000)
    for beat in range(20):
        since = time - beat * 0.5
        swell = np.where(since >= 0, np.exp(-4 * np.maximum(since, 0)), 0)
        for tone in chords[beat % 4]:
            for harmonic in range(1, 5):
                sound += swell * np.sin(2 * np.pi * tone * harmonic * time) / harmonic
    return np.asarray(0.3 * sound / np.abs(sound).max(), np.float32)


def applause() -> Samples:
    """Hundreds of claps: short bursts of noise at random times."""
    random = np.random.default_rng(1)
    sound = np.zeros(160_000)
    for start in random.integers(0, 159_000, 1500):
        sound[start : start + 400] += random.normal(0, 1, 400) * np.exp(-np.arange(400) / 80)
    return np.asarray(0.4 * sound / np.abs(sound).max(), np.float32)


@pytest.mark.parametrize("kind", ["silence", "noise", "sine", "music", "applause"])
async def test_nothing_is_invented_live(pool: InProcessPool, kind: str) -> None:
    sounds = {
        "silence": np.zeros(160_000),
        "noise": np.random.default_rng(0).normal(0, 0.05, 160_000),
        "sine": 0.3 * np.sin(2 * np.pi * 440 * np.arange(160_000) / 16_000),
        "music": music(),
        "applause": applause(),
    }
    samples = np.asarray(sounds[kind], np.float32)
    assert spoken(await live(pool, samples)) == []
    assert await transcribe(pool, samples, OfflineConfig("whisper-base")) == []
