"""``dauys subtitle``: any feed in, live subtitles out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.errors import InvalidArgument
from foundation.languages import parse_languages
from services.command_line import live_tracks, options, runtime
from services.command_line.backup_engines import (
    BackupEngine,
    backup_engines,
    recognizer_of,
)
from services.command_line.output_options import collected, ensure_voices, hls_spec, uses_stdout

if TYPE_CHECKING:
    from services.command_line.live_tracks import LiveTracks
    from streaming.delivery.specs import OutputSpec
    from streaming.finishing import FinishingConfig
    from streaming.recognition import LiveRecognizerConfig

_STATUS_SECONDS = 0.25


def subtitle(
    source: Annotated[
        str,
        typer.Argument(help="srt, rtmp, http(s) HLS, udp or rtp URL; a file; - for stdin."),
    ],
    language: Annotated[str, typer.Option(help="auto, kk, ru, en, or several: kk,ru.")] = "auto",
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Languages change between sentences, without a pause.")
    ] = False,
    to: Annotated[
        str, typer.Option(help="Translate live into kk, ru, en, or several: kk,ru; a track each.")
    ] = "",
    translation_model: options.TranslationModel = "",
    terms: options.TermsFile = None,
    script: options.KazakhScript = "cyrillic",
    preset: Annotated[str, typer.Option(help="overlay-live, hls-live or vod.")] = "overlay-live",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for .vtt, .srt, events.jsonl and the outputs' delivery logs."),
    ] = None,
    hls: Annotated[
        Path | None, typer.Option(help="Folder for live HLS with subtitles: docs/HLS.md.")
    ] = None,
    hls_segment: Annotated[float, typer.Option(help="Length of a segment, seconds.")] = 4.0,
    hls_window: Annotated[
        float, typer.Option(help="What the playlists hold, seconds; 0: everything.")
    ] = 60.0,
    hls_hold: Annotated[
        float, typer.Option(help="How long segments of subtitles wait for cues, seconds.")
    ] = 6.0,
    video: Annotated[
        str, typer.Option(help="copy: the feed's picture and sound in the HLS, too; or none.")
    ] = "none",
    video_delay: Annotated[
        float | None,
        typer.Option(
            help="How much later picture and sound come, seconds; else hold less segment."
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            help="One more output, such as dash=FOLDER; repeat it. Kinds: `dauys outputs`.",
            metavar="KIND=TARGET",
        ),
    ] = None,
    outputs: Annotated[
        Path | None, typer.Option(help="Outputs and their options, TOML: docs/OUTPUTS.md.")
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Play a file at its own speed.")
    ] = False,
    model: Annotated[str, typer.Option(help="A model of `dauys models list`.")] = (
        runtime.DEFAULT_MODEL
    ),
    model_for: options.ModelFor = None,
    backup: Annotated[
        list[str] | None,
        typer.Option(
            help="An engine that takes over where the one before fails: a model, or another "
            "server; repeat it. Docs: docs/REDUNDANCY.md.",
            metavar="MODEL|HOST:PORT",
        ),
    ] = None,
    glossary: options.GlossaryFile = None,
    verbatim: options.Verbatim = False,
    numbers: options.Numbers = "all",
    profanity: options.Profanity = "off",
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Subtitle a feed live; Ctrl-C commits what was heard and ends."""
    from streaming.cues.presets import load_preset
    from streaming.ingest.url_feed import FeedConfig, UrlFeed, validate_source
    from streaming.recognition import LiveRecognizerConfig

    runtime.configure_logging(verbose)
    languages = parse_languages(language.split(","), "--language")
    load_preset(preset)
    validate_source(source, FeedConfig(realtime=realtime))
    hls_output = hls_spec(hls, hls_segment, hls_window, hls_hold, video, video_delay)
    finishing = runtime.finishing_config(glossary, verbatim, numbers, profanity)
    recognition = LiveRecognizerConfig(
        model=model,
        languages=languages,
        language_models=runtime.parse_model_for(model_for or ()),
        hotwords=finishing.hotwords(languages),
        mixed=mixed,
    )
    backups = backup_engines(backup or ())
    if backups and not realtime and UrlFeed(source).is_file:
        raise InvalidArgument("--backup", "is for live feeds; with a file, add --realtime")
    tracks = live_tracks.translated_tracks(to, languages, translation_model, terms, script)
    specs = collected(hls_output, output or (), outputs, ("source", *tracks.names))
    runtime.ensure_models(recognition.models, languages)
    for engine in backups:
        if engine.model:
            runtime.ensure_models(engine.adapt(recognition).models, languages)
    runtime.ensure_routes(tracks.routes)
    ensure_voices(specs, languages)
    asyncio.run(
        _run(
            source,
            recognition,
            backups,
            finishing,
            tracks,
            preset,
            out,
            realtime,
            workers,
            specs,
        )
    )


async def _run(
    source: str,
    recognition: LiveRecognizerConfig,
    backups: tuple[BackupEngine, ...],
    finishing: FinishingConfig,
    tracks: LiveTracks,
    preset: str,
    out: Path | None,
    realtime: bool,
    workers: int,
    specs: Sequence[OutputSpec],
) -> None:
    from rich.console import Console

    from models.store import ModelStore
    from services.command_line.live_view import LiveView
    from services.command_line.track_files import TrackFiles
    from services.server.settings import Settings
    from services.text_to_speech.voices import voice_chooser
    from streaming.cues.presets import load_preset
    from streaming.delivery.log import DeliveryLog
    from streaming.delivery.renditions import session_renditions
    from streaming.delivery.runner import OutputRunner
    from streaming.delivery.running import SessionFacts
    from streaming.finishing import LiveFinisher, prepared
    from streaming.ingest.media_tap import MediaTaps
    from streaming.ingest.url_feed import FeedConfig, UrlFeed
    from streaming.interpretation import Booth
    from streaming.live_translation import warm_up_route
    from streaming.recognition.warm_up import warm_up
    from streaming.session import LiveSession, SessionConfig
    from streaming.tracks import TranslatedTracks

    async with runtime.open_pool(workers) as pool:
        for model in recognition.models.all_for(recognition.languages):
            await warm_up(pool, model)
        for engine in backups:
            if engine.model:
                await warm_up(pool, engine.model)
        for route in tracks.routes:
            await warm_up_route(pool, route)
        taps = MediaTaps() if any(spec.needs_media for spec in specs) else None
        feed = UrlFeed(source, FeedConfig(realtime=realtime), taps)
        recognizer = recognizer_of(pool, recognition, backups, "subtitle")
        at_own_speed = realtime or not feed.is_file
        config = SessionConfig(pace_limit=None if at_own_speed else 2.0)
        finisher = LiveFinisher(prepared(finishing, recognition.languages))
        session = LiveSession(
            feed,
            recognizer,
            load_preset(preset),
            config,
            finisher,
            TranslatedTracks(pool, "subtitle", tracks.translations),
            latin=tracks.latin,
        )
        events = session.subscribe()
        files = TrackFiles(out, session, tracks.names) if out is not None else None
        # Where a stream goes to standard output, nothing else may.
        console = Console(stderr=uses_stdout(specs))
        view_of = LiveView(source, console, translations=tracks.names)
        with view_of as view, contextlib.ExitStack() as stack:
            if files is not None:
                stack.enter_context(files)
            stack.enter_context(runtime.on_interrupt(session.stop))

            async def watch() -> None:
                async for event in events:
                    view.show(event)
                    if files is not None:
                        files.write(event)

            async def report_status() -> None:
                while True:
                    await asyncio.sleep(_STATUS_SECONDS)
                    lag = max(session.lag, *session.translation_lags.values(), 0.0)
                    view.set_status(session.wall, lag, pool.load().utilisation)

            status = asyncio.create_task(report_status())
            watching = asyncio.create_task(watch())
            renditions = session_renditions(
                session.track, recognition.languages, tracks.names, latin=tracks.latin
            )
            facts = SessionFacts("subtitle", renditions, load_preset(preset), source)
            runner = OutputRunner(
                session,
                lambda: facts,
                taps,
                log=(lambda name: DeliveryLog(out / f"delivery-{name}.jsonl")) if out else None,
                booth=Booth(pool, voice_chooser(ModelStore(), Settings())),
            )
            for spec in specs:
                runner.add(spec)
            try:
                await session.run()
            finally:
                await runner.finish()
                await watching
                for output in runner.statuses:
                    view.show_end_of(output)
                status.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await status
