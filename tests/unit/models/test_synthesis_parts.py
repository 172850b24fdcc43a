"""Parts of speech synthesis that need no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foundation.languages import LANGUAGES, Language
from foundation.synthesis import (
    Speaker,
    SpeechSpan,
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    WordTime,
)
from models.engines.base import CallContext, EngineOptions
from models.engines.piper.accents import accented
from models.engines.piper.reading import _groups, _regrouped
from models.engines.prosody import knob_for, played_faster, resampled
from models.engines.request_words import word_places
from models.engines.synthesis import SynthesisEngine

# What espeak-ng reads eight times or more in 400 sentences of each language.
OWN_SOUNDS: dict[Language, set[str]] = {
    "kk": set("ˈɑəentɾɪdɫjsokqmbʒwʀpzʃŋɡulʊɵæavfrxʔøh"),
    "ru": set('ʲˈʌtinsrɭvjɑaɪokpymdueʃbfzɡɛxʒˌɕə"ʑɵ^ɔø'),
    "en": set("ˈɪntːəsdɹlikzæðɛˌmʊʌpavefɔɚbwɑʃᵻoɐhuɾʲŋɡʒɜθj"),
}


@pytest.mark.parametrize("own", LANGUAGES)
def test_an_accent_leaves_only_sounds_of_its_own(own: Language) -> None:
    for other in LANGUAGES:
        said = accented("".join(sorted(OWN_SOUNDS[other])), own)
        assert set(said) <= OWN_SOUNDS[own]
    kept = "".join(sorted(OWN_SOUNDS[own]))
    assert accented(kept, own) == kept
    assert accented("θˈɪŋk", "kk") == "sˈɪŋk"


def test_words_stand_where_they_stand() -> None:
    spans = (SpeechSpan(" бір  екі бір", "kk"), SpeechSpan("", "kk"), SpeechSpan("three", "en"))
    assert [(p.text, p.span, p.position) for p in word_places(spans)] == [
        ("бір", 0, 1), ("екі", 0, 6), ("бір", 0, 10), ("three", 2, 0)
    ]  # fmt: skip


def test_marks_belong_to_the_word_before() -> None:
    assert _groups("sælˈem, ælˈem !") == ["sælˈem,", "ælˈem!"]
    assert _groups(". a") == [".", "a"]


def test_words_are_told_apart_by_what_they_sound_like_alone() -> None:
    assert _regrouped(["wˈʌn", "əvðə", "θˈɪŋz."], ["wˈʌn", "ˈʌv", "ðˈə", "θˈɪŋz"]) == [
        "wˈʌn", " əv", "ðə ", "θˈɪŋz."
    ]  # fmt: skip
    assert _regrouped(["tˈuː", "θˈaʊzənd"], ["tˈuːθˈaʊzənd"]) == ["tˈuː θˈaʊzənd"]
    assert _regrouped([], ["a", "b"]) == ["", ""]
    assert _regrouped(["a"], []) == []


@pytest.mark.parametrize("stretch", [0.3, 0.7, 1.0, 1.8, 4.0])
def test_the_knob_makes_speech_as_long_as_is_wanted(stretch: float) -> None:
    durations = np.random.default_rng(0).gamma(2.0, 2.0, 200)
    usual = np.ceil(durations).sum()
    knob = knob_for(durations, stretch)
    assert np.ceil(durations * knob).sum() == pytest.approx(max(stretch * usual, 200), rel=0.01)


def test_played_faster_is_an_octave_in_twelve_semitones() -> None:
    assert played_faster(12.0) == 2.0
    times = np.arange(22_050, dtype=np.float32) / 22_050
    tone = np.sin(2 * np.pi * 440 * times).astype(np.float32)
    higher = resampled(tone, 2.0, 11_025)
    assert higher.dtype == np.float32
    assert higher.size == 11_025
    assert int(np.argmax(np.abs(np.fft.rfft(higher)))) * 2 == pytest.approx(880, abs=2)


class _Pieces(SynthesisEngine):
    """Says three pieces, whatever it is asked."""

    wanted: list[bool]

    def __init__(self) -> None:
        self.wanted = []

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> _Pieces:
        return cls()

    @property
    def capabilities(self) -> SynthesisCapabilities:
        return SynthesisCapabilities(
            ("kk",), (Speaker("one"),), 8_000, "graphemes", True, "estimated", False
        )

    def _synthesize(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        self.wanted.append(pieces)
        for number in range(3):
            word = WordTime(str(number), number, number + 1, 0, number)
            samples = np.full(2, 0.5 + number, np.float32)
            yield SynthesizedSpeech(samples, 8_000, (word,), "estimated", ("x",), number == 2)


def test_pieces_are_joined_and_held_to_full_scale() -> None:
    engine = _Pieces()
    request = SynthesisRequest.of_text("сәлем", "kk")
    whole = engine.synthesize(request, CallContext())
    assert whole.samples.tolist() == [0.5, 0.5, 1.0, 1.0, 1.0, 1.0]
    assert [word.text for word in whole.words] == ["0", "1", "2"]
    assert whole.last
    pieces = list(engine.stream_synthesis(request, CallContext()))
    assert [piece.last for piece in pieces] == [False, False, True]
    assert engine.wanted == [False, True]
