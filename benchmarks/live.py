"""Live recognition at real time, beside its peers: lag, errors, flicker, load, memory.

    python -m benchmarks.live [--streams 1,2,4] [--seconds 60] [--language en]
                              [--whisper-live-kit PYTHON] [FILE…]

Recordings (by default those of ../shared/data/speech with their references) are joined by a second
of silence and replayed at their own speed; each stream starts at another place. Word times and the
offline error rate come from faster-whisper itself, beam 5, on the same files, for all systems.
``PYTHON`` is the interpreter of an environment with WhisperLiveKit: it hears the same audio, with
the same weights, on one stream.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.replay import (
    Recording,
    join,
    live_config,
    load_recordings,
    on_one_timeline,
    recognise_offline,
    run_stream,
)
from benchmarks.report import write_report
from benchmarks.scores import Scores, Snapshot, TimedToken, median, percentile, score, tokens_of
from foundation.speech import SAMPLE_RATE, Samples
from models.store import ModelStore
from services.command_line import runtime
from streaming.recognition.warm_up import warm_up

_PEER = Path(__file__).parent / "peers" / "whisper_live_kit.py"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; seconds unless said, rates from 0."""

    system: str
    streams: int
    audio_seconds: float
    first_text: float
    display_lag_median: float
    display_lag_p95: float
    commit_lag_median: float
    commit_lag_p95: float
    commit_lag_p99: float
    word_error_rate: float
    offline_word_error_rate: float
    character_error_rate: float
    folded_character_error_rate: float
    normalised_erasure: float
    erased_a_minute: float
    committed_revised: int
    cpu_seconds_per_audio_second: float
    resident_mib: float


def row_of(
    system: str, scores: list[Scores], seconds: float, cpu_seconds: float, resident_mib: float
) -> Row:
    """Sum up the streams of one run."""
    display = [lag for one in scores for lag in one.display_lags]
    commit = [lag for one in scores for lag in one.commit_lags]

    def mean(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in scores]))

    return Row(
        system=system,
        streams=len(scores),
        audio_seconds=seconds,
        first_text=median([one.first_text for one in scores]),
        display_lag_median=median(display),
        display_lag_p95=percentile(display, 95),
        commit_lag_median=median(commit),
        commit_lag_p95=percentile(commit, 95),
        commit_lag_p99=percentile(commit, 99),
        word_error_rate=mean("word_error_rate"),
        offline_word_error_rate=mean("offline_word_error_rate"),
        character_error_rate=mean("character_error_rate"),
        folded_character_error_rate=mean("folded_character_error_rate"),
        normalised_erasure=mean("normalised_erasure"),
        erased_a_minute=mean("erased_a_minute"),
        committed_revised=sum(one.committed_revised for one in scores),
        cpu_seconds_per_audio_second=cpu_seconds / (seconds * len(scores)),
        resident_mib=resident_mib,
    )


async def measure(
    streams: int, recordings: list[Recording], offline: list[list[TimedToken]], codes: str
) -> Row:
    """Run ``streams`` of this project's sessions at once."""
    process = psutil.Process()
    played = []
    for number in range(streams):
        shift = number * len(recordings) // streams
        turned = recordings[shift:] + recordings[:shift]
        times = on_one_timeline(turned, offline[shift:] + offline[:shift])
        played.append((join(turned), times))
    seconds = played[0][0].samples.size / SAMPLE_RATE
    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        before = sum(process.cpu_times()[:2])
        shown = await asyncio.gather(
            *[
                run_stream(pool, f"bench-{number}", audio.samples, live_config(codes))
                for number, (audio, _) in enumerate(played)
            ]
        )
        cpu = sum(process.cpu_times()[:2]) - before
        resident = process.memory_info().rss / 2**20
    scores = [
        score(snapshots, audio.text, times, seconds)
        for snapshots, (audio, times) in zip(shown, played, strict=True)
    ]
    return row_of("Dauys", scores, seconds, cpu, resident)


def measure_peer(
    python: Path, recordings: list[Recording], offline: list[list[TimedToken]], language: str
) -> Row:
    """Let WhisperLiveKit hear the same."""
    audio = join(recordings)
    folder = ModelStore().ensure(runtime.DEFAULT_MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "audio.raw"
        raw.write_bytes(_pcm(audio.samples))
        command = [str(python), str(_PEER), str(folder), language, str(raw)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    usage = lines.pop()
    snapshots = [
        Snapshot(line["wall"], tokens_of(line["committed"]), tokens_of(line["tentative"]))
        for line in lines
    ]
    seconds = audio.samples.size / SAMPLE_RATE
    scores = score(snapshots, audio.text, on_one_timeline(recordings, offline), seconds)
    return row_of("WhisperLiveKit", [scores], seconds, usage["cpu_seconds"], usage["resident_mib"])


def _pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def plot(rows: list[Row], path: Path) -> None:
    """Draw lags and load of every run."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5))
    names = [f"{row.system}\n{row.streams} stream{'s' * (row.streams > 1)}" for row in rows]
    places = np.arange(len(rows))
    bars = {
        "shown, median": [row.display_lag_median for row in rows],
        "committed, median": [row.commit_lag_median for row in rows],
        "committed, p95": [row.commit_lag_p95 for row in rows],
    }
    for number, (label, heights) in enumerate(bars.items()):
        left.bar(places + (number - 1) * 0.27, heights, 0.25, label=label)
    left.set(ylabel="behind the spoken word, s", xticks=places)
    left.set_xticklabels(names, fontsize=7)
    left.legend(fontsize=7)
    right.bar(places, [row.cpu_seconds_per_audio_second for row in rows], 0.5)
    right.set(ylabel="CPU s per audio s of a stream", xticks=places)
    right.set_xticklabels(names, fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def print_table(console: Console, rows: list[Row]) -> None:
    """One column a run."""
    table = Table("", *[f"{row.system} ×{row.streams}" for row in rows])
    for name in list(Row.__dataclass_fields__)[2:]:
        table.add_row(name.replace("_", " "), *[f"{getattr(row, name):.3g}" for row in rows])
    console.print(table)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--streams", default="1,2,4")
    parser.add_argument("--seconds", type=float, default=60.0, help="audio a stream")
    parser.add_argument("--language", default="en", help="of the recordings")
    parser.add_argument("--whisper-live-kit", type=Path, metavar="PYTHON")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)

    recordings = asyncio.run(
        load_recordings(arguments.files, arguments.language, arguments.seconds)
    )
    if not recordings:
        sys.exit("no recordings: name files, or put ../shared/data/speech beside the checkout")
    offline = recognise_offline(recordings, arguments.language)
    rows = [
        asyncio.run(measure(int(count), recordings, offline, arguments.language))
        for count in arguments.streams.split(",")
    ]
    if arguments.whisper_live_kit:
        rows.append(
            measure_peer(arguments.whisper_live_kit, recordings, offline, arguments.language)
        )
    print_table(console, rows)
    name = f"live-{arguments.language}"
    content = {"language": arguments.language, "rows": [asdict(row) for row in rows]}
    write_report(console, arguments.out, name, content)
    plot(rows, arguments.out / f"{name}.png")


if __name__ == "__main__":
    main()
