"""What is recognised, file by file: word and character error rates, offline and live.

    python -m benchmarks.words [--language en] [--longest 10] [--match asterisk] [FILE…]

Live: the file is replayed at its own speed through the live session that ``dauys subtitle`` runs.
Offline: faster-whisper itself, beam 5. Rates are over lower-cased text without punctuation
against the references of ../shared/data/speech/MANIFEST.tsv; digits against spelt-out numbers count
as errors, but not in the rates ``digits``, where numbers are compared digit by digit. ``live
against offline`` is the live text scored against the offline text.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.replay import (
    Recording,
    live_config,
    load_recordings,
    recognise_offline,
    run_stream,
)
from benchmarks.report import write_report
from benchmarks.scores import TimedToken, digit_by_digit, lost_at_ends
from foundation.speech import SAMPLE_RATE
from services.command_line import runtime
from services.command_line.scoring import normalise
from streaming.recognition.warm_up import warm_up
from workers.interface import WorkerPool

_RATES = (
    "offline_wer",
    "live_wer",
    "offline_wer_digits",
    "live_wer_digits",
    "offline_cer",
    "live_cer",
    "live_against_offline",
)
_COUNTS = ("lost_at_start", "lost_at_end", "reference_words")
_TAIL = np.zeros(SAMPLE_RATE // 2, np.float32)


@dataclass(frozen=True, slots=True)
class Score:
    """One file; rates from 0."""

    file: str
    seconds: float
    offline_wer: float
    live_wer: float
    offline_wer_digits: float
    """Numbers compared digit by digit."""

    live_wer_digits: float
    offline_cer: float
    live_cer: float
    live_against_offline: float
    lost_at_start: int
    """Words that offline recognition finds there and live does not."""

    lost_at_end: int
    reference_words: int


async def score(
    pool: WorkerPool, recording: Recording, found: list[TimedToken], language: str
) -> Score:
    """Recognise one recording live and hold it against the offline text."""
    samples = np.concatenate([recording.samples, _TAIL])
    snapshots = await run_stream(pool, recording.name, samples, live_config(language))
    live = " ".join(snapshots[-1].committed) if snapshots else ""
    offline = " ".join(token.text for token in found)
    reference = normalise(recording.text)
    start, end = lost_at_ends(offline.split(), live.split())
    return Score(
        file=recording.name,
        seconds=recording.samples.size / SAMPLE_RATE,
        offline_wer=jiwer.wer(reference, offline),
        live_wer=jiwer.wer(reference, live),
        offline_wer_digits=jiwer.wer(digit_by_digit(reference), digit_by_digit(offline)),
        live_wer_digits=jiwer.wer(digit_by_digit(reference), digit_by_digit(live)),
        offline_cer=jiwer.cer(reference, offline),
        live_cer=jiwer.cer(reference, live),
        live_against_offline=jiwer.wer(offline, live) if offline else float(bool(live)),
        lost_at_start=start,
        lost_at_end=end,
        reference_words=len(reference.split()),
    )


async def score_all(
    recordings: list[Recording], found: list[list[TimedToken]], language: str, streams: int
) -> list[Score]:
    """Score recordings, ``streams`` at once."""
    slots = asyncio.Semaphore(streams)

    async def one(pool: WorkerPool, recording: Recording, tokens: list[TimedToken]) -> Score:
        async with slots:
            return await score(pool, recording, tokens, language)

    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        pairs = zip(recordings, found, strict=True)
        return await asyncio.gather(*[one(pool, r, tokens) for r, tokens in pairs])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--longest", type=int, default=1000, help="so many of the longest files")
    parser.add_argument("--streams", type=int, default=2, help="files played at once")
    parser.add_argument("--match", default="", help="part of the files' names")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    recordings = asyncio.run(
        load_recordings(arguments.files, arguments.language, 36_000, arguments.match)
    )
    recordings = recordings[: arguments.longest]
    found = recognise_offline(recordings, arguments.language)
    scores = asyncio.run(score_all(recordings, found, arguments.language, arguments.streams))
    table = Table(*[name.replace("_", " ") for name in Score.__dataclass_fields__])
    for row in scores:
        values = list(asdict(row).values())
        rates = [f"{value:.1%}" for value in values[2:-3]]
        counts = [str(value) for value in values[-3:]]
        table.add_row(row.file, f"{row.seconds:.1f}", *rates, *counts)
    total = sum(row.reference_words for row in scores)
    means = [
        sum(getattr(row, name) * row.reference_words for row in scores) / total for name in _RATES
    ]
    sums = [str(sum(getattr(row, name) for row in scores)) for name in _COUNTS]
    table.add_row("all, by words", "", *[f"{mean:.1%}" for mean in means], *sums)
    console.print(table)
    content = {"files": [asdict(row) for row in scores]}
    write_report(console, arguments.out, f"words-{arguments.language}", content)


if __name__ == "__main__":
    main()
