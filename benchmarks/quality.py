"""How right each model is in each language: word and letter errors, numbers and names found.

    python -m benchmarks.quality [--models whisper-base,gigaam-multilingual] [--languages kk,ru,en]
                                 [--finish] [--identify]

Every recording of ../shared/data/speech with a reference goes through the product's own offline
recognition. Rates are over lower-cased text without punctuation (``benchmarks.text_scores`` says
what each is). ``--finish``: after the text is finished as the product does, without names of its
own. The language is given, or, with ``--identify``, told by the model.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.replay import Recording, load_recordings
from benchmarks.report import write_report
from benchmarks.text_scores import TextScores, score_text
from foundation.languages import LANGUAGES, Language, parse_languages
from foundation.speech import SAMPLE_RATE
from models.store import ModelStore
from services.command_line import runtime
from streaming.finishing import FinishingConfig, Pipeline, finish_utterances
from streaming.recognition import OfflineConfig, transcribe
from streaming.recognition.warm_up import load
from workers.interface import WorkerPool

_RATES = (
    "words_verbatim",
    "words_normalised",
    "words_best",
    "words_as_digits",
    "letters",
    "letters_folded",
    "numbers",
    "names",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording through one model."""

    file: str
    text: str
    scores: TextScores


@dataclass(frozen=True, slots=True)
class Line:
    """One model in one language."""

    model: str
    language: Language
    clips: list[Clip]
    seconds: float
    """Of audio."""

    real_time_factor: float
    """Wall time over audio time, clips one after another."""

    @property
    def total(self) -> TextScores:
        """All clips together."""
        return reduce(add, (clip.scores for clip in self.clips))


async def measure(
    pool: WorkerPool,
    model: str,
    language: Language,
    recordings: list[Recording],
    pipeline: Pipeline | None,
    *,
    identify: bool,
) -> Line:
    """Run a model over recordings of one language."""
    spoken = ModelStore().catalogue.get(model).languages
    among = tuple(code for code in LANGUAGES if code in spoken)
    config = OfflineConfig(model=model, languages=among if identify else (language,))
    await load(pool, model)
    if pipeline is not None:
        pipeline.prepare([language])
    begun = time.monotonic()
    clips = []
    for recording in recordings:
        utterances = await transcribe(pool, recording.samples, config)
        if pipeline is not None:
            utterances = finish_utterances(utterances, pipeline)
        text = " ".join(utterance.text for utterance in utterances)
        scores = score_text(text, recording.text, recording.normalised, language)
        clips.append(Clip(recording.name, text, scores))
    seconds = sum(recording.samples.size for recording in recordings) / SAMPLE_RATE
    return Line(model, language, clips, seconds, (time.monotonic() - begun) / seconds)


async def measure_all(
    models: list[str], languages: tuple[Language, ...], finish: bool, identify: bool
) -> list[Line]:
    """Every model in every language that it hears."""
    pipeline = Pipeline(FinishingConfig()) if finish else None
    lines = []
    async with runtime.open_pool() as pool:
        for language in languages:
            recordings = await load_recordings([], language, 36_000)
            for model in models:
                if language in ModelStore().catalogue.get(model).languages:
                    lines.append(
                        await measure(
                            pool, model, language, recordings, pipeline, identify=identify
                        )
                    )
    return lines


def report(line: Line) -> dict[str, object]:
    """A line as JSON, clip by clip."""
    return {
        **{name: asdict(line)[name] for name in ("model", "language", "seconds")},
        "real_time_factor": line.real_time_factor,
        **{name: _number(getattr(line.total, name).rate) for name in _RATES},
        "clips": [
            {
                "file": clip.file,
                "text": clip.text,
                **{name: _number(getattr(clip.scores, name).rate) for name in _RATES},
            }
            for clip in line.clips
        ],
    }


def _number(rate: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(rate) else rate


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", default=runtime.DEFAULT_MODEL)
    parser.add_argument("--languages", default="kk,ru,en")
    parser.add_argument("--finish", action="store_true", help="score finished text")
    parser.add_argument("--identify", action="store_true", help="do not say the language")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    models = arguments.models.split(",")
    for model in models:
        runtime.ensure_model(model)
    languages = parse_languages(arguments.languages.split(","))
    lines = asyncio.run(measure_all(models, languages, arguments.finish, arguments.identify))
    table = Table("", *[f"{line.model}, {line.language}" for line in lines])
    table.add_row("clips", *[str(len(line.clips)) for line in lines])
    for name in _RATES:
        found = [_number(getattr(line.total, name).rate) for line in lines]
        rates = ["–" if rate is None else f"{rate:.1%}" for rate in found]
        table.add_row(name.replace("_", " "), *rates)
    table.add_row("real-time factor", *[f"{line.real_time_factor:.2f}" for line in lines])
    console.print(table)
    content = {"finished": arguments.finish, "lines": [*map(report, lines)]}
    write_report(console, arguments.out, "quality", content)


if __name__ == "__main__":
    main()
