"""GigaAM, NeMo and other CTC and transducer models in ONNX, through onnx-asr; no torch.

The recommended way to Kazakh on a machine without a GPU.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from onnx_asr.asr import TimestampedResult
from onnx_asr.loader import Manager

from foundation.errors import FailedPrecondition
from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Transcription, Word
from models.engines.bare_models import card_languages, is_audible, language_of, spelt
from models.engines.base import CallContext, EngineOptions, SpeechCapabilities, SpeechEngine
from models.engines.onnx_sessions import providers, single_threaded
from models.engines.token_words import Token, TokenText

_WINDOW_SECONDS: Final = 30.0
"""Attention over a whole window costs the square of its length."""

_FRAME_SECONDS: Final = 0.04
"""What token times are rounded to: GigaAM's frame, half of FastConformer's."""

_UNTIMED: Final = ("whisper", "canary", "aed")
"""Parts of the names of model types that give no token times."""

_MARKS: Final = (".", "?")


@dataclass(frozen=True, slots=True)
class OnnxAsrSettings:
    """``[models.settings]`` of a card whose engine is ``onnx-asr``."""

    model_type: str = ""
    """onnx-asr's name of the architecture; empty: ``model_type`` of the folder's config.json."""


class OnnxAsrEngine(SpeechEngine):
    """A folder of ONNX files with their vocabulary, as onnx-asr names them."""

    concurrent: ClassVar[bool] = True

    def __init__(
        self, model: Any, languages: tuple[Language, ...], punctuates: bool, size: int
    ) -> None:
        self._model = model
        self._size = size
        self._capabilities = SpeechCapabilities(
            languages=languages,
            window_seconds=_WINDOW_SECONDS,
            word_times=True,
            prompt=False,
            hotwords=False,
            punctuation=punctuates,
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> OnnxAsrEngine:
        """Load a folder; of int8 and full weights the former run on a CPU, the latter on a GPU.

        Raises:
            FailedPrecondition: no files of a known architecture, one without token times, a
                setting or language that does not fit, or a device that cannot run it.
        """
        model_type = _model_type(folder, options.settings)
        languages = card_languages(options.languages, "an ONNX model")
        session = single_threaded()
        quantization = _quantization(folder, options)
        try:
            manager = Manager(sess_options=session, providers=providers(options.device))
            model = manager.create_asr(model_type, folder, quantization=quantization, offline=True)
        except Exception as error:
            raise FailedPrecondition(f"cannot load {model_type} from {folder}: {error}") from error
        return cls(
            model.with_timestamps(), languages, _punctuates(folder), _size(folder, quantization)
        )

    @property
    def capabilities(self) -> SpeechCapabilities:
        """Word times always; no prompt and no hotwords; punctuation if the vocabulary has it."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """The weights' files."""
        return self._size

    def close(self) -> None:
        """Free the sessions."""
        del self._model

    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        samples = request.samples
        result = self._model.recognize(samples) if is_audible(samples) else TimestampedResult("")
        words = _words(result, from_samples(samples.size, SAMPLE_RATE))
        text = " ".join(word.text for word in words)
        language, probability = language_of(
            text, request.languages, request.language_weights, self._capabilities.languages
        )
        words = spelt(words, language)
        return Transcription(
            text=" ".join(word.text for word in words),
            words=words if request.word_times else (),
            language=language,
            language_probability=probability,
            average_log_probability=float(np.mean(result.logprobs)) if result.logprobs else 0.0,
            no_speech_probability=0.0 if words else 1.0,
            compression_ratio=0.0,
            punctuated=self._capabilities.punctuation,
        )


def _words(result: TimestampedResult, longest: int) -> tuple[Word, ...]:
    pieces: Sequence[str] = result.tokens or ()
    times = result.timestamps or ()
    chances = np.exp(np.minimum(result.logprobs or [0.0] * len(pieces), 0.0))
    tokens = [
        Token(place, round(time / _FRAME_SECONDS), 1, float(chance))
        for place, (time, chance) in enumerate(zip(times, chances, strict=True))
    ]
    written = TokenText(
        tuple(pieces), lambda ids: "".join(pieces[place] for place in ids), _FRAME_SECONDS
    )
    return written.words(tokens, longest)


def _model_type(folder: Path, values: Mapping[str, Any]) -> str:
    unknown = sorted(set(values) - {"model_type"})
    if unknown:
        raise FailedPrecondition(f"settings.{unknown[0]} is not one of model_type")
    model_type = OnnxAsrSettings(**values).model_type
    if not model_type:
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            model_type = config["model_type"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FailedPrecondition(
                f"{folder} has no config.json that names its model_type, and the card has no "
                f"settings.model_type: {error}"
            ) from error
    if any(part in str(model_type) for part in _UNTIMED):
        raise FailedPrecondition(f"{model_type} gives no word times, which subtitles need")
    return str(model_type)


def _quantization(folder: Path, options: EngineOptions) -> str | None:
    """``int8`` if the folder has such weights and they are wanted."""
    names = [path.name for path in folder.glob("*.onnx")]
    small = [name for name in names if _is_int8(name)]
    full = [name for name in names if not _is_int8(name)]
    wanted = options.compute_type
    if wanted == "default":
        wanted = "int8" if (options.device == "cpu" and small) or not full else "float32"
    if wanted not in ("int8", "float32"):
        raise FailedPrecondition(f"compute type {wanted!r}: ONNX models run as int8 or float32")
    return "int8" if wanted == "int8" else None


def _is_int8(name: str) -> bool:
    return name.endswith("int8.onnx")


def _punctuates(folder: Path) -> bool:
    """Does a vocabulary of the folder hold the marks that end a sentence?"""
    lines = [
        line
        for path in folder.glob("*vocab.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return any(line.rpartition(" ")[0].strip("\u2581 ") in _MARKS for line in lines)


def _size(folder: Path, quantization: str | None) -> int:
    return sum(
        path.stat().st_size
        for path in folder.iterdir()
        if ".onnx" in path.name and _is_int8(path.name.removesuffix(".data")) == bool(quantization)
    )
