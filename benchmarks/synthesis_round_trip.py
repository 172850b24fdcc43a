"""What Whisper hears of spoken sentences: ours beside piper-tts called directly.

A hundred sentences take a quarter of an hour on two cores. Each is noted as it is heard, so a run
that was broken off goes on where it was; one that came to its end begins anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import jiwer
import numpy as np
import soxr
from rich.console import Console
from rich.progress import Progress

from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples
from foundation.synthesis import SynthesisRequest, Waveform
from services.command_line.scoring import in_digits, normalise
from workers.interface import Task, WorkerPool

EAR: Final = "whisper-base"


@dataclass(frozen=True, slots=True)
class Heard:
    """What Whisper made of it."""

    way: str
    sentences: int
    word_error_rate: float
    """Percent."""


@dataclass(frozen=True, slots=True)
class _Pair:
    voice: str
    said: str
    ours: str
    direct: str


async def round_trip(
    pool: WorkerPool,
    voice: str,
    directly: Callable[[str], tuple[Waveform, int]],
    texts: Sequence[str],
    notes: Path,
    console: Console,
) -> list[Heard]:
    """Speak sentences both ways and let Whisper hear them.

    Args:
        pool: Has the voice and Whisper.
        voice: Catalogue id.
        directly: piper-tts: samples and their rate.
        texts: English sentences.
        notes: What was heard so far, a line a sentence; gone when all are heard.
        console: Shows how far it is.
    """
    done = _noted(notes, voice)
    notes.parent.mkdir(parents=True, exist_ok=True)
    with Progress(console=console) as progress, notes.open("a", encoding="utf-8") as file:
        for text in progress.track(texts, description="Round trip"):
            if text in done:
                continue
            request = SynthesisRequest.of_text(text, "en")
            spoken = await pool.call(Task(voice, "synthesize", request))
            samples, rate = await asyncio.to_thread(directly, text)
            done[text] = _Pair(
                voice,
                text,
                await _hear(pool, spoken.samples, spoken.sample_rate),
                await _hear(pool, samples, rate),
            )
            file.write(json.dumps(asdict(done[text]), ensure_ascii=False) + "\n")
            file.flush()
    said = [_plain(text) for text in texts]
    heard = {
        "ours": [done[text].ours for text in texts],
        "direct": [done[text].direct for text in texts],
    }
    await asyncio.to_thread(notes.unlink)
    return [
        Heard(way, len(texts), 100 * float(jiwer.wer(said, lines))) for way, lines in heard.items()
    ]


def _noted(notes: Path, voice: str) -> dict[str, _Pair]:
    if not notes.exists():
        return {}
    lines = notes.read_text(encoding="utf-8").splitlines()
    # The last one may have been broken off.
    pairs = [_Pair(**json.loads(line)) for line in lines if line.endswith("}")]
    return {pair.said: pair for pair in pairs if pair.voice == voice}


async def _hear(pool: WorkerPool, samples: Waveform, rate: int) -> str:
    audio: Samples = soxr.resample(samples, rate, SAMPLE_RATE).astype(np.float32)
    request = RecognitionRequest(audio, ("en",), beam_size=5, full_context=True)
    return _plain((await pool.call(Task(EAR, "recognize", request))).text)


def _plain(text: str) -> str:
    return normalise(in_digits(text, "en"))
