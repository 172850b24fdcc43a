"""NeMo's CTC, RNN-T, TDT and hybrid models: windows, and streams where the model is made for it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import torch

from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.speech import (
    SAMPLE_RATE,
    RecognitionRequest,
    Samples,
    SpeechCapabilities,
    StreamHypothesis,
    StreamingMeans,
    StreamOpening,
    StreamStep,
    Transcription,
)
from models.engines.bare_models import card_languages, is_audible, language_of, spelt
from models.engines.base import CallContext, EngineOptions
from models.engines.nemo.checkpoint import Checkpoint, open_checkpoint
from models.engines.nemo.decoding import make_decoder
from models.engines.nemo.settings import NemoSettings, read_settings
from models.engines.nemo.streaming import ChunkedEncoder, StreamState
from models.engines.streams import StreamingSpeechEngine
from models.engines.token_words import Token

_WINDOW_SECONDS: Final = 40.0
"""Attention over a whole window costs the square of its length; training used no longer ones."""

_LATE_SAMPLES: Final = round(0.4 * SAMPLE_RATE)
"""Silence after a window of a model that was trained to speak late."""

_SETTLED_SECONDS: Final = 1.0
"""A word is whole when nothing was added to it for so long."""

_UNPUNCTUATED_SECONDS: Final = 5.0
"""Likewise where a mark may still follow, which comes when the pause was heard."""

_SIMILAR_SECONDS: Final = 4
"""Windows of a batch are padded to the longest: they differ by less than this."""

_LANGUAGE_LETTERS: Final = 400
"""Of a stream's text, what tells the language."""


class NemoEngine(StreamingSpeechEngine):
    """One ``.nemo`` checkpoint. NeMo's models are not made for several threads at once."""

    concurrent: ClassVar[bool] = False
    batch_methods: ClassVar[Mapping[str, str]] = {
        **StreamingSpeechEngine.batch_methods,
        "recognize": "recognize_batch",
    }

    def __init__(
        self, checkpoint: Checkpoint, languages: tuple[Language, ...], settings: NemoSettings
    ) -> None:
        super().__init__()
        self._checkpoint = checkpoint
        self._decoder = make_decoder(checkpoint)
        self._chunked = ChunkedEncoder(checkpoint, self._decoder) if checkpoint.streams else None
        self._capabilities = SpeechCapabilities(
            languages=languages,
            window_seconds=_WINDOW_SECONDS,
            word_times=True,
            prompt=False,
            hotwords=False,
            punctuation=checkpoint.text.punctuates,
            streaming=None
            if self._chunked is None
            else StreamingMeans(self._chunked.chunk_seconds, settings.max_streams),
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> NemoEngine:
        """Load the ``.nemo`` file in ``folder``; it must be trusted, for it is unpickled.

        Raises:
            FailedPrecondition: no file that can be used, a setting or language that does not fit,
                or a device that cannot run it.
        """
        settings = read_settings(options.settings)
        languages = card_languages(options.languages, "a NeMo checkpoint")
        # As for every engine, workers are the parallelism: one thread computes one task.
        torch.set_num_threads(1)
        checkpoint = open_checkpoint(folder, options.device, options.compute_type, settings)
        return cls(checkpoint, languages, settings)

    @property
    def capabilities(self) -> SpeechCapabilities:
        """Word times always; no prompt, no hotwords; the rest depends on the checkpoint."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """The weights."""
        return self._checkpoint.size

    def close(self) -> None:
        """Free the weights and all streams."""
        self._streams.clear()
        del self._checkpoint, self._decoder, self._chunked
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        """Windows of one search and of similar length; streams all together."""
        if method != "recognize":
            return super().batch_key(method, payload)
        request: RecognitionRequest = payload
        return request.beam_size, request.samples.size // (_SIMILAR_SECONDS * SAMPLE_RATE)

    def recognize_batch(
        self, requests: Sequence[RecognitionRequest], contexts: Sequence[CallContext]
    ) -> list[Transcription]:
        """Recognise windows of one batch key together."""
        for request in requests:
            self._check(request)
        return self._recognize_all(requests)

    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        return self._recognize_all([request])[0]

    def _recognize_all(self, requests: Sequence[RecognitionRequest]) -> list[Transcription]:
        audible = [request for request in requests if is_audible(request.samples)]
        tokens = iter(
            self._tokens([request.samples for request in audible], audible[0].beam_size)
            if audible
            else []
        )
        return [
            self._transcription(request, next(tokens) if request in audible else [])
            for request in requests
        ]

    def _tokens(self, windows: Sequence[Samples], beam_size: int) -> list[list[Token]]:
        checkpoint = self._checkpoint
        late = _LATE_SAMPLES if checkpoint.streams else 0
        lengths = [window.size + late for window in windows]
        signal = np.zeros((len(windows), max(lengths)), np.float32)
        for row, window in enumerate(windows):
            signal[row, : window.size] = window
        with torch.inference_mode():
            features, feature_lengths = checkpoint.model.preprocessor(
                input_signal=torch.from_numpy(signal).to(checkpoint.device),
                length=torch.tensor(lengths, device=checkpoint.device),
            )
            encoded, encoded_lengths = checkpoint.model.encoder(
                audio_signal=features.to(checkpoint.dtype), length=feature_lengths
            )
            return self._decoder.decode(encoded, encoded_lengths, beam_size)

    def _transcription(self, request: RecognitionRequest, tokens: Sequence[Token]) -> Transcription:
        longest = from_samples(request.samples.size, SAMPLE_RATE)
        words = self._checkpoint.text.words(tokens, longest)
        text = " ".join(word.text for word in words)
        language, probability = self._language(text, request.languages, request.language_weights)
        words = spelt(words, language)
        return Transcription(
            text=" ".join(word.text for word in words),
            words=words if request.word_times else (),
            language=language,
            language_probability=probability,
            average_log_probability=_mean_log(tokens),
            no_speech_probability=0.0 if words else 1.0,
            compression_ratio=0.0,
            punctuated=self._capabilities.punctuation,
        )

    def _language(
        self, text: str, languages: Sequence[Language], weights: Sequence[float] = ()
    ) -> tuple[Language, float]:
        return language_of(text, languages, weights, self._capabilities.languages)

    # Streams

    def _open(self, opening: StreamOpening) -> _Stream:
        spoken = tuple(code for code in opening.languages if code in self._capabilities.languages)
        return spoken, StreamState(np.empty(0, np.float32))

    def _advance(
        self, states: Sequence[_Stream], steps: Sequence[StreamStep]
    ) -> list[tuple[_Stream, StreamHypothesis]]:
        chunked = self._chunked
        assert chunked is not None, "no stream is open in a model without chunks"
        current = [
            chunked.receive(state, step.samples, step.last)
            for (_, state), step in zip(states, steps, strict=True)
        ]
        said: list[list[Token]] = [list(state.tokens) for state in current]
        while ready := [row for row, state in enumerate(current) if chunked.ready(state)]:
            # Streams at their start have a shorter chunk: they go first, the others follow.
            starting = [row for row in ready if current[row].frame == 0] or ready
            for row, (state, tokens) in zip(
                starting, chunked.advance([current[row] for row in starting]), strict=True
            ):
                current[row] = state
                said[row] += tokens
        return [
            self._answer(languages, state, tokens)
            for (languages, _), state, tokens in zip(states, current, said, strict=True)
        ]

    def _answer(
        self, languages: tuple[Language, ...], state: StreamState, tokens: list[Token]
    ) -> tuple[_Stream, StreamHypothesis]:
        text = self._checkpoint.text
        assert self._chunked is not None
        if not state.tokens:
            # A mark whose word was given out before comes too late.
            tokens = list(itertools.dropwhile(text.is_punctuation, tokens))
        heard = self._chunked.heard_until(state)
        longest = from_samples(heard, SAMPLE_RATE)
        parts = text.split(tokens)
        open_part = [] if state.ended or not parts or self._settled(parts[-1], state) else parts[-1]
        words = text.words(tokens, longest, state.committed_until)
        count = len(text.words(open_part, longest))
        committed, tentative = words[: len(words) - count], words[len(words) - count :]
        said = " ".join([state.text, *(word.text for word in committed)])[-_LANGUAGE_LETTERS:]
        language, _ = self._language(
            " ".join([said, *(word.text for word in tentative)]), languages
        )
        hypothesis = StreamHypothesis(
            committed=spelt(committed, language),
            tentative=spelt(tentative, language),
            language=language,
            heard_until=longest,
            punctuated=self._capabilities.punctuation,
        )
        after = replace(
            state,
            tokens=tuple(open_part),
            committed_until=committed[-1].end if committed else state.committed_until,
            text=said,
        )
        return (languages, after), hypothesis

    def _settled(self, part: Sequence[Token], state: StreamState) -> bool:
        text = self._checkpoint.text
        complete = not text.punctuates or text.is_punctuation(part[-1])
        since = state.frame / self._checkpoint.subsampling - part[-1].frame
        limit = _SETTLED_SECONDS if complete else _UNPUNCTUATED_SECONDS
        return since * text.frame_seconds >= limit


_Stream = tuple[tuple[Language, ...], StreamState]
"""The languages asked for, and the state."""


def _mean_log(tokens: Sequence[Token]) -> float:
    if not tokens:
        return 0.0
    return sum(math.log(max(token.confidence, 1e-9)) for token in tokens) / len(tokens)
