"""VITS by transformers, on torch. It reads letters; MMS voices are of one speaker each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from transformers import VitsModel

from foundation.errors import FailedPrecondition
from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.synthesis import (
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    WordTime,
)
from models.engines.bare_models import card_languages
from models.engines.base import CallContext, EngineOptions
from models.engines.prosody import knob_for, played_faster, resampled
from models.engines.request_words import word_places
from models.engines.synthesis import SynthesisEngine
from models.engines.vits.letters import Letters, Reading, read, read_letters
from models.engines.voice_settings import VoiceSettings, read_voice_settings


class VitsEngine(SynthesisEngine):
    """A folder of a ``VitsModel`` and its ``VitsTokenizer``, weights as safetensors.

    One call at a time: the knobs and the random numbers are the model's and torch's own.
    """

    concurrent: ClassVar[bool] = False

    def __init__(
        self,
        model: Any,
        letters: Letters,
        languages: tuple[Language, ...],
        settings: VoiceSettings,
    ) -> None:
        self._model = model
        self._letters = letters
        count = max(model.config.num_speakers, 1)
        given = tuple(one.id for one in settings.speakers)
        unnamed = ("default",) if count == 1 else tuple(str(number) for number in range(count))
        names = given if len(given) == count else unnamed
        self._numbers = {name: number for number, name in enumerate(names)}
        self._capabilities = SynthesisCapabilities(
            languages=languages,
            speakers=settings.described(names),
            sample_rate=model.config.sampling_rate,
            input="graphemes",
            streaming=False,
            word_timing="measured",
            repeatable=True,
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> VitsEngine:
        """Load a checkpoint.

        Raises:
            FailedPrecondition: a file is missing or broken, a setting or language does not fit, or
                the device cannot run it.
        """
        settings = read_voice_settings(options.settings)
        languages = card_languages(options.languages, "a VITS checkpoint")
        # As for every engine, workers are the parallelism: one thread computes one task.
        torch.set_num_threads(1)
        try:
            model = VitsModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
            model = model.to(options.device).eval()
        except Exception as error:
            raise FailedPrecondition(f"cannot load a VITS model from {folder}: {error}") from error
        settings.check_rate(model.config.sampling_rate)
        letters = read_letters(folder, model.config.vocab_size)
        return cls(model, letters, languages, settings)

    @property
    def capabilities(self) -> SynthesisCapabilities:
        """By the checkpoint and its card."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """The weights."""
        return sum(p.numel() * p.element_size() for p in self._model.parameters())

    def close(self) -> None:
        """Free the weights."""
        del self._model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _synthesize(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        reading = read(request.spans, self._letters)
        played = played_faster(request.pitch)
        samples, durations = self._run(request, reading, played / request.rate)
        rate = self._capabilities.sample_rate
        hop = samples.size / durations.sum() / played
        if played != 1.0:
            samples = resampled(samples, played, round(samples.size / played))
        yield SynthesizedSpeech(
            samples=samples,
            sample_rate=rate,
            words=tuple(_word_times(request, reading, durations, hop, rate)),
            word_timing="measured",
            passed_over=tuple(reading.passed_over),
        )

    def _run(
        self, request: SynthesisRequest, reading: Reading, stretch: float
    ) -> tuple[np.ndarray[Any, np.dtype[np.float32]], np.ndarray[Any, np.dtype[np.float64]]]:
        """Samples, and the frames of each id."""
        model = self._model
        frames: list[np.ndarray[Any, np.dtype[np.float64]]] = []

        def stretched(module: Any, arguments: Any, log_durations: Any) -> Any:
            by_itself = torch.exp(log_durations) / model.speaking_rate
            factor = 1.0
            if stretch != 1.0:
                factor = knob_for(by_itself.cpu().numpy(), stretch)
            frames.append(np.ceil((by_itself * factor).cpu().numpy()).reshape(-1))
            return log_durations + float(np.log(factor))

        config = model.config
        model.noise_scale = config.noise_scale * request.noise
        model.noise_scale_duration = config.noise_scale_duration * request.noise
        speakers = config.num_speakers > 1
        speaker = self._numbers[request.speaker or self._capabilities.speakers[0].id]
        hook = model.duration_predictor.register_forward_hook(stretched)
        try:
            with torch.inference_mode(), _seeded(request.seed, model.device):
                output = model(
                    torch.tensor([reading.ids], device=model.device),
                    speaker_id=speaker if speakers else None,
                )
        finally:
            hook.remove()
        samples = output.waveform[0].float().cpu().numpy()
        return np.asarray(samples, np.float32), frames[0]


def _word_times(
    request: SynthesisRequest,
    reading: Reading,
    durations: np.ndarray[Any, np.dtype[np.float64]],
    hop: float,
    rate: int,
) -> Iterator[WordTime]:
    ends = np.cumsum(durations) * hop
    starts = ends - durations * hop
    numbers = np.array(reading.words)
    for number, place in enumerate(word_places(request.spans)):
        own = np.flatnonzero(numbers == number)
        if own.size:
            yield WordTime(
                place.text,
                from_samples(round(starts[own[0]]), rate),
                from_samples(round(ends[own[-1]]), rate),
                place.span,
                place.position,
            )


@contextlib.contextmanager
def _seeded(seed: int, device: Any) -> Iterator[None]:
    """Random numbers of a seed, and torch's own as they were afterwards."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
