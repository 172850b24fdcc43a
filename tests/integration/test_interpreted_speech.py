"""A recording spoken in another language: heard, translated and said by scripted models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    Client,
    InvalidArgumentError,
    NotFoundError,
    SpeechAudio,
    SpeechOptions,
)

from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from tests.integration import speech_fixtures, translation_fixtures
from tests.toy_translator import CAPABILITIES
from tests.unit.synthesis.voices import VOICES, in_pieces
from workers.interface import Task
from workers.testing import WINDOWS_ONLY, FakePool


def everything(task: Task) -> Any:
    if task.method in ("synthesize", "stream_synthesis"):
        return in_pieces(task)
    return translation_fixtures.hear_or_translate(task)


@pytest.fixture
async def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    own = tmp_path / "all.toml"
    cards = speech_fixtures.CATALOGUE + translation_fixtures._CATALOGUE.format()
    own.write_text(cards, encoding="utf-8")
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))
    pool = FakePool(everything, capabilities=lambda model: VOICES.get(model, _others(model)))
    settings = Settings(
        port=0,
        drain_seconds=1.0,
        default_translation_model="toy",
        voices={"kk": "kk-voice", "ru": "ru-voice", "en": "en-voice"},
    )
    try:
        async with Server(settings, pool, ModelStore(tmp_path / "store")) as server:
            yield f"127.0.0.1:{server.port}"
    finally:
        await pool.aclose()


def _others(model: str) -> Any:
    return CAPABILITIES if model == "toy" else WINDOWS_ONLY


@pytest.fixture
def recording(shared_speech: Path) -> Path:
    return sorted(shared_speech.rglob("*.flac"))[0]


async def test_a_recording_is_spoken_in_another_language(target: str, recording: Path) -> None:
    async with AsyncClient(target) as client:
        said = await client.interpret_speech(
            recording, "en", audio=SpeechAudio(AudioEncoding.MP3), options=SpeechOptions(rate=1.5)
        )
    assert said.info is not None
    assert said.info.synthetic
    # What the toy translator writes is Kazakh in Latin letters, whatever it was asked for.
    assert said.info.voices == ("kk-voice",)
    with av.open(BytesIO(said.audio)) as container:
        length = sum(f.samples for f in container.decode(audio=0)) / said.info.sample_rate
        assert container.metadata["synthetic"] == "true"
    ends = 0.0
    for segment in said.segments:
        assert segment.translation.text == "Sälem, älem."
        assert segment.spoken_start is not None
        assert segment.spoken_end is not None
        assert ends <= segment.spoken_start < segment.spoken_end <= length
        ends = segment.spoken_end


async def test_the_blocking_client_interprets(target: str, recording: Path) -> None:
    def use() -> bytes:
        with Client(target) as client:
            return client.interpret_speech(recording, "ru").audio

    assert (await asyncio.to_thread(use)).startswith(b"RIFF")


async def test_text_alone_is_still_what_is_answered_unasked(target: str, recording: Path) -> None:
    async with AsyncClient(target) as client:
        [*segments] = await client.translate_speech(recording, "en")
    assert segments[0].translation.text == "Sälem, älem."


async def test_voices_are_checked_before_anything_is_heard(target: str) -> None:
    silence = b"\0" * 32_000
    async with AsyncClient(target) as client:
        pcm = AudioFormat(AudioEncoding.LINEAR16, 16_000, 1)
        with pytest.raises(NotFoundError, match=r"speech\.voice"):
            await client.interpret_speech(
                silence, "en", audio_format=pcm, options=SpeechOptions("nobody")
            )
        with pytest.raises(InvalidArgumentError) as caught:
            await client.interpret_speech(
                silence, "en", audio_format=pcm, options=SpeechOptions(pitch=50)
            )
        assert caught.value.violations[0].field == "speech.pitch"
        with pytest.raises(InvalidArgumentError) as caught:
            await client.interpret_speech(
                silence, "en", audio_format=pcm, options=SpeechOptions("kk-voice")
            )
        assert caught.value.violations[0].field == "speech.language"
        nothing = await client.interpret_speech(silence, "en", audio_format=pcm)
        assert (nothing.audio, nothing.info, nothing.segments) == (b"", None, ())
