from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from foundation.errors import Cancelled, FailedPrecondition
from foundation.languages import LANGUAGES, Language
from foundation.speech import RecognitionRequest, Samples
from models.engines.base import CallContext, EngineOptions
from models.engines.faster_whisper import FasterWhisperEngine

pytestmark = pytest.mark.models

COUNTRY = (
    "And so my fellow Americans ask not what your country can do for you, "
    "ask what you can do for your country."
)


@pytest.fixture(scope="module")
def engine(whisper_base: Path) -> FasterWhisperEngine:
    return FasterWhisperEngine.open(whisper_base, EngineOptions())


def nobody_speaks() -> dict[str, Samples]:
    noise = np.random.default_rng(0).normal(0, 0.05, 160_000)
    sine = 0.3 * np.sin(2 * np.pi * 440 * np.arange(160_000) / 16_000)
    return {
        "silence": np.zeros(160_000, np.float32),
        "noise": noise.astype(np.float32),
        "sine": sine.astype(np.float32),
    }


def test_english_word_for_word(engine: FasterWhisperEngine, shared_speech: Path) -> None:
    samples = decode_audio(str(shared_speech / "en-misc-jfk.flac"))
    heard = engine.recognize(RecognitionRequest(samples), CallContext())
    assert heard.language == "en"
    assert heard.text.replace(",", "") == COUNTRY.replace(",", "")
    times = [time for word in heard.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[-1] <= 11 * 90_000


def test_russian(engine: FasterWhisperEngine, shared_speech: Path) -> None:
    samples = decode_audio(str(shared_speech / "ru-misc-golos_001ce26c.flac"))
    heard = engine.recognize(RecognitionRequest(samples, beam_size=5), CallContext())
    assert heard.language == "ru"
    assert "60" in heard.text
    assert "сколько будет" in heard.text


@pytest.mark.parametrize("name", ["silence", "noise", "sine"])
@pytest.mark.parametrize("languages", [LANGUAGES, ("kk",), ("ru",), ("en",)])
def test_nothing_is_invented(
    engine: FasterWhisperEngine, name: str, languages: tuple[Language, ...]
) -> None:
    heard = engine.recognize(RecognitionRequest(nobody_speaks()[name], languages), CallContext())
    assert heard.words == ()
    assert heard.text == ""


def test_cancelled_call_stops(engine: FasterWhisperEngine) -> None:
    context = CallContext()
    context.cancelled.set()
    with pytest.raises(Cancelled):
        engine.recognize(RecognitionRequest(np.ones(16_000, np.float32)), context)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match="cannot load Whisper"):
        FasterWhisperEngine.open(tmp_path, EngineOptions())
