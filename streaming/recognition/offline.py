"""A recording becomes utterances: cut at pauses, each piece recognised with full context."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import structlog

from foundation.languages import Language
from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples, Word
from streaming.recognition.audio_runs import Detector
from streaming.recognition.config import OfflineConfig
from streaming.recognition.routing import recognise
from streaming.voice_activity import SpeechStart, VoiceActivityDetector
from workers.interface import Priority, Task, WorkerPool

__all__ = ["OfflineConfig", "Utterance", "transcribe"]

_log = structlog.get_logger(__name__)

_CLOSE_SECONDS = 2.0
"""Spans with a shorter pause between them go into one piece."""

_QUIET_FRAME = SAMPLE_RATE // 50
_LEAST_SPLIT = 4 * SAMPLE_RATE
"""A piece that the engine rejects is tried again in halves while it is longer than this."""

Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech."""

    words: tuple[Word, ...]
    language: Language
    start: Ticks
    end: Ticks
    text: str
    punctuated: bool = True
    """The model writes punctuation and capitals itself."""


async def transcribe(
    pool: WorkerPool,
    samples: Samples,
    config: OfflineConfig,
    progress: Callable[[float], None] | None = None,
    priority: Priority = Priority.BATCH,
    detector: Detector | None = None,
) -> list[Utterance]:
    """Transcribe a recording (float32 [n], 16 kHz); times count from its first sample.

    Args:
        pool: Where the model runs.
        samples: The recording.
        config: Model, languages and search.
        progress: Called with the share done, 0 to 1.
        priority: Of the tasks.
        detector: Fresh; Silero by default.

    Raises:
        DauysError: whatever the pool raises.
    """
    spans = await asyncio.to_thread(find_speech, samples, detector or VoiceActivityDetector())
    limit = round(config.max_chunk_seconds * SAMPLE_RATE)
    pieces = cut_into_pieces(samples, spans, limit)
    total = sum(end - start for start, end in pieces) or 1
    done = 0
    slots = asyncio.Semaphore(config.in_flight)

    async def recognise_in_turn(piece: Piece) -> list[Utterance]:
        nonlocal done
        async with slots:
            found = await _recognise_piece(pool, samples, piece, config, priority)
        done += piece[1] - piece[0]
        if progress is not None:
            progress(done / total)
        return found

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(recognise_in_turn(piece)) for piece in pieces]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if progress is not None and not pieces:
        progress(1.0)
    return [utterance for task in tasks for utterance in task.result()]


def find_speech(samples: Samples, detector: Detector) -> list[Piece]:
    """Spans of speech as (first sample, one past the last)."""
    boundaries = [
        boundary
        for offset in range(0, samples.size, SAMPLE_RATE)
        for boundary in detector.push(samples[offset : offset + SAMPLE_RATE])
    ]
    boundaries += detector.flush()
    starts = [boundary.sample for boundary in boundaries if isinstance(boundary, SpeechStart)]
    ends = [boundary.sample for boundary in boundaries if not isinstance(boundary, SpeechStart)]
    return [(start, min(end, samples.size)) for start, end in zip(starts, ends, strict=True)]


def cut_into_pieces(samples: Samples, spans: list[Piece], limit: int) -> list[Piece]:
    """Join close spans and cut long ones, so that no piece is longer than ``limit`` samples."""
    pieces: list[Piece] = []
    for span in spans:
        for start, end in _cut_long(samples, span, limit):
            close = pieces and start - pieces[-1][1] < _CLOSE_SECONDS * SAMPLE_RATE
            if close and end - pieces[-1][0] <= limit:
                pieces[-1] = (pieces[-1][0], end)
            else:
                pieces.append((start, end))
    return pieces


def _cut_long(samples: Samples, span: Piece, limit: int) -> list[Piece]:
    start, end = span
    pieces = []
    while end - start > limit:
        cut = _quietest(samples, start + limit * 2 // 3, start + limit)
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _quietest(samples: Samples, first: int, last: int) -> int:
    """The middle of the quietest 100 ms between two samples."""
    frames = (last - first) // _QUIET_FRAME
    energy = np.square(samples[first : first + frames * _QUIET_FRAME]).reshape(frames, -1).sum(1)
    smooth = np.convolve(energy, np.ones(min(5, frames)), "same")
    return first + int(smooth.argmin()) * _QUIET_FRAME + _QUIET_FRAME // 2


async def _recognise_piece(
    pool: WorkerPool, samples: Samples, piece: Piece, config: OfflineConfig, priority: Priority
) -> list[Utterance]:
    start, end = piece
    request = RecognitionRequest(
        samples=np.ascontiguousarray(samples[start:end]),
        languages=config.languages,
        prompt=config.prompt,
        hotwords=config.hotwords,
        beam_size=config.beam_size,
        temperatures=config.temperatures,
        full_context=True,
    )
    heard = await recognise(
        pool,
        config.models,
        request,
        lambda model, method, payload: Task(model, method, payload, priority),
    )
    if heard.rejected is not None:
        _log.info(
            "recognition.rejected",
            reason=heard.rejected,
            seconds=(end - start) / SAMPLE_RATE,
            final=True,
        )
        if end - start <= _LEAST_SPLIT:
            return []
        third = (end - start) // 3
        cut = _quietest(samples, start + third, end - third)
        return [
            *await _recognise_piece(pool, samples, (start, cut), config, priority),
            *await _recognise_piece(pool, samples, (cut, end), config, priority),
        ]
    if not heard.words:
        return []
    words = tuple(word.shifted(from_samples(start, SAMPLE_RATE)) for word in heard.words)
    start_time, end_time = words[0].start, words[-1].end
    return [Utterance(words, heard.language, start_time, end_time, heard.text, heard.punctuated)]
