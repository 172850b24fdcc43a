"""The starter voice through the whole way: joins, loudness, memory, and what another ear hears."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import jiwer
import numpy as np
import psutil
import pytest

from foundation.synthesis import SynthesizedSpeech, Waveform
from models.engines.base import EngineOptions
from models.loading import make_loader
from models.store import ModelStore
from services.command_line.scoring import normalise
from services.server.settings import Settings
from services.text_to_speech.speaking import Speech, SpeechChoice
from streaming.recognition.config import OfflineConfig
from streaming.recognition.offline import transcribe
from streaming.synthesis import Flush, Sound, SpeechFormat, TextInput, sentences_of, whole
from tests.unit.synthesis.voices import VOICES, pool, synthesizer
from text.spoken import SpeechText, SpeechTextOptions
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Task

NEWS = (
    "Good evening and welcome to the news. The president met the prime minister today. "
    "They spoke about water, energy and trade. Snow is expected in the north."
)


@pytest.fixture
async def workers() -> AsyncIterator[InProcessPool]:
    made = InProcessPool(make_loader(ModelStore(), EngineOptions(workers=2)), PoolConfig(2))
    yield made
    await made.aclose()


async def spoken(
    workers: InProcessPool, text: str, rate: int = 0, *, in_one: bool = False
) -> tuple[list[Sound], int]:
    speech = Speech(workers, ModelStore(), Settings())
    choice = SpeechChoice(language="en", speech_format=SpeechFormat("wav", rate))
    speaking = await speech.prepare(choice, whole=in_one)
    sounds = speaking.synthesizer.speak(sentences_of(speaking.front_end, whole(text)))
    async with aclosing(sounds):
        found = [sound async for sound in sounds if isinstance(sound, Sound)]
    return found, speaking.synthesizer.sample_rate


def power(samples: Waveform) -> float:
    """Decibels of full scale."""
    return 10 * float(np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


@pytest.mark.models
@pytest.mark.parametrize("rate", [0, 48_000])
async def test_the_starter_voice_s_sentences_join_without_a_click(
    workers: InProcessPool, rate: int
) -> None:
    sounds, rate = await spoken(workers, NEWS, rate)
    samples = np.concatenate([sound.samples for sound in sounds])
    joins = np.cumsum([sound.samples.size for sound in sounds])[:-1]
    assert len(joins) >= 6, "three pauses have two joins each"
    inside = np.abs(np.diff(samples)).max()
    window = round(0.01 * rate)
    for join, before, after in zip(joins, sounds, sounds[1:], strict=False):
        step = abs(samples[join] - samples[join - 1])
        around = samples[join - window : join + window]
        if before.voice and after.voice:  # two pieces of one sentence: speech goes on
            assert step <= inside
            continue
        assert step < 1e-3, "sentence and pause meet at zero"
        assert np.abs(np.diff(around)).max() < 0.25 * inside
        # 10 ms of speech beside the pause are as quiet as a voice's own end: no burst.
        assert power(around) < -35


@pytest.mark.models
@pytest.mark.slow
async def test_another_ear_understands_the_joined_speech(
    workers: InProcessPool, whisper_base: Path
) -> None:
    sounds, rate = await spoken(workers, NEWS, 16_000, in_one=True)
    samples = np.concatenate([sound.samples for sound in sounds])
    assert rate == 16_000
    heard = await transcribe(workers, samples, OfflineConfig("whisper-base", languages=("en",)))
    text = " ".join(utterance.text for utterance in heard)
    assert jiwer.wer(normalise(NEWS), normalise(text)) <= 0.1


@pytest.mark.slow
async def test_a_megabyte_of_text_is_spoken_in_bounded_memory() -> None:
    """Text, sentences, audio: nothing of what was delivered is kept."""

    def word(task: Task) -> SynthesizedSpeech:
        rate = VOICES[task.model].sample_rate
        return SynthesizedSpeech(np.full(rate // 2, 0.1, np.float32), rate, (), "measured")

    read = 0

    async def megabyte() -> AsyncIterator[TextInput]:
        nonlocal read
        piece = ("This sentence" + " goes on and on without an end" * 12 + ". ") * 10
        while read < 1_000_000:
            read += len(piece)
            yield piece

    workers = pool(word)
    workers.tasks = _Forgetful()
    front_end = SpeechText(SpeechTextOptions("en"))
    speaker = synthesizer(workers)
    process, early, samples = psutil.Process(), 0, 0
    async for sound in speaker.speak(sentences_of(front_end, megabyte())):
        assert not isinstance(sound, Flush)
        samples += sound.samples.size
        if not early and read > 100_000:
            gc.collect()
            early = process.memory_info().rss
    gc.collect()
    grown = process.memory_info().rss - early
    await workers.aclose()
    assert read >= 1_000_000
    assert samples > 2_000 * 0.5 * VOICES["en-voice"].sample_rate
    assert grown < 25 * 2**20


class _Forgetful(list[Task]):
    """The fake pool's record would be what grows."""

    def append(self, task: Task) -> None:
        """Nothing is kept."""
