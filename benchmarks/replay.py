"""Recordings replayed at their own speed, and the systems that hear them."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.scores import Snapshot, TimedToken, tokens_of
from foundation.languages import parse_languages
from foundation.media_time import from_samples, to_seconds
from foundation.speech import SAMPLE_RATE, Samples
from models.store import ModelStore
from services.command_line import runtime
from streaming.cues.presets import load_preset
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.ingest.decode_file import decode_file
from streaming.recognition import LiveRecognizer, LiveRecognizerConfig
from streaming.session import CommittedText, LiveSession, SessionConfig, TentativeText
from workers.interface import WorkerPool

SHARED_SPEECH = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech"
CHUNK_SAMPLES = SAMPLE_RATE // 10
_NORMALISED = "normalised: "
"""What a note of the manifest begins with that holds a second reference."""

PAUSE = np.zeros(SAMPLE_RATE, np.float32)


@dataclass(frozen=True, slots=True)
class Recording:
    """float32 [n] at 16 kHz and what is said in it."""

    samples: Samples
    text: str
    name: str
    normalised: str = ""
    """What was meant, where ``text`` has every slip of the tongue; empty: the same."""


def join(recordings: list[Recording]) -> Recording:
    """All recordings, a second of silence after each."""
    parts = [part for recording in recordings for part in (recording.samples, PAUSE)]
    text = " ".join(recording.text for recording in recordings).strip()
    return Recording(np.concatenate(parts), text, "+".join(r.name for r in recordings))


class ReplayFeed:
    """Plays samples: paced, each chunk comes when its last sample is due; else when asked for."""

    def __init__(self, samples: Samples, *, paced: bool = True) -> None:
        self._samples = samples
        self._paced = paced

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        begun = time.monotonic()
        for first in range(0, self._samples.size, CHUNK_SAMPLES):
            chunk = self._samples[first : first + CHUNK_SAMPLES]
            if self._paced:
                due = begun + (first + chunk.size) / SAMPLE_RATE
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield AudioChunk(chunk, from_samples(first, SAMPLE_RATE))
        yield FeedEvent(FeedState.ENDED)

    async def aclose(self) -> None:
        """Nothing to free."""


def unpaced(config: LiveRecognizerConfig) -> SessionConfig:
    """Let a feed run ahead by no more than a step, and the pause that may delay it.

    Steps are as long as configured only where the hangover is shorter and decoding quicker.
    """
    return SessionConfig(pace_limit=config.step_seconds + config.hangover_seconds)


async def run_stream(
    pool: WorkerPool,
    name: str,
    samples: Samples,
    config: LiveRecognizerConfig,
    *,
    paced: bool = True,
) -> list[Snapshot]:
    """Replay samples through a session and note what it showed.

    Unpaced, a time is that of the audio heard by then, as if computing took none; at the end of an
    utterance it is that of the audio read by then, up to half a step later.
    """
    recognizer = LiveRecognizer(pool, config, session=name)
    feed = ReplayFeed(samples, paced=paced)
    settings = SessionConfig() if paced else unpaced(config)
    session = LiveSession(feed, recognizer, load_preset("overlay-live"), settings)
    events = session.subscribe()
    running = asyncio.create_task(session.run())
    snapshots: list[Snapshot] = []
    committed: tuple[str, ...] = ()
    tentative: tuple[str, ...] = ()
    async for event in events:
        body = event.body
        if isinstance(body, CommittedText):
            new = tokens_of(" ".join(word.text for word in body.words))
            committed += new
            # The rest of the old tentative text stands until the new one comes.
            tentative = tentative[len(new) :]
        elif isinstance(body, TentativeText):
            tentative = tokens_of(" ".join(word.text for word in body.words))
        else:
            continue
        heard = to_seconds(session.audio_position) - session.lag
        snapshots.append(Snapshot(event.wall if paced else heard, committed, tentative))
    await running
    return snapshots


def live_config(codes: str, **changes: object) -> LiveRecognizerConfig:
    """The product's own settings for languages such as ``en`` or ``kk,ru``."""
    languages = parse_languages(codes.split(","))
    return LiveRecognizerConfig(runtime.DEFAULT_MODEL, languages, **changes)  # type: ignore[arg-type]


def recognise_offline(recordings: list[Recording], language: str) -> list[list[TimedToken]]:
    """faster-whisper itself, beam 5, a file at a time; times count from each file's start."""
    model = WhisperModel(str(ModelStore().ensure(runtime.DEFAULT_MODEL)), compute_type="int8")
    return [
        [
            TimedToken(token, float(word.start), float(word.end))
            for segment in model.transcribe(
                recording.samples,
                language=language,
                beam_size=5,
                word_timestamps=True,
                condition_on_previous_text=False,
            )[0]
            for word in segment.words or ()
            for token in tokens_of(word.word)
        ]
        for recording in recordings
    ]


def on_one_timeline(
    recordings: list[Recording], tokens: list[list[TimedToken]]
) -> list[TimedToken]:
    """The tokens of recordings as ``join`` joins them."""
    joined: list[TimedToken] = []
    offset = 0.0
    for recording, found in zip(recordings, tokens, strict=True):
        joined += [TimedToken(t.text, t.start + offset, t.end + offset) for t in found]
        offset += (recording.samples.size + PAUSE.size) / SAMPLE_RATE
    return joined


async def load_recordings(
    files: list[Path], language: str, seconds: float, match: str = ""
) -> list[Recording]:
    """Recordings with references, longest first, up to ``seconds`` in all.

    ``match`` must stand in their names. Files given have no reference.
    """
    named: list[tuple[Path, str, str]] = [(path, "", "") for path in files]
    if not named:
        with (SHARED_SPEECH / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
            for row in csv.DictReader(manifest, delimiter="\t"):
                fits = row["language"].startswith(language) and match in row["file"]
                if row["transcript"] and fits:
                    _, _, normalised = (row["note"] or "").partition(_NORMALISED)
                    named.append((SHARED_SPEECH / row["file"], row["transcript"], normalised))
        named.sort(key=lambda item: -item[0].stat().st_size)
    recordings = []
    total = 0.0
    for path, text, normalised in named:
        if total >= seconds:
            break
        samples = await decode_file(path, 3600)
        recordings.append(Recording(samples, text, path.name, normalised))
        total += samples.size / SAMPLE_RATE
    return recordings
