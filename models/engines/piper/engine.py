"""Piper voices. Phonemes come from espeak-ng, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES, Language
from foundation.media_time import from_samples
from foundation.synthesis import (
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    WordTime,
)
from models.engines.bare_models import card_languages
from models.engines.base import CallContext, EngineOptions
from models.engines.espeak.process import EspeakProcess
from models.engines.piper.config import PiperConfig, read_config
from models.engines.piper.graph import take_apart
from models.engines.piper.reading import Reading, read
from models.engines.piper.sampler import Sampler, Scales
from models.engines.prosody import played_faster, resampled
from models.engines.request_words import word_places
from models.engines.synthesis import SynthesisEngine
from models.engines.voice_settings import VoiceSettings, read_voice_settings

_CHECKED_IDS: Final = 60
"""About two seconds of speech."""


class PiperEngine(SynthesisEngine):
    """A folder with ``NAME.onnx`` and ``NAME.onnx.json``."""

    concurrent: ClassVar[bool] = True

    def __init__(
        self,
        config: PiperConfig,
        sampler: Sampler,
        espeak: EspeakProcess | None,
        languages: tuple[Language, ...],
        settings: VoiceSettings,
        size: int,
    ) -> None:
        self._config = config
        self._sampler = sampler
        self._espeak = espeak
        self._size = size
        names = config.speakers or tuple(one.id for one in settings.speakers[:1]) or ("default",)
        self._numbers = {name: number for number, name in enumerate(names)}
        speakers = settings.described(names)
        first = speakers[config.default_speaker]
        self._capabilities = SynthesisCapabilities(
            languages=languages,
            speakers=(first, *(speaker for speaker in speakers if speaker is not first)),
            sample_rate=config.sample_rate,
            input=config.input,
            streaming=sampler.streams,
            word_timing="measured",
            repeatable=True,
            accents=()
            if espeak is None
            else tuple(code for code in LANGUAGES if code not in languages),
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> PiperEngine:
        """Load a voice and let it speak once.

        Raises:
            FailedPrecondition: a file is missing or broken, the network is not one of Piper's
                kind, a setting or language does not fit, espeak-ng is not installed, or the
                device cannot run it.
        """
        settings = read_voice_settings(options.settings)
        languages = card_languages(options.languages, "a Piper voice")
        path = _model_file(folder)
        config = read_config(path.with_name(f"{path.name}.json"))
        settings.check_rate(config.sample_rate)
        espeak = EspeakProcess() if config.input == "phonemes" else None
        try:
            network = take_apart(path.read_bytes())
            if network.has_speakers != bool(config.speakers):
                raise FailedPrecondition("network and configuration differ on having speakers")
            sampler = Sampler(network, options.device)
            ids = [number for numbers in config.ids.values() for number in numbers]
            _warm_up(sampler, (ids * _CHECKED_IDS)[:_CHECKED_IDS], config)
        except FailedPrecondition as error:
            raise FailedPrecondition(f"cannot load the voice {path.name}: {error}") from error
        return cls(config, sampler, espeak, languages, settings, network.size)

    @property
    def capabilities(self) -> SynthesisCapabilities:
        """By the voice's files and its card."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """The weights."""
        return self._size

    def close(self) -> None:
        """Free the sessions, end espeak-ng."""
        if self._espeak is not None:
            self._espeak.close()
        del self._sampler

    def _synthesize(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        config = self._config
        reading = read(request.spans, self._capabilities.languages, config, self._espeak, context)
        context.check()
        played = played_faster(request.pitch)
        scales = Scales(
            noise=config.noise_scale * request.noise,
            length=config.length_scale,
            noise_w=config.noise_w * request.noise,
        )
        speaker = self._numbers[request.speaker or self._capabilities.speakers[0].id]
        drawn = self._sampler.draw(
            reading.ids, speaker, scales, request.seed, stretch=played / request.rate
        )
        words = self._word_times(request, reading, drawn.durations, played)
        rate = config.sample_rate
        total = round(int(drawn.durations.sum()) * self._sampler.hop / played)
        done = 0
        parts = drawn.samples(pieces and played == 1.0)
        if played != 1.0:
            parts = iter([resampled(np.concatenate(list(parts)), played, total)])
        for heard in parts:
            begin, end = from_samples(done, rate), from_samples(done + heard.size, rate)
            last = done + heard.size >= total
            yield SynthesizedSpeech(
                samples=heard,
                sample_rate=rate,
                words=tuple(w for w in words if begin <= w.start and (last or w.start < end)),
                word_timing="measured",
                passed_over=tuple(reading.passed_over) if done == 0 else (),
                last=last,
            )
            done += heard.size

    def _word_times(
        self,
        request: SynthesisRequest,
        reading: Reading,
        durations: NDArray[np.int64],
        played: float,
    ) -> tuple[WordTime, ...]:
        """From the first phoneme of each word to the end of its last."""
        ends = np.cumsum(durations) * self._sampler.hop / played
        starts = ends - durations * self._sampler.hop / played
        spans: dict[int, tuple[float, float]] = {}
        for word, start, end in zip(reading.words, starts, ends, strict=True):
            if word >= 0:
                spans[word] = (spans.get(word, (start, end))[0], end)
        rate = self._config.sample_rate
        return tuple(
            WordTime(
                place.text,
                from_samples(round(spans[number][0]), rate),
                from_samples(round(spans[number][1]), rate),
                place.span,
                place.position,
            )
            for number, place in enumerate(word_places(request.spans))
            if number in spans
        )


def _warm_up(sampler: Sampler, ids: list[int], config: PiperConfig) -> None:
    try:
        sampler.try_out(ids, Scales(0.0, config.length_scale, 0.0))
    except Exception as error:
        raise FailedPrecondition(f"it does not speak: {error}") from error


def _model_file(folder: Path) -> Path:
    found = sorted(folder.glob("*.onnx"))
    if len(found) != 1:
        raise FailedPrecondition(f"{folder} has {len(found)} ONNX files, not one")
    return found[0]
