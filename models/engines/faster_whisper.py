"""Whisper on CTranslate2, through faster-whisper's features, tokenizer and alignment.

The encoder is given only as much context as the window needs: a padded 30 s window costs ten times
the encoding of ten seconds, for the same text.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES, Language
from foundation.media_time import from_seconds
from foundation.speech import (
    SAMPLE_RATE,
    Identification,
    RecognitionRequest,
    Samples,
    Transcription,
    Word,
)
from models.engines.base import (
    CallContext,
    EngineOptions,
    IdentifyingSpeechEngine,
    SpeechCapabilities,
    check_any,
)
from models.engines.whisper_guards import Decoded, GuardLimits, find_fault
from text.letters import fold_look_alikes

_HOP: Final = 160
_FRAMES_PER_SECOND: Final = SAMPLE_RATE // _HOP
_FULL_FRAMES: Final = 3000
_LEAST_FRAMES: Final = 1000
_MARGIN_FRAMES: Final = 180
_FRAME_STEP: Final = 100

_KEPT_ENCODINGS: Final = 8
"""Encoder outputs kept: the last step of an utterance and its final decoding often share one.

One is 1 MB for base and 10 s of context."""

_SIMILAR_LETTERS: Final = 64
"""Prompts are cut to the shortest of a batch: this bounds what is lost."""

_MARKERS: Final = 4
"""Tokens of the task: start of transcript, language, task, no timestamps."""

_TOKENS_AT_LEAST: Final = 10
_TOKENS_PER_SECOND: Final = {"kk": 18, "ru": 12, "en": 12}
"""Kazakh letters beyond Russian's take two tokens each."""

_SILENCE_PEAK: Final = 1e-4
"""Under -80 dBFS nothing is heard; Whisper would write credits."""

_PREPENDED: Final = "\"'“¿([{-"
_APPENDED: Final = "\"'.。,，!！?？:：”)]}、"
_SECONDS_PER_LETTER: Final = 0.1
_SENTENCE_END: Final = (".", "!", "?", "…")


@dataclass(slots=True)
class _Window:
    """One request on its way through the model."""

    request: RecognitionRequest
    context: CallContext
    encoded: Any
    """StorageView float32 [1, context / 2, d]."""

    frames: int
    """Mel frames that hold audio; the rest is padding."""

    seconds: float
    language: Language
    language_probability: float
    prompt: list[int]
    lasting: int
    """Tokens at the prompt's start that are no earlier text."""

    settled: bool = False
    """No further attempt is needed."""

    _best: Decoded | None = None
    _last: tuple[Decoded, str | None] | None = None

    def take(self, decoded: Decoded, limits: GuardLimits) -> None:
        """Judge one attempt."""
        fault = find_fault(decoded, limits)
        self._last = (decoded, fault)
        if fault is not None:
            self.settled = fault == "no speech"
            return
        best = self._best
        if best is None or decoded.average_log_probability > best.average_log_probability:
            self._best = decoded
        self.settled = decoded.average_log_probability >= limits.average_log_probability

    @property
    def result(self) -> tuple[Decoded, str | None]:
        """The attempt that stands, and why it must not be shown."""
        if self._best is not None:
            return self._best, None
        assert self._last is not None, "a request has at least one temperature"
        return self._last


class FasterWhisperEngine(IdentifyingSpeechEngine):
    """Any Whisper checkpoint converted to CTranslate2."""

    concurrent: ClassVar[bool] = True
    batch_methods: ClassVar[Mapping[str, str]] = {"recognize": "recognize_batch"}
    largest_batch: ClassVar[int] = 8

    def __init__(self, model: Any, options: EngineOptions, limits: GuardLimits) -> None:
        self._model = model
        self._options = options
        self._limits = limits
        self._size = 0
        self._lock = threading.Lock()
        self._encoded: OrderedDict[tuple[int, bytes], Any] = OrderedDict()
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

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        """The same search, encoder context and hotwords, and prompts of similar length or none."""
        request: RecognitionRequest = payload
        return (
            _context_of(request),
            request.beam_size,
            request.temperatures,
            bool(request.prompt.strip()),
            len(request.prompt) // _SIMILAR_LETTERS,
            request.hotwords,
        )

    def recognize_batch(
        self, requests: Sequence[RecognitionRequest], contexts: Sequence[CallContext]
    ) -> list[Transcription]:
        """Recognise windows of one batch key together.

        A step of the decoder is bound by reading its weights: one for two windows costs little more
        than one for one. Encoding gains nothing on a CPU, so each window is encoded alone.
        """
        for request in requests:
            self._check(request)
        return self._recognize_all(requests, contexts)

    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        return self._recognize_all([request], [context])[0]

    def _recognize_all(
        self, requests: Sequence[RecognitionRequest], contexts: Sequence[CallContext]
    ) -> list[Transcription]:
        windows = []
        results: list[Transcription | None] = []
        for request, context in zip(requests, contexts, strict=True):
            if _is_silent(request):
                spoken = self._spoken(request)
                results.append(_nothing(spoken[0], 1.0 / len(spoken)))
                continue
            results.append(None)
            windows.append(self._hear(request, context))
            check_any(contexts)
        self._decode(windows)
        found = iter([self._transcription(window) for window in windows])
        return [next(found) if result is None else result for result in results]

    def _hear(self, request: RecognitionRequest, context: CallContext) -> _Window:
        samples = request.samples
        encoded = self._encode_window(request)
        found = self._likeliest(encoded, request)
        language = found.language
        return _Window(
            request=request,
            context=context,
            encoded=encoded,
            frames=math.ceil(samples.size / _HOP),
            seconds=samples.size / SAMPLE_RATE,
            language=language,
            language_probability=found.probability,
            prompt=self._prompt(language, request, request.prompt),
            lasting=max(1, len(self._prompt(language, request, "")) - _MARKERS),
        )

    def _encode_window(self, request: RecognitionRequest) -> Any:
        return self._encode(request.samples, _context_of(request), keep=not request.full_context)

    def _encode(self, samples: Samples, context_frames: int, *, keep: bool) -> Any:
        """The encoder's output, computed anew unless one of the latest windows was the same."""
        window = (context_frames, hashlib.blake2b(samples.tobytes()).digest())
        with self._lock:
            known = self._encoded.get(window)
        if known is not None:
            return known
        padded = np.zeros(context_frames * _HOP, np.float32)
        padded[: samples.size] = samples
        features = self._model.feature_extractor(padded, padding=0)[:, :context_frames]
        encoded = self._model.encode(features)
        if keep:
            with self._lock:
                self._encoded[window] = encoded
                while len(self._encoded) > _KEPT_ENCODINGS:
                    self._encoded.popitem(last=False)
        return encoded

    def _identify(self, request: RecognitionRequest) -> Identification:
        if _is_silent(request):
            spoken = self._spoken(request)
            return Identification(spoken[0], 1.0 / len(spoken))
        return self._likeliest(self._encode_window(request), request)

    def _spoken(self, request: RecognitionRequest) -> list[Language]:
        return [code for code in request.languages if code in self._tokenizers]

    def _likeliest(self, encoded: Any, request: RecognitionRequest) -> Identification:
        """Which of the request's languages an encoded window holds."""
        weights = dict(
            zip(
                request.languages,
                request.language_weights or [1.0] * len(request.languages),
                strict=True,
            )
        )
        spoken = self._spoken(request)
        if len(spoken) == 1:
            return Identification(spoken[0], 1.0)
        found = dict(self._model.model.detect_language(encoded)[0])
        shares = {code: float(found.get(f"<|{code}|>", 0.0)) * weights[code] for code in spoken}
        best = max(spoken, key=lambda code: shares[code])
        return Identification(best, shares[best] / (sum(shares.values()) or 1.0))

    def _decode(self, windows: list[_Window]) -> None:
        """Give each window the first attempt that passes the guards, or the last with its fault.

        A low log probability alone asks for the next temperature but is no fault: the likeliest
        faultless attempt stands.
        """
        if not windows:
            return
        for temperature in windows[0].request.temperatures:
            open_windows = [window for window in windows if not window.settled]
            if not open_windows:
                break
            check_any([window.context for window in windows])
            for window, decoded in zip(
                open_windows, self._attempt(open_windows, temperature), strict=True
            ):
                window.take(decoded, self._limits)

    def _attempt(self, windows: list[_Window], temperature: float) -> list[Decoded]:
        beam_size = windows[0].request.beam_size
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
        prompts = even_prompts([window.prompt for window in windows], windows[0].lasting)
        bounds = [self._bound(window) for window in windows]
        results = self._model.model.generate(
            _stack([window.encoded for window in windows]),
            prompts,
            max_length=len(prompts[0]) + max(bounds),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            **search,
        )
        return [
            self._decoded(result, window, bound)
            for result, window, bound in zip(results, windows, bounds, strict=True)
        ]

    def _decoded(self, result: Any, window: _Window, bound: int) -> Decoded:
        tokenizer = self._tokenizers[window.language]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        length = len(result.sequences_ids[0])
        return Decoded(
            text=tokenizer.decode(tokens).strip(),
            tokens=tuple(tokens),
            average_log_probability=result.scores[0] * length / (length + 1),
            no_speech_probability=result.no_speech_prob,
            hit_bound=length >= bound - 1,
            seconds=window.seconds,
        )

    def _bound(self, window: _Window) -> int:
        """Tokens that the audio can hold."""
        tokens = _TOKENS_PER_SECOND[window.language] * window.seconds
        bound = _TOKENS_AT_LEAST + math.ceil(tokens)
        return min(bound, int(self._model.max_length) - len(window.prompt))

    def _prompt(self, language: Language, request: RecognitionRequest, before: str) -> list[int]:
        tokenizer = self._tokenizers[language]
        prompt: list[int] = self._model.get_prompt(
            tokenizer,
            tokenizer.encode(" " + before.strip()) if before.strip() else [],
            without_timestamps=True,
            hotwords=", ".join(request.hotwords) or None,
        )
        return prompt

    def _transcription(self, window: _Window) -> Transcription:
        decoded, fault = window.result
        words: tuple[Word, ...] = ()
        text = ""
        if fault is None and decoded.text:
            text = decoded.text
            if window.request.word_times:
                words = self._align(window, decoded)
                text = " ".join(word.text for word in words)
        return Transcription(
            text=text,
            words=words,
            language=window.language,
            language_probability=window.language_probability,
            average_log_probability=decoded.average_log_probability,
            no_speech_probability=decoded.no_speech_probability,
            compression_ratio=decoded.compression_ratio,
            rejected=fault,
        )

    def _align(self, window: _Window, decoded: Decoded) -> tuple[Word, ...]:
        tokenizer = self._tokenizers[window.language]
        aligned = self._model.find_alignment(
            tokenizer, [list(decoded.tokens)], window.encoded, window.frames
        )[0]
        merge_punctuations(aligned, _PREPENDED, _APPENDED)
        timed = [(str(item["word"]).strip(), item) for item in _join_parts(aligned)]
        timed = [(text, item) for text, item in timed if text]
        spans = [(float(item["start"]), float(item["end"])) for _, item in timed]
        spans = tidy_spans(spans, [text for text, _ in timed], window.seconds)
        fold = fold_look_alikes if window.language == "kk" else str
        return tuple(
            Word(
                text=fold(text),
                start=from_seconds(start),
                end=from_seconds(end),
                confidence=min(1.0, max(0.0, float(item["probability"]))),
            )
            for (text, item), (start, end) in zip(timed, spans, strict=True)
        )


def even_prompts(prompts: list[list[int]], lasting: int) -> list[list[int]]:
    """Prompts of one length, as a batch must have: the oldest of the earlier text is left out.

    A prompt is ``<|startofprev|>`` and hotwords (``lasting`` tokens), earlier text, and the task's
    markers; or the markers alone. Prompts of one batch key differ in earlier text only.
    """
    shortest = min(map(len, prompts))
    return [prompt[:lasting] + prompt[lasting + len(prompt) - shortest :] for prompt in prompts]


def _is_silent(request: RecognitionRequest) -> bool:
    return request.samples.size == 0 or float(np.abs(request.samples).max()) < _SILENCE_PEAK


def _context_of(request: RecognitionRequest) -> int:
    if request.full_context:
        return _FULL_FRAMES
    return context_for(math.ceil(request.samples.size / _HOP))


def _stack(encoded: list[Any]) -> Any:
    """Encoder outputs [1, t, d] as one [n, t, d]."""
    if len(encoded) == 1:
        return encoded[0]
    on_host = [np.asarray(view.to_device(ctranslate2.Device.cpu)) for view in encoded]
    return ctranslate2.StorageView.from_array(np.concatenate(on_host))


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
