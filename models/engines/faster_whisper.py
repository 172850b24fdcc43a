"""Whisper on CTranslate2, through faster-whisper's features, tokenizer and alignment.

The encoder is given only as much context as the window needs: a padded 30 s window costs ten times
the encoding of ten seconds, for the same text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES, Language
from foundation.media_time import from_seconds
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples, Transcription, Word
from models.engines.base import CallContext, EngineOptions, SpeechCapabilities, SpeechEngine
from models.engines.kazakh_letters import fold_look_alikes
from models.engines.whisper_guards import Decoded, GuardLimits, find_fault

_HOP: Final = 160
_FRAMES_PER_SECOND: Final = SAMPLE_RATE // _HOP
_FULL_FRAMES: Final = 3000
_LEAST_FRAMES: Final = 1000
_MARGIN_FRAMES: Final = 180
_FRAME_STEP: Final = 100

_TOKENS_AT_LEAST: Final = 10
_TOKENS_PER_SECOND: Final = {"kk": 18, "ru": 12, "en": 12}
"""Kazakh letters beyond Russian's take two tokens each."""

_SILENCE_PEAK: Final = 1e-4
"""Under -80 dBFS nothing is heard; Whisper would write credits."""

_PREPENDED: Final = "\"'“¿([{-"
_APPENDED: Final = "\"'.。,，!！?？:：”)]}、"
_SECONDS_PER_LETTER: Final = 0.1
_SENTENCE_END: Final = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class _Heard:
    """The encoder's view of one window."""

    encoded: Any
    frames: int
    """Mel frames that hold audio; the rest is padding."""

    seconds: float


class FasterWhisperEngine(SpeechEngine):
    """Any Whisper checkpoint converted to CTranslate2."""

    concurrent: ClassVar[bool] = True

    def __init__(self, model: Any, options: EngineOptions, limits: GuardLimits) -> None:
        self._model = model
        self._options = options
        self._limits = limits
        self._size = 0
        self._tokenizers = {
            language: Tokenizer(
                model.hf_tokenizer,
                model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
            for language in (LANGUAGES if model.model.is_multilingual else ("en",))
        }
        self._suppressed = list(
            get_suppressed_tokens(next(iter(self._tokenizers.values())), [-1]) or ()
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> FasterWhisperEngine:
        """Load a CTranslate2 Whisper folder.

        Raises:
            FailedPrecondition: the folder holds no such model or the device cannot run it.
        """
        device, _, index = options.device.partition(":")
        compute = options.compute_type
        if compute == "default":
            compute = "int8" if device == "cpu" else "float16"
        try:
            model = WhisperModel(
                str(folder),
                device=device,
                device_index=int(index or 0),
                compute_type=compute,
                cpu_threads=1,
                num_workers=options.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise FailedPrecondition(f"cannot load Whisper from {folder}: {error}") from error
        engine = cls(model, options, GuardLimits())
        weights = folder / "model.bin"
        engine._size = weights.stat().st_size if weights.is_file() else 0
        return engine

    @property
    def capabilities(self) -> SpeechCapabilities:
        """30 s windows, word times, punctuation, prompt and hotwords."""
        return SpeechCapabilities(
            languages=tuple(code for code in LANGUAGES if code in self._tokenizers),
            window_seconds=_FULL_FRAMES / _FRAMES_PER_SECOND,
            word_times=True,
            prompt=True,
            hotwords=True,
            punctuation=True,
        )

    def memory_bytes(self) -> int:
        """The weights' file; int8 halves float16."""
        return self._size // 2 if "int8" in str(self._model.model.compute_type) else self._size

    def close(self) -> None:
        """Free the weights."""
        self._model.model.unload_model()

    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        spoken = [code for code in request.languages if code in self._tokenizers]
        if request.samples.size == 0 or float(np.abs(request.samples).max()) < _SILENCE_PEAK:
            return _nothing(spoken[0], 1.0 / len(spoken))
        heard = self._encode(request.samples, request.full_context)
        context.check()
        language, probability = self._identify(heard, spoken)
        tokenizer = self._tokenizers[language]
        decoded, fault = self._decode(heard, tokenizer, language, request, context)
        words: tuple[Word, ...] = ()
        text = ""
        if fault is None and decoded.text:
            context.check()
            text = decoded.text
            if request.word_times:
                words = self._align(heard, tokenizer, language, decoded)
                text = " ".join(word.text for word in words)
        return Transcription(
            text=text,
            words=words,
            language=language,
            language_probability=probability,
            average_log_probability=decoded.average_log_probability,
            no_speech_probability=decoded.no_speech_probability,
            compression_ratio=decoded.compression_ratio,
            rejected=fault,
        )

    def _encode(self, samples: Samples, full_context: bool) -> _Heard:
        frames = math.ceil(samples.size / _HOP)
        context_frames = _FULL_FRAMES if full_context else context_for(frames)
        padded = np.zeros(context_frames * _HOP, np.float32)
        padded[: samples.size] = samples
        features = self._model.feature_extractor(padded, padding=0)[:, :context_frames]
        return _Heard(self._model.encode(features), frames, samples.size / SAMPLE_RATE)

    def _identify(self, heard: _Heard, spoken: list[Language]) -> tuple[Language, float]:
        if len(spoken) == 1:
            return spoken[0], 1.0
        found = dict(self._model.model.detect_language(heard.encoded)[0])
        shares = {code: float(found.get(f"<|{code}|>", 0.0)) for code in spoken}
        best = max(spoken, key=lambda code: shares[code])
        return best, shares[best] / (sum(shares.values()) or 1.0)

    def _decode(
        self,
        heard: _Heard,
        tokenizer: Any,
        language: Language,
        request: RecognitionRequest,
        context: CallContext,
    ) -> tuple[Decoded, str | None]:
        """The first attempt that passes the guards, or the last with its fault.

        A low log probability alone asks for the next temperature but is no fault: the likeliest
        faultless attempt stands.
        """
        prompt = self._prompt(tokenizer, request)
        bound = _TOKENS_AT_LEAST + math.ceil(_TOKENS_PER_SECOND[language] * heard.seconds)
        bound = min(bound, self._model.max_length - len(prompt))
        best: Decoded | None = None
        last: tuple[Decoded, str | None] | None = None
        for temperature in request.temperatures:
            context.check()
            decoded = self._attempt(heard, tokenizer, prompt, bound, temperature, request.beam_size)
            fault = find_fault(decoded, self._limits)
            last = (decoded, fault)
            if fault is None:
                if best is None or decoded.average_log_probability > best.average_log_probability:
                    best = decoded
                if decoded.average_log_probability >= self._limits.average_log_probability:
                    break
            elif fault == "no speech":
                break
        if best is not None:
            return best, None
        assert last is not None, "a request has at least one temperature"
        return last

    def _attempt(
        self,
        heard: _Heard,
        tokenizer: Any,
        prompt: list[int],
        bound: int,
        temperature: float,
        beam_size: int,
    ) -> Decoded:
        search: dict[str, Any] = (
            {"beam_size": beam_size}
            if temperature == 0
            else {
                "beam_size": 1,
                "num_hypotheses": beam_size,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
        )
        result = self._model.model.generate(
            heard.encoded,
            [prompt],
            max_length=len(prompt) + bound,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            **search,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        length = len(result.sequences_ids[0])
        return Decoded(
            text=tokenizer.decode(tokens).strip(),
            tokens=tuple(tokens),
            average_log_probability=result.scores[0] * length / (length + 1),
            no_speech_probability=result.no_speech_prob,
            hit_bound=length >= bound - 1,
        )

    def _prompt(self, tokenizer: Any, request: RecognitionRequest) -> list[int]:
        previous = tokenizer.encode(" " + request.prompt.strip()) if request.prompt.strip() else []
        prompt: list[int] = self._model.get_prompt(
            tokenizer,
            previous,
            without_timestamps=True,
            hotwords=", ".join(request.hotwords) or None,
        )
        return prompt

    def _align(
        self, heard: _Heard, tokenizer: Any, language: Language, decoded: Decoded
    ) -> tuple[Word, ...]:
        aligned = self._model.find_alignment(
            tokenizer, [list(decoded.tokens)], heard.encoded, heard.frames
        )[0]
        merge_punctuations(aligned, _PREPENDED, _APPENDED)
        timed = [(str(item["word"]).strip(), item) for item in _join_parts(aligned)]
        timed = [(text, item) for text, item in timed if text]
        spans = [(float(item["start"]), float(item["end"])) for _, item in timed]
        spans = tidy_spans(spans, [text for text, _ in timed], heard.seconds)
        fold = fold_look_alikes if language == "kk" else str
        return tuple(
            Word(
                text=fold(text),
                start=from_seconds(start),
                end=from_seconds(end),
                confidence=min(1.0, max(0.0, float(item["probability"]))),
            )
            for (text, item), (start, end) in zip(timed, spans, strict=True)
        )


def context_for(frames: int) -> int:
    """Mel frames to encode for ``frames`` of audio.

    Audio is never cut, and silence follows it: without a tail Whisper loops.
    """
    wanted = math.ceil((frames + _MARGIN_FRAMES) / _FRAME_STEP) * _FRAME_STEP
    return min(_FULL_FRAMES, max(_LEAST_FRAMES, wanted))


def tidy_spans(
    spans: list[tuple[float, float]], texts: list[str], seconds: float
) -> list[tuple[float, float]]:
    """Word times that are ordered, inside the audio and free of swallowed pauses.

    Attention gives a pause to the word beside it, mostly to the one after. As in openai/whisper
    (``timing.py``) a word lasts at most twice the median word; long words may last longer.
    """
    lengths = [end - start for start, end in spans if end > start]
    longest = 2 * min(0.7, float(np.median(lengths))) if lengths else 0.0
    tidy: list[tuple[float, float]] = []
    floor = 0.0
    for place, (start, end) in enumerate(spans):
        allowed = max(longest, _SECONDS_PER_LETTER * len(texts[place]))
        if end - start > allowed:
            first = place == 0 or texts[place - 1].endswith(_SENTENCE_END)
            if texts[place].endswith(_SENTENCE_END) and not first:
                end = start + allowed
            else:
                start = end - allowed
        start = min(max(start, floor), seconds)
        end = min(max(end, start), seconds)
        tidy.append((start, end))
        floor = end
    return tidy


def _join_parts(aligned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put together what no space divides: the aligner splits ``open-source`` and ``60,000``."""
    joined: list[dict[str, Any]] = []
    for item in aligned:
        if joined and item["word"] and not item["word"].startswith(" "):
            whole = joined[-1]
            joined[-1] = {
                **whole,
                "word": whole["word"] + item["word"],
                "end": item["end"],
                "probability": min(whole["probability"], item["probability"]),
            }
        elif item["word"]:
            joined.append(item)
    return joined


def _nothing(language: Language, probability: float) -> Transcription:
    return Transcription(
        text="",
        words=(),
        language=language,
        language_probability=probability,
        average_log_probability=0.0,
        no_speech_probability=1.0,
        compression_ratio=0.0,
    )
