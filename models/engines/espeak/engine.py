"""espeak-ng's own speech, by formants: unmistakably a machine, but it reads every language."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.synthesis import (
    Speaker,
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    Waveform,
    WordTime,
)
from models.engines.bare_models import card_languages
from models.engines.base import CallContext, EngineOptions
from models.engines.espeak.process import VOICES, EspeakProcess, Spoken
from models.engines.request_words import Place, word_places
from models.engines.synthesis import SynthesisEngine
from models.engines.voice_settings import read_voice_settings

SAMPLE_RATE: Final = 22_050
_VARIANTS: Final[Mapping[str, str]] = {"male": "", "female": "+f2"}
_SPEAKERS: Final = (Speaker("male", "Male", "male"), Speaker("female", "Female", "female"))
_WORDS_A_MINUTE: Final = 175
_SLOWEST, _FASTEST = 80, 450
_PITCH: Final = 50
_PITCH_A_SEMITONE: Final = 50 / 12
"""espeak-ng's pitch goes an octave in 50 steps."""


class EspeakEngine(SynthesisEngine):
    """The folder holds nothing that it reads; espeak-ng comes with piper-tts."""

    concurrent: ClassVar[bool] = False

    def __init__(self, espeak: EspeakProcess, languages: tuple[Language, ...]) -> None:
        self._espeak = espeak
        self._capabilities = SynthesisCapabilities(
            languages=languages,
            speakers=_SPEAKERS,
            sample_rate=SAMPLE_RATE,
            input="graphemes",
            streaming=False,
            word_timing="measured",
            repeatable=True,
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> EspeakEngine:
        """Start espeak-ng and check that it knows the languages.

        Raises:
            FailedPrecondition: it is not installed, a setting or language does not fit, or the
                device is not the CPU.
        """
        read_voice_settings(options.settings).check_rate(SAMPLE_RATE)
        languages = card_languages(options.languages, "espeak-ng's card")
        espeak = EspeakProcess()
        for language in languages:
            espeak.phonemes(VOICES[language], [""], CallContext())
        return cls(espeak, languages)

    @property
    def capabilities(self) -> SynthesisCapabilities:
        """Two speakers, one voice in two registers."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """Nothing here: some 10 MB in a process of its own."""
        return 0

    def close(self) -> None:
        """End its process."""
        self._espeak.close()

    def _synthesize(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        rate = round(_WORDS_A_MINUTE * request.rate)
        pitch = round(_PITCH + request.pitch * _PITCH_A_SEMITONE)
        variant = _VARIANTS[request.speaker or _SPEAKERS[0].id]
        places = list(word_places(request.spans))
        parts: list[Waveform] = []
        words: list[WordTime] = []
        done = 0
        for number, span in enumerate(request.spans):
            spoken = self._espeak.speak(
                VOICES[span.language] + variant,
                span.text,
                min(max(rate, _SLOWEST), _FASTEST),
                min(max(pitch, 0), 99),
                context,
            )
            samples = np.frombuffer(spoken.pcm, np.int16).astype(np.float32) / np.float32(32768)
            own = [place for place in places if place.span == number]
            words += _word_times(own, spoken, samples.size, done)
            parts.append(samples)
            done += samples.size
        yield SynthesizedSpeech(
            samples=np.concatenate(parts),
            sample_rate=SAMPLE_RATE,
            words=tuple(words),
            word_timing="measured",
        )


def _word_times(places: list[Place], spoken: Spoken, size: int, offset: int) -> Iterator[WordTime]:
    """espeak-ng tells where each word that it read begins; several may be one written word."""
    sounding = [place for place in places if any(map(str.isalnum, place.text))]
    starts: dict[Place, int] = {}
    for position, _, sample in spoken.words:
        # It may point at a dash before the word.
        said = next((p for p in sounding if position - 1 < p.position + len(p.text)), None)
        if said is not None:
            starts.setdefault(said, sample)
    borders = _spread([starts.get(place) for place in sounding], sounding, size)
    for place, (start, end) in zip(sounding, itertools.pairwise(borders), strict=True):
        yield WordTime(
            place.text,
            from_samples(offset + start, SAMPLE_RATE),
            from_samples(offset + end, SAMPLE_RATE),
            place.span,
            place.position,
        )


def _spread(starts: Sequence[int | None], places: Sequence[Place], size: int) -> list[int]:
    """Where each word begins, and the end; words read as one ("of the") share it by letters."""
    known = [0] + [number for number in range(1, len(starts)) if starts[number] is not None]
    times = [starts[number] or 0 for number in known]
    letters = list(itertools.accumulate((len(place.text) for place in places), initial=0))
    marks = [letters[number] for number in known] + [letters[-1]]
    return [round(time) for time in np.interp(letters, marks, [*times, size])]
