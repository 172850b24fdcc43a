"""A streaming engine over made-up audio: silence is 0, word number n is the constant n / 1000."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

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
    Word,
)
from models.engines.base import CallContext, EngineOptions
from models.engines.streams import StreamingSpeechEngine

CHUNK = SAMPLE_RATE // 5


@dataclass(frozen=True)
class Heard:
    """A stream's state: all its samples, and how many words were committed."""

    samples: Samples
    committed: int = 0


class NumberEngine(StreamingSpeechEngine):
    """Reads words back in whole chunks; the last word is open until another or silence follows."""

    batch_methods: ClassVar = {"step_stream": "step_streams"}

    def __init__(
        self,
        before_step: Callable[[StreamStep], None] = lambda step: None,
        *,
        streams: bool = True,
        max_streams: int = 4,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__(clock)
        self._before_step = before_step
        self._means = StreamingMeans(CHUNK / SAMPLE_RATE, max_streams) if streams else None
        self.batches: list[int] = []
        """Streams stepped together, a number for each step of the engine."""
        self.heard_samples = 0

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> NumberEngine:
        return cls()

    @property
    def capabilities(self) -> SpeechCapabilities:
        return SpeechCapabilities(("en",), 30.0, True, False, False, False, self._means)

    def _recognize(self, request: RecognitionRequest, context: CallContext) -> Transcription:
        words = tuple(read(request.samples))
        text = " ".join(word.text for word in words)
        return Transcription(text, words, "en", 1.0, -0.1, 0.1, 1.0)

    def _open(self, opening: StreamOpening) -> Heard:
        return Heard(np.empty(0, np.float32))

    def _advance(
        self, states: Sequence[Heard], steps: Sequence[StreamStep]
    ) -> list[tuple[Heard, StreamHypothesis]]:
        for step in steps:
            self._before_step(step)
        self.batches.append(len(steps))
        return [self._hear(state, step) for state, step in zip(states, steps, strict=True)]

    def _hear(self, state: Heard, step: StreamStep) -> tuple[Heard, StreamHypothesis]:
        self.heard_samples += step.samples.size
        samples = np.concatenate([state.samples, step.samples])
        until = samples.size if step.last else samples.size // CHUNK * CHUNK
        words = read(samples[:until])
        open_word = bool(words) and not step.last and words[-1].end >= from_samples(until, 16_000)
        sure = words[: len(words) - open_word]
        answer = StreamHypothesis(
            tuple(sure[state.committed :]),
            tuple(words[len(sure) :]),
            "en",
            from_samples(until, SAMPLE_RATE),
        )
        return replace(state, samples=samples, committed=len(sure)), answer


def read(samples: Samples) -> list[Word]:
    """The words in some audio; one that was cut off is half a word."""
    numbers = np.rint(samples * 1000).astype(int)
    borders = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), numbers.size]
    return [
        Word(
            f"w{numbers[a]}" if b - a > SAMPLE_RATE * 0.3 else f"cut{numbers[a]}",
            from_samples(a, SAMPLE_RATE),
            from_samples(b, SAMPLE_RATE),
            0.9,
        )
        for a, b in pairwise(borders)
        if b > a and numbers[a]
    ]
