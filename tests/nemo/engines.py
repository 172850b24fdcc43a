"""Engines over the tiny models, and feeds of their sentences."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from foundation.languages import LANGUAGES
from foundation.media_time import from_samples
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples, Word
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from streaming.events import AudioChunk, Finalize, Hypothesis

CONTEXT = CallContext()


@functools.cache
def engine(folder: Path, compute_type: str = "default", **settings: Any) -> Any:
    """A ``NemoEngine``; kept, since tests of many kinds share one."""
    return fresh_engine(folder, compute_type, **settings)


def fresh_engine(folder: Path, compute_type: str = "default", **settings: Any) -> Any:
    """A ``NemoEngine`` of one's own."""
    options = EngineOptions(compute_type=compute_type, languages=LANGUAGES, settings=settings)
    return open_engine("nemo", folder, options)


def request(samples: Samples, **changes: Any) -> RecognitionRequest:
    """A window with the suite's languages."""
    return RecognitionRequest(samples, **changes)


def pause(seconds: float) -> Samples:
    """Silence."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def padded(samples: Samples) -> Samples:
    """A sentence with silence around it."""
    return np.concatenate([pause(0.3), samples, pause(0.5)])


def chunks(samples: Samples, size: int = 1600) -> list[AudioChunk | Finalize]:
    """A feed in pieces."""
    return [
        AudioChunk(samples[at : at + size], from_samples(at, SAMPLE_RATE))
        for at in range(0, samples.size, size)
    ]


async def feed(
    items: list[AudioChunk | Finalize], recognizer: Any, longest_lag: float = 1.0
) -> AsyncIterator[AudioChunk | Finalize]:
    """Items no faster than they are recognised, so that steps come as in real time."""
    for item in items:
        yield item
        await asyncio.sleep(0)
        for _ in range(100):
            if recognizer.lag <= longest_lag:
                break
            await asyncio.sleep(0.002)


def words(told: list[Hypothesis]) -> list[Word]:
    """All committed words."""
    return [word for hypothesis in told for word in hypothesis.committed]


def text(told: list[Hypothesis]) -> str:
    """All committed text."""
    return " ".join(word.text for word in words(told))
