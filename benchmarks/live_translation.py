"""Live translation at real time: how soon a clause is shown and committed, flicker, latency.

    python -m benchmarks.live_translation [--language ru] [--to kk,en] [--seconds 60]
                                          [--model ID] [--omnisteval COMMAND] [FILE…]

Recordings (by default those of ../shared/data/speech with their references) are joined by a second
of silence and replayed at their own speed through a session with a translated track a language. A
clause is four words or more of committed source up to a mark or a pause. Delays count from the
moment its last word was committed: until its translation is on the screen (below zero: it was there
before, as tentative text), and until that is committed. Normalised erasure as for recognition:
tokens taken back from the screen over tokens of the final text.

COMMAND is OmniSTEval's (``pip install omnisteval`` in an environment of its own), which gives
LongYAAL and LongLAAL: seconds behind an ideal translator that writes as it hears (Polák et al.,
*Better Late Than Never*, 2025). Its segments are the sentences of the reference transcripts, timed
by their characters; its references are their translations by the same models, all at once: its BLEU
says how much live differs from that, not how good it is.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.replay import PAUSE, Recording, ReplayFeed, join, live_config, load_recordings
from benchmarks.report import write_report
from benchmarks.scores import Snapshot, erased_tokens, median, percentile, tokens_of
from foundation.languages import Language, parse_languages
from foundation.media_time import Ticks, from_seconds, to_seconds
from foundation.speech import SAMPLE_RATE, Word
from models.store import ModelStore
from services.command_line import runtime
from services.server.settings import Settings
from services.translation.models import translation_models
from streaming.cues.presets import load_preset
from streaming.finishing import FinishingConfig, LiveFinisher, prepared
from streaming.live_translation import warm_up_route
from streaming.live_translation.clauses import CLAUSE_MARKS, CLOSERS, SENTENCE_MARKS
from streaming.recognition import SpeechRecognizer
from streaming.recognition.warm_up import warm_up
from streaming.session import CommittedText, LiveSession, TentativeText, TrackFailed
from streaming.tracks import TranslatedTracks, Translations
from streaming.translation import TranslationModels, Translator
from text.sentences import split
from workers.interface import WorkerPool

_LEAST_CLAUSE = 4
_PAUSE = from_seconds(0.5)


@dataclass(frozen=True, slots=True)
class Clause:
    """Committed source words; times are media time, ``wall`` is when the last was committed."""

    start: Ticks
    end: Ticks
    wall: float


@dataclass(slots=True)
class TrackLog:
    """What one track showed, and when (seconds since the first sample was due)."""

    snapshots: list[Snapshot] = field(default_factory=list)
    committed: list[tuple[float, Word]] = field(default_factory=list)
    shown: list[tuple[float, Ticks]] = field(default_factory=list)
    """How far into the source the words on the screen reached."""

    _tentative: tuple[str, ...] = ()

    def add(self, wall: float, body: CommittedText | TentativeText) -> None:
        """Take an event in."""
        tokens = tokens_of(" ".join(word.text for word in body.words))
        done = self.snapshots[-1].committed if self.snapshots else ()
        if isinstance(body, CommittedText):
            self.committed += [(wall, word) for word in body.words]
            done += tokens
            # The rest of the old tentative text stands until the new one comes.
            self._tentative = self._tentative[len(tokens) :]
        else:
            self._tentative = tokens
        if body.words:
            self.shown.append((wall, body.words[-1].end))
        self.snapshots.append(Snapshot(wall, done, self._tentative))

    def first_shown(self, clause: Clause) -> float | None:
        """When the first translated words of a clause stood on the screen."""
        return next((wall for wall, end in self.shown if end > clause.start), None)

    def all_committed(self, clause: Clause) -> float | None:
        """When the translation was committed up to a clause's end."""
        return next((wall for wall, word in self.committed if word.end >= clause.end), None)


@dataclass(frozen=True, slots=True)
class Row:
    """One track; seconds unless said, rates from 0."""

    source: str
    target: str
    model: str
    audio_seconds: float
    clauses: int
    first_text_median: float
    first_text_p95: float
    committed_median: float
    committed_p95: float
    behind_speech_median: float
    behind_speech_p95: float
    """From the end of a spoken clause to its committed translation."""

    normalised_erasure: float
    never_committed: int
    """Clauses."""

    cpu_seconds_per_audio_second: float
    """Of the whole session: recognition and all tracks."""

    latency: dict[str, float] = field(default_factory=dict)
    """OmniSTEval's scores."""


def clauses_of(committed: Sequence[tuple[float, Word]]) -> list[Clause]:
    """Cut committed source words at marks and pauses."""
    clauses: list[Clause] = []
    begun = 0
    marks = (*CLAUSE_MARKS, *SENTENCE_MARKS)
    for place, (wall, word) in enumerate(committed):
        following = committed[place + 1][1] if place + 1 < len(committed) else None
        pause = following is None or following.start - word.end >= _PAUSE
        ends = word.text.rstrip(CLOSERS).endswith(marks) and place + 1 - begun >= _LEAST_CLAUSE
        if pause or ends:
            clauses.append(Clause(committed[begun][1].start, word.end, wall))
            begun = place + 1
    return clauses


async def replay(
    pool: WorkerPool, audio: Recording, codes: str, targets: dict[Language, TranslationModels]
) -> dict[str, TrackLog]:
    """Play a recording through a session; what each track showed."""
    config = live_config(codes)
    recognizer = SpeechRecognizer(pool, config, "bench")
    session = LiveSession(
        ReplayFeed(audio.samples),
        recognizer,
        load_preset("overlay-live"),
        finisher=LiveFinisher(prepared(FinishingConfig(), config.languages)),
        translated=TranslatedTracks(pool, "bench", Translations(targets)),
    )
    logs: dict[str, TrackLog] = {track: TrackLog() for track in (session.track, *targets)}
    events = session.subscribe()
    running = asyncio.create_task(session.run())
    async for event in events:
        if isinstance(event.body, CommittedText | TentativeText):
            logs[event.track].add(event.wall, event.body)
        elif isinstance(event.body, TrackFailed):
            sys.exit(f"track {event.track}: {event.body.detail}")
    await running
    return logs


def row_of(
    source: str, target: str, model: str, logs: dict[str, TrackLog], seconds: float, cpu: float
) -> Row:
    """Sum up one track."""
    clauses, log = clauses_of(logs["source"].committed), logs[target]
    first, done, behind = [], [], []
    lost = 0
    for clause in clauses:
        shown, committed = log.first_shown(clause), log.all_committed(clause)
        if shown is None or committed is None:
            lost += 1
            continue
        first.append(shown - clause.wall)
        done.append(committed - clause.wall)
        behind.append(committed - to_seconds(clause.end))
    if not done:
        sys.exit(f"nothing was recognised or translated into {target}")
    final = log.snapshots[-1].committed if log.snapshots else ()
    return Row(
        source=source,
        target=target,
        model=model,
        audio_seconds=seconds,
        clauses=len(clauses),
        first_text_median=median(first),
        first_text_p95=percentile(first, 95),
        committed_median=median(done),
        committed_p95=percentile(done, 95),
        behind_speech_median=median(behind),
        behind_speech_p95=percentile(behind, 95),
        normalised_erasure=erased_tokens(log.snapshots) / max(1, len(final)),
        never_committed=lost,
        cpu_seconds_per_audio_second=cpu / seconds,
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence of a reference transcript; seconds from the first sample."""

    text: str
    offset: float
    duration: float


def segments_of(recordings: list[Recording], language: Language) -> list[Segment]:
    """The sentences of recordings as ``join`` joins them; their times are shares of characters."""
    segments, begins = [], 0.0
    for recording in recordings:
        seconds = recording.samples.size / SAMPLE_RATE
        for sentence in split(recording.text, language):
            share = seconds / len(recording.text)
            length = (sentence.end - sentence.start) * share
            segments.append(Segment(sentence.text, begins + sentence.start * share, length))
        begins += seconds + PAUSE.size / SAMPLE_RATE
    return segments


async def references(
    pool: WorkerPool,
    models: TranslationModels,
    source: Language,
    target: Language,
    segments: list[Segment],
) -> list[str]:
    """The reference transcripts' sentences, translated all at once."""
    translator = Translator(pool, models.route(source, target))
    return [t.text for t in await translator.translate([segment.text for segment in segments])]


def omnisteval(
    command: str, folder: Path, segments: list[Segment], log: TrackLog, texts: list[str]
) -> dict[str, float]:
    """Write the tool's input and read its scores, latencies in seconds of the wall."""
    folder.mkdir(parents=True, exist_ok=True)
    described = [
        {"wav": "audio.wav", "offset": segment.offset, "duration": segment.duration}
        for segment in segments
    ]
    end = segments[-1].offset + segments[-1].duration
    times = [round(wall * 1000, 1) for wall, _ in log.committed]
    hypothesis = {
        "source": "audio.wav",
        "prediction": " ".join(word.text for _, word in log.committed),
        "delays": times,
        "elapsed": times,
        "source_length": round(end * 1000, 1),
    }
    (folder / "segments.json").write_text(json.dumps(described), encoding="utf-8")
    line = json.dumps(hypothesis, ensure_ascii=False) + "\n"
    (folder / "hypothesis.jsonl").write_text(line, encoding="utf-8")
    (folder / "references.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    arguments = [command, "longform", "--word_level"]
    arguments += ["--speech_segmentation", str(folder / "segments.json")]
    arguments += ["--ref_sentences_file", str(folder / "references.txt")]
    arguments += ["--hypothesis_file", str(folder / "hypothesis.jsonl")]
    subprocess.run([*arguments, "--output_folder", str(folder)], check=True, capture_output=True)
    with (folder / "scores.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    scores = {row["metric"]: float(row["value"]) for row in rows}
    quality = {name: scores[name] for name in ("BLEU", "chrF")}
    return quality | {
        f"{name}, s": scores[f"{name} (CA)"] / 1000 for name in ("LongYAAL", "LongLAAL")
    }


async def measure(
    recordings: list[Recording], source: Language, arguments: argparse.Namespace
) -> list[Row]:
    """Replay once with all tracks."""
    targets = [code for code in parse_languages(arguments.to.split(",")) if code != source]
    models = translation_models(ModelStore().catalogue, Settings(), arguments.model)
    routes = {target: models.route(source, target) for target in targets}
    for route in routes.values():
        for model in route.models:
            runtime.ensure_model(model)
    audio = join(recordings)
    seconds = audio.samples.size / SAMPLE_RATE
    process = psutil.Process()
    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        for route in routes.values():
            await warm_up_route(pool, route)
        before = sum(process.cpu_times()[:2])
        logs = await replay(pool, audio, source, dict.fromkeys(targets, models))
        cpu = sum(process.cpu_times()[:2]) - before
        rows = []
        for target, route in routes.items():
            row = row_of(source, target, "+".join(route.models), logs, seconds, cpu)
            if arguments.omnisteval:
                segments = segments_of(recordings, source)
                texts = await references(pool, models, source, target, segments)
                folder = arguments.out / f"omnisteval-{source}-{target}"
                row.latency.update(
                    omnisteval(arguments.omnisteval, folder, segments, logs[target], texts)
                )
            rows.append(row)
    return rows


def print_table(console: Console, rows: list[Row]) -> None:
    """One column a track."""
    table = Table("", *[f"{row.source}-{row.target}" for row in rows])
    for name in list(Row.__dataclass_fields__)[2:-1]:
        values = [getattr(row, name) for row in rows]
        cells = [value if isinstance(value, str) else f"{value:.3g}" for value in values]
        table.add_row(name.replace("_", " "), *cells)
    for name in rows[0].latency:
        table.add_row(name, *[f"{row.latency[name]:.4g}" for row in rows])
    console.print(table)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="audio")
    parser.add_argument("--language", default="ru", help="of the recordings")
    parser.add_argument("--to", default="kk,en")
    parser.add_argument("--model", default="", help="that translates; else the settings'")
    parser.add_argument("--omnisteval", default="", metavar="COMMAND")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    [source] = parse_languages([arguments.language])
    recordings = asyncio.run(load_recordings(arguments.files, source, arguments.seconds))
    if not recordings:
        sys.exit("no recordings: name files, or put ../shared/data/speech beside the checkout")
    rows = asyncio.run(measure(recordings, source, arguments))
    print_table(console, rows)
    content = {"rows": [asdict(row) for row in rows]}
    write_report(console, arguments.out, f"live-translation-{source}", content)


if __name__ == "__main__":
    main()
