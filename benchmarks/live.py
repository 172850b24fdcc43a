"""Live recognition at real time: lag, real-time factor, memory, for 1, 2 and 4 streams.

    python -m benchmarks.live [--streams 1,2,4] [--seconds 60] [--language ru] [FILE…]

Without files it replays the recordings of ../shared/data/speech (MANIFEST.tsv with references).
Files given have no reference, so no error rate is shown for them. Each stream plays the same
recordings, joined by a second of silence, starting at another place. Lag of a word: when its event
came out, minus when its last sample was due.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import jiwer
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from foundation.languages import parse_languages
from foundation.media_time import from_samples, to_seconds
from foundation.speech import SAMPLE_RATE, Samples
from services.command_line import runtime
from services.command_line.scoring import normalise
from streaming.cues.presets import load_preset
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState
from streaming.ingest.decode_file import decode_file
from streaming.recognition import LiveRecognizer, LiveRecognizerConfig
from streaming.session import CommittedText, LiveSession, TentativeText
from workers.interface import WorkerPool

SHARED_SPEECH = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech"
CHUNK_SAMPLES = SAMPLE_RATE // 10
PAUSE = np.zeros(SAMPLE_RATE, np.float32)


@dataclass(frozen=True, slots=True)
class Recording:
    """float32 [n] at 16 kHz and what is said in it."""

    samples: Samples
    text: str
    name: str


class ReplayFeed:
    """Plays samples at their own speed: each chunk comes when its last sample is due."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        begun = time.monotonic()
        for first in range(0, self._samples.size, CHUNK_SAMPLES):
            chunk = self._samples[first : first + CHUNK_SAMPLES]
            due = begun + (first + chunk.size) / SAMPLE_RATE
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield AudioChunk(chunk, from_samples(first, SAMPLE_RATE))
        yield FeedEvent(FeedState.ENDED)

    async def aclose(self) -> None:
        """Nothing to free."""


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What one stream showed and when."""

    first_tentative: float
    """Seconds from the first word's onset to its first display."""
    commit_lags: list[float]
    display_lags: list[float]
    """Lag of each committed word's first display, tentative or committed."""
    text: str


async def run_stream(pool: WorkerPool, number: int, samples: Samples, codes: str) -> StreamResult:
    """Replay samples through a session and note when each word came."""
    config = LiveRecognizerConfig(
        model=runtime.DEFAULT_MODEL, languages=parse_languages(codes.split(","))
    )
    recognizer = LiveRecognizer(pool, config, session=f"bench-{number}")
    session = LiveSession(ReplayFeed(samples), recognizer, load_preset("overlay-live"))
    events = session.subscribe()
    running = asyncio.create_task(session.run())
    shown: list[tuple[float, float, str]] = []
    commit_lags: list[float] = []
    display_lags: list[float] = []
    words: list[str] = []
    first_shown: float | None = None
    first_onset = 0.0
    async for event in events:
        body = event.body
        if isinstance(body, TentativeText):
            for word in body.words:
                if first_shown is None:
                    first_shown = event.wall
                shown.append((event.wall, to_seconds(word.end), normalise(word.text)))
        elif isinstance(body, CommittedText):
            for word in body.words:
                end = to_seconds(word.end)
                if not words:
                    first_onset = to_seconds(word.start)
                    first_shown = event.wall if first_shown is None else first_shown
                words.append(word.text)
                commit_lags.append(event.wall - end)
                text = normalise(word.text)
                earlier = [wall for wall, at, said in shown if said == text and abs(at - end) < 1]
                display_lags.append(min([*earlier, event.wall]) - end)
            shown = [item for item in shown if item[1] > to_seconds(body.words[-1].end) - 1]
    await running
    return StreamResult(
        (first_shown or 0.0) - first_onset, commit_lags, display_lags, " ".join(words)
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; seconds unless said."""

    streams: int
    audio_seconds: float
    first_tentative: float
    display_lag_median: float
    display_lag_p95: float
    commit_lag_median: float
    commit_lag_p95: float
    commit_lag_p99: float
    cpu_seconds_per_audio_second: float
    resident_mib: float
    word_error_rate: float


async def measure(streams: int, recordings: list[Recording], codes: str) -> Row:
    """Run ``streams`` at once and sum up."""
    process = psutil.Process()
    async with runtime.open_pool() as pool:
        await run_stream(
            pool, -1, np.concatenate([recordings[0].samples[: 4 * SAMPLE_RATE]]), codes
        )
        cpu = sum(process.cpu_times()[:2])
        tasks = []
        references = []
        for number in range(streams):
            shift = number * len(recordings) // streams
            turned = recordings[shift:] + recordings[:shift]
            references.append(" ".join(recording.text for recording in turned).strip())
            joined = np.concatenate([part for r in turned for part in (r.samples, PAUSE)])
            tasks.append(run_stream(pool, number, joined, codes))
        results = await asyncio.gather(*tasks)
        cpu = sum(process.cpu_times()[:2]) - cpu
        resident = process.memory_info().rss / 2**20
    seconds = sum(r.samples.size + PAUSE.size for r in recordings) / SAMPLE_RATE
    commit = [lag for result in results for lag in result.commit_lags]
    display = [lag for result in results for lag in result.display_lags]
    known = all(references)
    error_rate = (
        jiwer.wer(
            [normalise(reference) for reference in references],
            [normalise(result.text) for result in results],
        )
        if known
        else float("nan")
    )
    return Row(
        streams=streams,
        audio_seconds=seconds,
        first_tentative=statistics.median(result.first_tentative for result in results),
        display_lag_median=statistics.median(display),
        display_lag_p95=float(np.percentile(display, 95)),
        commit_lag_median=statistics.median(commit),
        commit_lag_p95=float(np.percentile(commit, 95)),
        commit_lag_p99=float(np.percentile(commit, 99)),
        cpu_seconds_per_audio_second=cpu / (seconds * streams),
        resident_mib=resident,
        word_error_rate=float(error_rate),
    )


async def load_recordings(
    files: list[Path], language: str, seconds: float, match: str = ""
) -> list[Recording]:
    """Recordings with references, longest first, up to ``seconds`` in all.

    ``match`` must stand in their names.
    """
    named: list[tuple[Path, str]] = [(path, "") for path in files]
    if not named:
        with (SHARED_SPEECH / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
            for row in csv.DictReader(manifest, delimiter="\t"):
                fits = row["language"].startswith(language) and match in row["file"]
                if row["transcript"] and fits:
                    named.append((SHARED_SPEECH / row["file"], row["transcript"]))
        named.sort(key=lambda item: -item[0].stat().st_size)
    recordings = []
    total = 0.0
    for path, text in named:
        if total >= seconds:
            break
        samples = await decode_file(path, 3600)
        recordings.append(Recording(samples, text, path.name))
        total += samples.size / SAMPLE_RATE
    return recordings


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    packages = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy")
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def plot(rows: list[Row], path: Path) -> None:
    """Draw lags against the number of streams."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    streams = [row.streams for row in rows]
    axes.plot(streams, [row.display_lag_median for row in rows], "o-", label="first shown, median")
    axes.plot(streams, [row.commit_lag_median for row in rows], "o-", label="committed, median")
    axes.plot(streams, [row.commit_lag_p95 for row in rows], "o--", label="committed, p95")
    axes.set(xlabel="live streams at once", ylabel="lag behind the spoken word, s", ylim=(0, None))
    axes.set_xticks(streams)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--streams", default="1,2,4")
    parser.add_argument("--seconds", type=float, default=60.0, help="audio a stream")
    parser.add_argument("--language", default="en", help="of the recordings")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)

    recordings = asyncio.run(
        load_recordings(arguments.files, arguments.language, arguments.seconds)
    )
    rows = [
        asyncio.run(measure(int(count), recordings, arguments.language))
        for count in arguments.streams.split(",")
    ]
    table = Table(*[name.replace("_", " ") for name in Row.__dataclass_fields__])
    for row in rows:
        table.add_row(*[f"{value:.3g}" for value in asdict(row).values()])
    console.print(table)
    facts = machine()
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {"machine": facts, "language": arguments.language, "rows": [asdict(r) for r in rows]}
    (arguments.out / "live.json").write_text(json.dumps(report, indent=2) + "\n")
    plot(rows, arguments.out / "live.png")


if __name__ == "__main__":
    main()
