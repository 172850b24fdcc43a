"""Ear-voice span of live interpretation: how far the voice is behind the speaker, at real time.

    python -m benchmarks.interpretation [--language en] [--to ru] [--seconds 75] [--model ID]
                                        [--voice ID] [FILE…]

Recordings (by default those of ../shared/data/speech with their references) are joined by a second
of silence and replayed at their own speed through what ``dauys interpret`` is made of: recognition,
a translated track, the interpreter and a voice. For each recognised word of the source:

- *Ear-voice span*: from the word's end until the sentence that renders it begins to be heard.
- *Last word*: the same for the last word of each phrase alone: what remains when the speaker has
  said all of it, which is recognition, translation and first audio.

Words of phrases that were left out, or that no phrase renders, are counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.replay import Recording, ReplayFeed, join, live_config, load_recordings
from benchmarks.report import write_report
from benchmarks.scores import median, percentile
from foundation.languages import Language, parse_language
from foundation.media_time import to_seconds
from foundation.speech import SAMPLE_RATE
from foundation.synthesis import Waveform
from models.store import ModelStore
from services.command_line import runtime
from services.server.settings import Settings
from services.text_to_speech.voices import default_voices, voice_plan
from services.translation.models import translation_models
from streaming.cues.presets import load_preset
from streaming.finishing import FinishingConfig, LiveFinisher, prepared
from streaming.interpretation import Interpreter, SpokenPhrase
from streaming.live_translation import warm_up_route
from streaming.recognition import SpeechRecognizer
from streaming.recognition.warm_up import warm_up
from streaming.session import CommittedText, LiveSession, TrackFailed
from streaming.synthesis.voices import VoicePlan
from streaming.synthesis.warm_up import warm_up as warm_up_voice
from streaming.tracks import TranslatedTracks, Translations
from streaming.translation import TranslationModels
from workers.interface import WorkerPool

_VOICE_RATE: Final = 24_000
_SLACK: Final = 0.01
"""Seconds; times of words and of phrases are rounded to ticks on different ways."""


@dataclass(frozen=True, slots=True)
class SourceWord:
    """A recognised word; seconds from the session's first sample."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Row:
    """One run; seconds unless said."""

    source: str
    target: str
    voice: str
    audio_seconds: float
    words: int
    phrases: int
    left_out: int
    """Phrases."""

    ear_voice_span_median: float
    ear_voice_span_p95: float
    last_word_median: float
    last_word_p95: float
    not_rendered: int
    """Words."""

    fastest: float
    """Factor on the voice's own speed."""

    cpu_seconds_per_audio_second: float


class Nowhere:
    """A sink that lets the voice go."""

    works = True

    async def write(self, samples: Waveform) -> None:
        """Take samples."""

    async def abort(self) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing to free."""


def spans_of(
    words: Sequence[SourceWord], phrases: Sequence[SpokenPhrase]
) -> tuple[list[float], list[float], int]:
    """Ear-voice spans of all words, those of phrases' last words, and how many have none."""
    spans: list[float] = []
    last: dict[int, float] = {}
    lost = 0
    heard = [phrase for phrase in phrases if not phrase.left_out]
    for word in words:
        middle = (word.start + word.end) / 2
        place = next(
            (
                number
                for number, phrase in enumerate(heard)
                if phrase.source_start - _SLACK <= middle <= phrase.source_end + _SLACK
            ),
            None,
        )
        if place is None:
            lost += 1
            continue
        last[place] = heard[place].start - word.end
        spans.append(last[place])
    return spans, list(last.values()), lost


async def interpret(
    pool: WorkerPool,
    audio: Recording,
    source: Language,
    target: Language,
    models: TranslationModels,
    plan: VoicePlan,
) -> tuple[list[SourceWord], list[SpokenPhrase]]:
    """Replay a recording at its own speed and note what was heard."""
    config = live_config(source, tentative=False)
    session = LiveSession(
        ReplayFeed(audio.samples),
        SpeechRecognizer(pool, config, session="bench"),
        load_preset("overlay-live"),
        finisher=LiveFinisher(prepared(FinishingConfig(), config.languages)),
        translated=TranslatedTracks(pool, "bench", Translations({target: models})),
    )
    interpreter = Interpreter(
        pool,
        plan,
        target,
        target,
        Nowhere(),
        _VOICE_RATE,
        lambda: session.first_sample,
        lambda: session.wall,
    )
    spoken: list[SpokenPhrase] = []
    interpreter.on_spoken = spoken.append
    words: list[SourceWord] = []
    events, heard = session.subscribe(), session.subscribe()

    async def watch() -> None:
        async for event in heard:
            body = event.body
            if isinstance(body, TrackFailed):
                sys.exit(f"track {event.track}: {body.detail}")
            if isinstance(body, CommittedText) and event.track == session.track:
                words.extend(
                    SourceWord(
                        to_seconds(word.start - session.first_sample),
                        to_seconds(word.end - session.first_sample),
                    )
                    for word in body.words
                )

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        group.create_task(interpreter.run(events))
        group.create_task(session.run())
    return words, spoken


async def measure(recordings: list[Recording], arguments: argparse.Namespace) -> Row:
    """One replay."""
    source = parse_language(arguments.language, "--language")
    target = parse_language(arguments.to, "--to")
    store, settings = ModelStore(), Settings()
    models = translation_models(store.catalogue, settings, arguments.model)
    route = models.route(source, target)
    plan = voice_plan(
        store.catalogue,
        default_voices(store, settings),
        voice=arguments.voice,
        language=target,
    )
    for name in (*route.models, plan.voice):
        runtime.ensure_model(name)
    audio = join(recordings)
    seconds = audio.samples.size / SAMPLE_RATE
    process = psutil.Process()
    async with runtime.open_pool() as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        await warm_up_route(pool, route)
        await warm_up_voice(pool, plan.voice)
        before = sum(process.cpu_times()[:2])
        words, phrases = await interpret(pool, audio, source, target, models, plan)
        used = sum(process.cpu_times()[:2]) - before
    spans, last, lost = spans_of(words, phrases)
    if not spans:
        sys.exit("nothing was interpreted")
    return Row(
        source=source,
        target=target,
        voice=plan.voice,
        audio_seconds=seconds,
        words=len(words),
        phrases=sum(not phrase.left_out for phrase in phrases),
        left_out=sum(phrase.left_out for phrase in phrases),
        ear_voice_span_median=median(spans),
        ear_voice_span_p95=percentile(spans, 95),
        last_word_median=median(last),
        last_word_p95=percentile(last, 95),
        not_rendered=lost,
        fastest=max(phrase.rate for phrase in phrases),
        cpu_seconds_per_audio_second=used / seconds,
    )


def main() -> None:
    """Measure, print, write ``interpretation-SOURCE-TARGET.json``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=75.0, help="audio")
    parser.add_argument("--language", default="en", help="of the recordings")
    parser.add_argument("--to", default="ru", help="what is spoken")
    parser.add_argument("--model", default="", help="that translates; else the settings'")
    parser.add_argument("--voice", default="", help="that speaks; else the settings'")
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
    row = asyncio.run(measure(recordings, arguments))
    table = Table("", f"{row.source}-{row.target}")
    for name, value in asdict(row).items():
        cell = f"{value:.3g}" if isinstance(value, float) else str(value)
        table.add_row(name.replace("_", " "), cell)
    console.print(table)
    content = {"rows": [asdict(row)]}
    write_report(console, arguments.out, f"interpretation-{row.source}-{row.target}", content)


if __name__ == "__main__":
    main()
