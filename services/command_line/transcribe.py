"""``dauys transcribe``: recordings to text."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.errors import DauysError, InvalidArgument
from foundation.languages import parse_languages
from services.command_line import options, runtime
from services.command_line.transcript_files import FORMATS, TranscriptOutput

if TYPE_CHECKING:
    from streaming.finishing import FinishingConfig
    from streaming.recognition.offline import OfflineConfig, Utterance
    from workers.interface import WorkerPool

MAX_RECORDING_SECONDS = 12 * 3600.0


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Any audio or video file.", metavar="FILE…")],
    output_format: Annotated[
        str, typer.Option("--format", help=f"{', '.join(FORMATS)}.", metavar="FORMAT")
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
    script: options.KazakhScript = "cyrillic",
    transliterate: Annotated[
        bool,
        typer.Option(
            "--transliterate", help="Latin letters for what stl and scc lack, instead of an error."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write FILE's name with the format's ending here.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Transcribe recordings; a bad file is reported and the others go on."""
    from streaming.recognition.offline import OfflineConfig

    runtime.configure_logging(verbose)
    languages = parse_languages(language.split(","), "--language")
    output = TranscriptOutput(
        output_format,
        out,
        latin=runtime.wants_latin(script, languages),
        transliterate=transliterate,
        several=len(files) > 1,
    )
    output.check(languages)
    finishing = runtime.finishing_config(glossary, verbatim, numbers, profanity)
    config = OfflineConfig(
        model=model,
        languages=languages,
        language_models=runtime.parse_model_for(model_for or ()),
        hotwords=finishing.hotwords(languages),
    )
    runtime.ensure_models(config.models, languages)
    failed = asyncio.run(_transcribe_all(files, config, finishing, output, workers))
    if failed:
        raise typer.Exit(1)


async def _transcribe_all(
    files: list[Path],
    config: OfflineConfig,
    finishing: FinishingConfig,
    output: TranscriptOutput,
    workers: int,
) -> int:
    """Transcribe each file; return how many failed."""
    failed = 0
    from streaming.finishing import finish_utterances, prepared

    pipeline = prepared(finishing, config.languages)
    progress = runtime.progress_bar()
    async with runtime.open_pool(workers) as pool:
        for path in files:
            try:
                if path.is_dir():
                    raise InvalidArgument("FILE", f"a folder; name its files: {path / '*'}")
                with progress:
                    bar = progress.add_task(path.name, total=1.0)
                    utterances = await _transcribe_one(
                        pool,
                        path,
                        config,
                        lambda done, b=bar: progress.update(b, completed=done),
                    )
                    progress.remove_task(bar)
                output.write(path, finish_utterances(utterances, pipeline))
            except DauysError as error:
                failed += 1
                sys.stderr.write(f"dauys: {path}: {error}\n")
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
