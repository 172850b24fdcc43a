"""What is recognised, file by file: word and character error rates, offline and live.

    python -m benchmarks.words [--language en] [--longest 10] [--match asterisk] [FILE…]

Live: the file is replayed at its own speed through the live session that ``dauys subtitle`` runs.
Offline: as ``dauys transcribe`` does, beam 5. Rates are over lower-cased text without punctuation
against the references of ../shared/data/speech/MANIFEST.tsv; digits against spelt-out numbers count
as errors. ``live/offline`` is the live text scored against the offline text.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.live import Recording, load_recordings, machine, run_stream
from foundation.languages import parse_languages
from foundation.speech import SAMPLE_RATE
from services.command_line import runtime
from services.command_line.scoring import normalise
from streaming.recognition.offline import OfflineConfig, transcribe
from streaming.recognition.warm_up import warm_up
from workers.interface import WorkerPool

_TAIL = np.zeros(SAMPLE_RATE // 2, np.float32)


@dataclass(frozen=True, slots=True)
class Score:
    """One file; rates from 0."""

    file: str
    seconds: float
    offline_wer: float
    live_wer: float
    offline_cer: float
    live_cer: float
    live_against_offline: float
    reference_words: int


async def score(pool: WorkerPool, recording: Recording, language: str) -> Score:
    """Recognise one recording both ways."""
    config = OfflineConfig(
        model=runtime.DEFAULT_MODEL, languages=parse_languages(language.split(","))
    )
    utterances = await transcribe(pool, recording.samples, config)
    offline = normalise(" ".join(utterance.text for utterance in utterances))
    samples = np.concatenate([recording.samples, _TAIL])
    live = normalise((await run_stream(pool, 0, samples, language)).text)
    reference = normalise(recording.text)
    return Score(
        file=recording.name,
        seconds=recording.samples.size / SAMPLE_RATE,
        offline_wer=jiwer.wer(reference, offline),
        live_wer=jiwer.wer(reference, live),
        offline_cer=jiwer.cer(reference, offline),
        live_cer=jiwer.cer(reference, live),
        live_against_offline=jiwer.wer(offline, live) if offline else float(bool(live)),
        reference_words=len(reference.split()),
    )


async def score_all(recordings: list[Recording], language: str) -> list[Score]:
    """Score recordings one after another."""
    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        return [await score(pool, recording, language) for recording in recordings]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--longest", type=int, default=10, help="so many of the longest files")
    parser.add_argument("--match", default="asterisk", help="part of the files' names")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    recordings = asyncio.run(
        load_recordings(arguments.files, arguments.language, 36_000, arguments.match)
    )
    scores = asyncio.run(score_all(recordings[: arguments.longest], arguments.language))
    table = Table(*[name.replace("_", " ") for name in Score.__dataclass_fields__])
    for row in scores:
        values = list(asdict(row).values())
        rates = [f"{value:.1%}" for value in values[2:7]]
        table.add_row(row.file, f"{row.seconds:.1f}", *rates, str(row.reference_words))
    total = sum(row.reference_words for row in scores)
    means = [
        sum(getattr(row, name) * row.reference_words for row in scores) / total
        for name in ("offline_wer", "live_wer", "offline_cer", "live_cer", "live_against_offline")
    ]
    table.add_row("all, by words", "", *[f"{mean:.1%}" for mean in means], str(total))
    console.print(table)
    facts = machine()
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()))
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / f"words-{arguments.language}.json"
    report = {"machine": facts, "files": [asdict(row) for row in scores]}
    target.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
