"""Settings of live recognition side by side, unpaced: what each costs and what it hears.

    python -m benchmarks.policies [--language ru] [--seconds 3600] [--jobs 2]
                                  --try step_seconds=0.8 --try policy=local-agreement,trim_seconds=5

All recordings of ../shared/data/speech with a reference are joined by a second of silence and fed
as fast as decoding allows. Each ``--try`` names fields of ``LiveRecognizerConfig``; the product's
own settings always stand first. Lags are in audio time, without computing. Tries run in processes
of their own, ``--jobs`` at once: their CPU times compare with each other, not with a run alone.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import jiwer
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
from benchmarks.scores import TimedToken, median, percentile, score
from foundation.errors import InvalidArgument
from foundation.speech import SAMPLE_RATE
from services.command_line import runtime
from services.command_line.scoring import normalise
from streaming.recognition import LiveRecognizerConfig
from streaming.recognition.warm_up import warm_up


@dataclass(frozen=True, slots=True)
class Line:
    """One try; rates from 0, seconds of audio."""

    settings: str
    word_error_rate: float
    character_error_rate: float
    normalised_erasure: float
    committed_revised: int
    display_lag_median: float
    commit_lag_median: float
    commit_lag_p95: float
    cpu_seconds_per_audio_second: float
    text: str


def parse_settings(text: str) -> dict[str, Any]:
    """``name=value,…`` with the types of ``LiveRecognizerConfig``'s defaults.

    Raises:
        InvalidArgument: no such setting, or not of its type.
    """
    defaults = {field.name: field.default for field in fields(LiveRecognizerConfig)}
    settings: dict[str, Any] = {}
    for pair in filter(None, text.split(",")):
        name, _, value = pair.partition("=")
        kind = type(defaults.get(name))
        if kind not in (bool, int, float, str):
            raise InvalidArgument("try", f"no setting {name!r} that takes one value")
        try:
            settings[name] = value == "true" if kind is bool else kind(value)
        except ValueError:
            raise InvalidArgument("try", f"{name}: {value!r} is no {kind.__name__}") from None
    return settings


def measure(
    settings: str, language: str, recordings: list[Recording], offline: list[TimedToken]
) -> Line:
    """Run one try in this process."""
    runtime.configure_logging(False)
    return asyncio.run(_measure(settings, language, recordings, offline))


async def _measure(
    settings: str, language: str, recordings: list[Recording], offline: list[TimedToken]
) -> Line:
    audio = join(recordings)
    seconds = audio.samples.size / SAMPLE_RATE
    config = live_config(language, **parse_settings(settings))
    process = psutil.Process()
    async with runtime.open_pool(workers=1) as pool:
        await warm_up(pool, runtime.DEFAULT_MODEL)
        before = sum(process.cpu_times()[:2])
        shown = await run_stream(pool, "policies", audio.samples, config, paced=False)
        cpu = sum(process.cpu_times()[:2]) - before
    scores = score(shown, audio.text, offline, seconds)
    return Line(
        settings=settings or "as the product",
        word_error_rate=scores.word_error_rate,
        character_error_rate=scores.character_error_rate,
        normalised_erasure=scores.normalised_erasure,
        committed_revised=scores.committed_revised,
        display_lag_median=median(scores.display_lags),
        commit_lag_median=median(scores.commit_lags),
        commit_lag_p95=percentile(scores.commit_lags, 95),
        cpu_seconds_per_audio_second=cpu / seconds,
        text=" ".join(shown[-1].committed),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--language", default="ru")
    parser.add_argument("--seconds", type=float, default=3600.0, help="audio at most")
    parser.add_argument("--try", dest="tries", action="append", default=[], metavar="NAME=VALUE,…")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    try:
        for settings in arguments.tries:
            parse_settings(settings)
    except InvalidArgument as error:
        sys.exit(str(error))
    recordings = asyncio.run(load_recordings([], arguments.language, arguments.seconds))
    found = recognise_offline(recordings, arguments.language)
    offline = on_one_timeline(recordings, found)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context, max_tasks_per_child=1) as runs:
        futures = [
            runs.submit(measure, settings, arguments.language, recordings, offline)
            for settings in ["", *arguments.tries]
        ]
        lines = [future.result() for future in futures]
    reference = join(recordings).text
    offline_text = " ".join(token.text for token in offline)
    offline_rate = jiwer.wer(normalise(reference), offline_text)
    names = [field.name for field in fields(Line) if field.name != "text"]
    table = Table(*[name.replace("_", " ") for name in names])
    for line in lines:
        table.add_row(line.settings, *[f"{getattr(line, name):.3g}" for name in names[1:]])
    console.print(table)
    console.print(f"offline word error rate {offline_rate:.3g}")
    content = {
        "offline_word_error_rate": offline_rate,
        "offline_text": offline_text,
        "reference": reference,
        "lines": [asdict(line) for line in lines],
    }
    write_report(console, arguments.out, f"policies-{arguments.language}", content)


if __name__ == "__main__":
    main()
