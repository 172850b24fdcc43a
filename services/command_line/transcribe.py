"""``dauys transcribe``: recordings to text."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from foundation.errors import DauysError, InvalidArgument
from foundation.languages import parse_languages
from services.command_line import options, runtime

if TYPE_CHECKING:
    from streaming.finishing import FinishingConfig
    from streaming.recognition.offline import OfflineConfig, Utterance
    from workers.interface import WorkerPool

MAX_RECORDING_SECONDS = 12 * 3600.0
_FORMATS = {"json": "json", "srt": "srt", "vtt": "webvtt", "txt": "plain_text"}


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Any audio or video file.", metavar="FILE…")],
    output_format: Annotated[
        str, typer.Option("--format", help="json, srt, vtt or txt.", metavar="FORMAT")
    ] = "txt",
    language: Annotated[str, typer.Option(help="auto, kk, ru, en, or several: kk,ru.")] = "auto",
    model: Annotated[str, typer.Option(help="A model of `dauys models list`.")] = (
        runtime.DEFAULT_MODEL
    ),
    model_for: options.ModelFor = None,
    glossary: options.GlossaryFile = None,
    verbatim: options.Verbatim = False,
    numbers: options.Numbers = "all",
    profanity: options.Profanity = "off",
    out: Annotated[
        Path | None, typer.Option(help="Write FILE's name with the format's ending here.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Transcribe recordings; a bad file is reported and the others go on."""
    from streaming.recognition.offline import OfflineConfig

    runtime.configure_logging(verbose)
    if output_format not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise InvalidArgument("--format", f"{output_format!r} is not one of {known}")
    languages = parse_languages(language.split(","), "--language")
    finishing = runtime.finishing_config(glossary, verbatim, numbers, profanity)
    config = OfflineConfig(
        model=model,
        languages=languages,
        language_models=runtime.parse_model_for(model_for or ()),
        hotwords=finishing.hotwords(languages),
    )
    runtime.ensure_models(config.models, languages)
    failed = asyncio.run(_transcribe_all(files, output_format, config, finishing, out, workers))
    if failed:
        raise typer.Exit(1)


async def _transcribe_all(
    files: list[Path],
    output_format: str,
    config: OfflineConfig,
    finishing: FinishingConfig,
    out: Path | None,
    workers: int,
) -> int:
    """Transcribe each file; return how many failed."""
    failed = 0
    from streaming.finishing import finish_utterances, prepared

    pipeline = prepared(finishing, config.languages)
    progress = Progress(console=Console(stderr=True), transient=True)
    async with runtime.open_pool(workers) as pool:
        for path in files:
            try:
                with progress:
                    bar = progress.add_task(path.name, total=1.0)
                    utterances = await _transcribe_one(
                        pool,
                        path,
                        config,
                        lambda done, b=bar: progress.update(b, completed=done),
                    )
                    progress.remove_task(bar)
            except DauysError as error:
                failed += 1
                sys.stderr.write(f"dauys: {path}: {error}\n")
                continue
            _write(
                path,
                finish_utterances(utterances, pipeline),
                output_format,
                out,
                several=len(files) > 1,
            )
    return failed


async def _transcribe_one(
    pool: WorkerPool,
    path: Path,
    config: OfflineConfig,
    report: object,
) -> list[Utterance]:
    from streaming.ingest.decode_file import decode_file
    from streaming.recognition.offline import transcribe

    samples = await decode_file(path, MAX_RECORDING_SECONDS)
    return await transcribe(pool, samples, config, report)  # type: ignore[arg-type]


def _write(
    path: Path, utterances: list[Utterance], output_format: str, out: Path | None, several: bool
) -> None:
    from streaming.cues.builder import CueBuilder
    from streaming.cues.presets import load_preset
    from streaming.formats import write_track

    builder = CueBuilder(load_preset("vod"))
    cues = []
    for utterance in utterances:
        cues += builder.push(utterance.words, utterance.language, True, utterance.end)
    cues += builder.flush()
    if output_format == "txt":
        text = "\n".join(utterance.text for utterance in utterances) + "\n"
    else:
        text = write_track(cues, _FORMATS[output_format])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"{path.stem}.{output_format}"
        temporary = target.with_name(f".{target.name}.part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    else:
        if several:
            sys.stderr.write(f"== {path.name}\n")
        sys.stdout.write(text)
        sys.stdout.flush()
