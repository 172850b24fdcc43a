"""A broadcaster's day in small: one looped feed with pauses and drops, lag and memory over time.

    python -m benchmarks.soak [--minutes 60] [--drop-every 20] [--language en] [FILE…]

The recordings are looped, a pause of three seconds after each round. Every ``--drop-every`` minutes
the feed is lost for five seconds and comes back with a discontinuity. Lag of a committed word: when
its event came out, minus when its last sample was due.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.replay import CHUNK_SAMPLES, Recording, join, live_config, load_recordings
from benchmarks.report import write_report
from benchmarks.scores import median, percentile
from foundation.media_time import from_seconds, to_seconds
from foundation.speech import SAMPLE_RATE, Samples
from services.command_line import runtime
from streaming.cues.presets import load_preset
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.recognition import LiveRecognizer
from streaming.recognition.warm_up import warm_up
from streaming.session import CommittedText, FeedChanged, LiveSession, SessionState

_LOST_SECONDS = 5.0
_ROUND_PAUSE = np.zeros(3 * SAMPLE_RATE, np.float32)


class LoopedFeed:
    """Plays one recording again and again at its own speed, with drops."""

    def __init__(self, samples: Samples, seconds: float, drop_every: float) -> None:
        self._samples = np.concatenate([samples, _ROUND_PAUSE])
        self._seconds = seconds
        self._drop_every = drop_every

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        begun = time.monotonic()
        position = 0.0
        next_drop = self._drop_every
        back = False
        for first in itertools.cycle(range(0, self._samples.size, CHUNK_SAMPLES)):
            if position >= self._seconds:
                break
            if position >= next_drop:
                yield FeedEvent(FeedState.LOST, "dropped on purpose")
                position += _LOST_SECONDS
                next_drop += self._drop_every
                back = True
            chunk = self._samples[first : first + CHUNK_SAMPLES]
            start, position = position, position + chunk.size / SAMPLE_RATE
            await asyncio.sleep(max(0.0, begun + position - time.monotonic()))
            if back:
                yield FeedEvent(FeedState.CONNECTED)
            yield AudioChunk(chunk, from_seconds(start), discontinuity=back)
            back = False
        yield FeedEvent(FeedState.ENDED)

    async def aclose(self) -> None:
        """Nothing to free."""


@dataclass(slots=True)
class Interval:
    """Some minutes of the run."""

    ends_at: float
    """Seconds since the start."""

    lags: list[float] = field(default_factory=list)
    words: int = 0
    resident_mib: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; lags in seconds."""

    minutes: float
    words: int
    commit_lag_median: float
    commit_lag_p95: float
    resident_mib: float


async def soak(
    recording: Recording, language: str, seconds: float, drop_every: float, every: float
) -> tuple[list[Line], int]:
    """Run; return a line an interval and how often the feed was lost."""
    process = psutil.Process()
    intervals = [Interval(every)]
    drops = 0
    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        recognizer = LiveRecognizer(pool, live_config(language), session="soak")
        feed = LoopedFeed(recording.samples, seconds, drop_every)
        session = LiveSession(feed, recognizer, load_preset("overlay-live"))
        events = session.subscribe()
        running = asyncio.create_task(session.run())
        async for event in events:
            current = intervals[-1]
            if event.wall >= current.ends_at:
                intervals.append(current := Interval(current.ends_at + every))
            current.resident_mib = process.memory_info().rss / 2**20
            if isinstance(event.body, CommittedText):
                current.lags += [event.wall - to_seconds(word.end) for word in event.body.words]
                current.words += len(event.body.words)
            elif isinstance(event.body, FeedChanged):
                drops += event.body.state is SessionState.FEED_LOST
        await running
    lines = [
        Line(i.ends_at / 60, i.words, median(i.lags), percentile(i.lags, 95), i.resident_mib)
        for i in intervals
        if i.words
    ]
    return lines, drops


def memory_slope(lines: list[Line]) -> float:
    """MiB a minute over all but the first interval, by least squares; NaN of fewer than three."""
    if len(lines) < 3:
        return float("nan")
    later = lines[1:]
    return float(
        np.polyfit([line.minutes for line in later], [line.resident_mib for line in later], 1)[0]
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--drop-every", type=float, default=20.0, help="minutes")
    parser.add_argument("--interval", type=float, default=5.0, help="minutes a line")
    parser.add_argument("--language", default="en")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    recording = join(asyncio.run(load_recordings(arguments.files, arguments.language, 150)))
    lines, drops = asyncio.run(
        soak(
            recording,
            arguments.language,
            arguments.minutes * 60,
            arguments.drop_every * 60,
            arguments.interval * 60,
        )
    )
    table = Table(*[name.replace("_", " ") for name in Line.__dataclass_fields__])
    for line in lines:
        table.add_row(*[f"{value:.4g}" for value in asdict(line).values()])
    console.print(table)
    slope = memory_slope(lines)
    console.print(f"feed drops {drops}, memory slope {slope:.2f} MiB a minute")
    content = {
        "drops": drops,
        "memory_slope_mib_a_minute": slope,
        "lines": [asdict(line) for line in lines],
    }
    write_report(console, arguments.out, "soak", content)


if __name__ == "__main__":
    main()
