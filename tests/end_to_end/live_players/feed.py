"""A feed with marks at known times, and a recogniser that hears them."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np

from foundation.media_time import Ticks, from_samples
from foundation.speech import SAMPLE_RATE, Word
from streaming.events import AudioChunk, Finalize, Hypothesis, Pace
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.recognition import LiveRecognizerConfig

MARKS = (3.9, 6.2, 9.6, 11.95, 14.3, 17.0, 19.9, 23.5, 27.8, 31.9)
"""Seconds from the feed's start at which it beeps and flashes for 0.4 s."""

SECONDS = 36


def make_programme(path: Path) -> None:
    """H.264 and AAC in MPEG-TS."""
    on = "+".join(f"between(t,{mark},{mark + 0.4})" for mark in MARKS)
    tone = f"aevalsrc='0.5*sin(2*PI*1000*t)*({on})':s=48000"
    picture = "color=black:size=320x180:rate=25,drawbox=color=white:t=fill:enable="
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y"]
    command += ["-f", "lavfi", "-i", f"{picture}'{on}'", "-f", "lavfi", "-i", tone]
    command += ["-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"]
    command += ["-c:a", "aac", str(path)]
    subprocess.run(command, check=True)


@contextlib.contextmanager
def sender(programme: Path, url: str, first_timestamp: float) -> Iterator[None]:
    """Sends it at its own speed, its timestamps beginning at so many seconds."""
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-re", "-i", str(programme)]
    command += ["-c", "copy", "-output_ts_offset", str(first_timestamp), "-f", "mpegts", url]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def heard(number: int) -> str:
    """What a beep is heard as, counted from 1; with all letters that only Kazakh has."""
    return f"ӘҒҚҢӨҰҮҺІ әғқңөұүһі {number}."


class BeepRecognizer:
    """Hears the beeps: one word, and the end of an utterance, each, a little after its end."""

    lag = 0.0
    pace = Pace.FULL
    step_seconds = 0.5

    def __init__(self) -> None:
        self.onsets: list[Ticks] = []

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Nothing to change."""

    async def run(
        self, audio: AsyncIterator[AudioChunk | Finalize], emit: Callable[[Hypothesis], None]
    ) -> None:
        """Emit a word where 10 ms of audio become loud, when they become quiet again."""
        start: Ticks | None = None
        quiet = 0
        async for item in audio:
            if isinstance(item, Finalize):
                continue
            for place in range(0, item.samples.size, 160):
                time = item.start + from_samples(place, SAMPLE_RATE)
                loud = float(np.abs(item.samples[place : place + 160]).max()) > 0.1
                if loud and start is None:
                    start = time
                quiet = 0 if loud else quiet + 1
                if start is not None and quiet == 10:
                    self.onsets.append(start)
                    word = Word(heard(len(self.onsets)), start, time, 1.0)
                    emit(Hypothesis((word,), (), "kk", 0, endpoint=True, committed_until=time))
                    start = None
            now = item.start + from_samples(item.samples.size, SAMPLE_RATE)
            if start is None:
                emit(Hypothesis((), (), "kk", 0, committed_until=now))
