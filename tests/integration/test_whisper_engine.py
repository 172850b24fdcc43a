from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from foundation.errors import Cancelled, FailedPrecondition, InvalidArgument
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


@pytest.mark.parametrize(
    ("file", "language"), [("en-misc-jfk", "en"), ("ru-misc-golos_001ce26c", "ru")]
)
def test_identifies_as_it_recognises(
    engine: FasterWhisperEngine, shared_speech: Path, file: str, language: Language
) -> None:
    samples = decode_audio(str(shared_speech / f"{file}.flac"))
    found = engine.call("identify", RecognitionRequest(samples), CallContext())
    assert found.language == language
    assert found.probability > 0.9
    other: Language = "ru" if language == "en" else "en"
    weighed = RecognitionRequest(
        samples, languages=(other, language), language_weights=(1 - 1e-9, 1e-9)
    )
    assert engine.identify(weighed, CallContext()).language == other
    silence = RecognitionRequest(np.zeros(16_000, np.float32))
    assert engine.identify(silence, CallContext()).probability == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["silence", "noise", "sine"])
@pytest.mark.parametrize("languages", [LANGUAGES, ("kk",), ("ru",), ("en",)])
def test_nothing_is_invented(
    engine: FasterWhisperEngine, name: str, languages: tuple[Language, ...]
) -> None:
    heard = engine.recognize(RecognitionRequest(nobody_speaks()[name], languages), CallContext())
    assert heard.words == ()
    assert heard.text == ""


def windows(shared_speech: Path, languages: tuple[Language, ...]) -> list[RecognitionRequest]:
    names = ("en-misc-jfk", "ru-misc-golos_001ce26c", "en-asterisk-demo-nogo")
    sounds = [decode_audio(str(shared_speech / f"{name}.flac"))[:80_000] for name in names]
    return [RecognitionRequest(sound, languages) for sound in [*sounds, nobody_speaks()["silence"]]]


def test_windows_computed_together_are_heard_as_alone(
    engine: FasterWhisperEngine, shared_speech: Path
) -> None:
    requests = windows(shared_speech, ("ru", "en"))
    together = engine.recognize_batch(requests, [CallContext() for _ in requests])
    alone = [engine.recognize(request, CallContext()) for request in requests]
    assert [heard.words for heard in together] == [heard.words for heard in alone]
    assert [heard.language for heard in together[:2]] == ["en", "ru"]
    assert together[3].words == ()


def test_a_prompt_is_kept_in_a_batch_and_the_longer_one_is_cut(
    engine: FasterWhisperEngine, shared_speech: Path
) -> None:
    first, second, *_ = windows(shared_speech, ("ru", "en"))
    first = replace(first, prompt="He spoke to the nation.", hotwords=("Kennedy",))
    second = replace(second, prompt="Вопрос диктору, и ещё один вопрос.", hotwords=("Kennedy",))
    assert engine.batch_key("recognize", first) == engine.batch_key("recognize", second)
    heard = engine.recognize_batch([first, second], [CallContext(), CallContext()])
    assert "Americans" in heard[0].text
    assert "сколько будет" in heard[1].text
    unprompted = replace(first, prompt="")
    assert engine.batch_key("recognize", unprompted) != engine.batch_key("recognize", first)


def test_one_of_a_batch_that_nobody_waits_for_harms_no_other(
    engine: FasterWhisperEngine, shared_speech: Path
) -> None:
    requests = windows(shared_speech, ("en",))[:2]
    gone = CallContext()
    gone.cancelled.set()
    heard = engine.recognize_batch(requests, [gone, CallContext()])
    assert heard[1].words
    with pytest.raises(Cancelled):
        engine.recognize_batch(requests, [gone, gone])


def test_a_window_is_encoded_once(
    engine: FasterWhisperEngine, shared_speech: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    encode = engine._model.encode

    def count(features: Any) -> Any:
        calls.append(features.shape[-1])
        return encode(features)

    monkeypatch.setattr(engine._model, "encode", count)
    samples = decode_audio(str(shared_speech / "en-misc-jfk.flac"))[:70_001]
    step = RecognitionRequest(samples, ("en",))
    first = engine.recognize(step, CallContext())
    final = replace(step, samples=samples.copy(), beam_size=2, temperatures=(0.0, 0.4))
    assert engine.recognize(final, CallContext()).words
    assert engine.recognize(step, CallContext()).words == first.words
    assert calls == [1000]
    engine.recognize(replace(step, samples=samples[:-1]), CallContext())
    engine.recognize(replace(step, full_context=True), CallContext())
    assert calls == [1000, 1000, 3000]


@pytest.mark.parametrize("weights", [(0.5,), (0.5, 0.0), (0.5, -1.0)])
def test_language_weights_are_checked(
    engine: FasterWhisperEngine, weights: tuple[float, ...]
) -> None:
    request = RecognitionRequest(np.ones(16_000, np.float32), ("ru", "en"), weights)
    with pytest.raises(InvalidArgument, match="language_weights"):
        engine.recognize(request, CallContext())


def test_a_weight_decides_where_sound_does_not(
    engine: FasterWhisperEngine, shared_speech: Path
) -> None:
    speech = decode_audio(str(shared_speech / "en-misc-jfk.flac"))[:64_000]
    for weights, language in (((0.5, 0.5), "en"), ((0.8, 0.2), "en"), ((1.0, 1e-9), "ru")):
        request = RecognitionRequest(speech, ("ru", "en"), weights)
        assert engine.recognize(request, CallContext()).language == language


def test_cancelled_call_stops(engine: FasterWhisperEngine) -> None:
    context = CallContext()
    context.cancelled.set()
    with pytest.raises(Cancelled):
        engine.recognize(RecognitionRequest(np.ones(16_000, np.float32)), context)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match="cannot load Whisper"):
        FasterWhisperEngine.open(tmp_path, EngineOptions())
