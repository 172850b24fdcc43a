"""Recognisers that hear numbered words, each with its own delay, ear and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from foundation.errors import Unavailable
from foundation.media_time import Ticks, from_samples, from_seconds
from foundation.speech import Word
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.recognition import LiveRecognizerConfig

CHUNK = 1600
"""Samples; 0.1 s."""

WORD = from_seconds(0.38)


def speech(*words: int, chunks: int = 4, pause: int = 0) -> list[AudioChunk]:
    """Words of 0.4 s, each a constant sample value; then ``pause`` chunks of silence."""
    values = [word for word in words for _ in range(chunks)] + [0] * pause
    return [
        AudioChunk(np.full(CHUNK, value / 10_000, np.float32), from_samples(place * CHUNK, 16_000))
        for place, value in enumerate(values)
    ]


@dataclass
class Ear:
    """How an engine hears, and what befalls it. Times are seconds of the feed."""

    delay: int = 1
    """Words heard after a word until it is committed."""

    shift: float = 0.0
    """Seconds by which it places words later."""

    spells: str = "w"
    fails_at: Sequence[float] = ()
    """One for each start."""
    hangs_at: float | None = None
    deaf_from: float | None = None
    lag: float = 0.0
    started: int = 0
    configs: list[LiveRecognizerConfig] = field(default_factory=list)

    def make(self, config: LiveRecognizerConfig) -> Listener:
        self.started += 1
        self.configs.append(config)
        fails = list(self.fails_at)
        return Listener(self, fails[self.started - 1] if self.started <= len(fails) else None)


class Listener:
    """A ``SessionRecognizer``."""

    def __init__(self, ear: Ear, fails_at: float | None) -> None:
        self._ear, self._fails_at = ear, fails_at
        self.pace, self.step_seconds = Pace.FULL, 0.7

    @property
    def lag(self) -> float:
        return self._ear.lag

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        self._ear.configs.append(config)

    async def run(
        self, audio: AsyncIterator[AudioChunk | Finalize], emit: Callable[[Hypothesis], None]
    ) -> None:
        ear, shift = self._ear, from_seconds(self._ear.shift)
        heard: list[Word] = []
        told, number, silent, utterance = 0, 0, 0, 0
        end: Ticks = 0

        def tell(committed: int, *, endpoint: bool = False) -> None:
            nonlocal told, utterance
            new = tuple(heard[told:committed])
            told = max(told, committed)
            tentative = () if endpoint else tuple(heard[told:])
            until = end if endpoint else (heard[told - 1].end if told else 0)
            emit(Hypothesis(new, tentative, "en", utterance, endpoint, until))
            utterance += endpoint

        async for item in audio:
            if isinstance(item, Finalize):
                tell(len(heard), endpoint=True)
                continue
            end = item.start + from_samples(item.samples.size, 16_000)
            if self._fails_at is not None and end > from_seconds(self._fails_at):
                raise Unavailable("the engine is gone")
            if ear.hangs_at is not None and end > from_seconds(ear.hangs_at):
                ear.hangs_at = None  # the next start of it works
                await asyncio.Event().wait()
            value = round(float(item.samples[0]) * 10_000)
            if ear.deaf_from is not None and end > from_seconds(ear.deaf_from):
                value = 0
            if value and value != number:
                start = item.start + shift
                heard.append(Word(f"{ear.spells}{value}", start, start + WORD, 0.9))
                tell(max(told, len(heard) - ear.delay))
            silent = 0 if value else silent + 1
            number = value
            if silent == 5 and told <= len(heard) and heard:
                tell(len(heard), endpoint=True)
        if told < len(heard) or silent < 5:
            tell(len(heard), endpoint=True)
