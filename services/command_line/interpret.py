"""``dauys interpret``: any feed in, another language's voice out, in time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.errors import InvalidArgument, NotFound, Unavailable
from foundation.languages import Language, parse_language, parse_languages
from services.command_line import live_tracks, options, runtime

if TYPE_CHECKING:
    from services.command_line.live_tracks import LiveTracks
    from streaming.delivery.voice import VoiceConfig
    from streaming.interpretation import SpokenPhrase
    from streaming.recognition import LiveRecognizerConfig
    from streaming.synthesis.voices import VoicePlan

_STATUS_SECONDS = 0.25
_OPTIONS = {
    "target": "--out",
    "voice": "--voice",
    "language": "--to",
    "speaker": "--speaker",
    "max_rate": "--max-rate",
    "original_db": "--original",
    "loudness": "--loudness",
}


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who speaks, how, and where it goes."""

    language: Language
    plan: VoicePlan
    config: VoiceConfig
    report: Path


def interpret(
    source: Annotated[
        str,
        typer.Argument(help="srt, rtmp, http(s) HLS, udp or rtp URL; a file; - for stdin."),
    ],
    to: Annotated[str, typer.Option(help="The language to speak: kk, ru or en.")],
    language: Annotated[
        str, typer.Option(help="Spoken in the feed: auto, kk, ru, en, or several.")
    ] = "auto",
    voice: Annotated[str, typer.Option(help="A voice of `dauys voices`.")] = "",
    speaker: Annotated[str, typer.Option(help="One of the voice's speakers.")] = "",
    out: Annotated[
        str,
        typer.Option(
            help="The voice track: .wav, .flac, .opus, .mp3, .ts, or srt://, udp://, rtp:// or - "
            "for AAC in a transport stream. Default: interpretation.LANGUAGE.wav.",
            metavar="FILE|URL",
        ),
    ] = "",
    max_rate: Annotated[
        float, typer.Option(help="How fast the voice may speak to stay in time.")
    ] = 1.4,
    loudness: Annotated[
        float | None, typer.Option(help="LUFS that the voice is brought to, such as -23.")
    ] = None,
    original: Annotated[
        float | None,
        typer.Option(help="dB of the feed's own sound beneath the voice, such as -18."),
    ] = None,
    notice: Annotated[
        bool, typer.Option("--notice", help="Begin by saying that the voice is synthetic.")
    ] = False,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Play a file at its own speed.")
    ] = False,
    model: Annotated[str, typer.Option(help="A model of `dauys models list`.")] = (
        runtime.DEFAULT_MODEL
    ),
    model_for: options.ModelFor = None,
    translation_model: options.TranslationModel = "",
    terms: options.TermsFile = None,
    glossary: options.GlossaryFile = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Speak a feed in another language while it goes on; Ctrl-C says what was heard and ends.

    Beside the voice track a .jsonl file of the same name (for a URL: interpretation.LANGUAGE.jsonl)
    tells of each phrase when it was said and when it was spoken.
    """
    from streaming.delivery.voice import VoiceConfig
    from streaming.ingest.source import parse_source
    from streaming.ingest.url_feed import FeedConfig, validate_source
    from streaming.recognition import LiveRecognizerConfig

    runtime.configure_logging(verbose)
    target = parse_language(to, "--to")
    languages = parse_languages(language.split(","), "--language")
    validate_source(source, FeedConfig(realtime=realtime))
    file = parse_source(source, "local", ()).path
    if file is not None and not file.exists():  # before models are loaded and files begun
        raise NotFound(f"no such file: {file}")
    with options.named(_OPTIONS):
        config = VoiceConfig(
            target=out or f"interpretation.{target}.wav",
            voice=voice,
            speaker=speaker,
            max_rate=max_rate,
            loudness=loudness,
            original_db=original,
            notice=notice,
        )
        speaking = _voice(source, target, config)
    if file is not None and not realtime:
        if "://" in out:
            raise InvalidArgument("--out", "a URL takes what is live: with a file, add --realtime")
        if original is not None:
            raise InvalidArgument("--original", "needs a live feed: with a file, add --realtime")
    finishing = runtime.finishing_config(glossary, False, "all", "off")
    recognition = LiveRecognizerConfig(
        model=model,
        languages=languages,
        language_models=runtime.parse_model_for(model_for or ()),
        hotwords=finishing.hotwords(languages),
        tentative=False,
    )
    tracks = live_tracks.translated_tracks(target, languages, translation_model, terms, "cyrillic")
    runtime.ensure_models(recognition.models, languages)
    runtime.ensure_routes(tracks.routes)
    for name in {speaking.plan.voice, *speaking.plan.by_language.values()} - {""}:
        runtime.ensure_model(name)
    asyncio.run(_run(source, recognition, tracks, speaking, realtime=realtime, workers=workers))


def _voice(source: str, language: Language, config: VoiceConfig) -> _Voice:
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.voices import voice_chooser

    named = Path(config.target)
    path = Path(f"interpretation.{language}.wav") if _is_no_file(config.target) else named
    report = path.with_suffix(".jsonl")
    if not path.resolve().parent.is_dir():
        raise InvalidArgument("--out", f"{path.parent} is no folder")
    if Path(source).resolve() in (path.resolve(), report.resolve()):
        raise InvalidArgument("--out", f"{path} is what is heard: name another file")
    choose = voice_chooser(ModelStore(), Settings())
    return _Voice(language, choose(language, config.voice, config.speaker), config, report)


def _is_no_file(target: str) -> bool:
    return "://" in target or target == "-"


async def _run(
    source: str,
    recognition: LiveRecognizerConfig,
    tracks: LiveTracks,
    speaking: _Voice,
    *,
    realtime: bool,
    workers: int,
) -> None:
    from rich.console import Console

    from services.command_line.live_view import LiveView
    from streaming.cues.presets import load_preset
    from streaming.delivery.context import OutputContext
    from streaming.delivery.renditions import Rendition
    from streaming.delivery.voice import VoiceOutput
    from streaming.finishing import FinishingConfig, LiveFinisher, prepared
    from streaming.ingest.url_feed import FeedConfig, UrlFeed
    from streaming.interpretation import Booth, check_speaker
    from streaming.live_translation import warm_up_route
    from streaming.recognition import SpeechRecognizer
    from streaming.recognition.warm_up import warm_up
    from streaming.session import LiveSession, SessionConfig
    from streaming.synthesis.voices import CapabilityBook
    from streaming.tracks import TranslatedTracks

    async with runtime.open_pool(workers) as pool:
        for model in recognition.models.all_for(recognition.languages):
            await warm_up(pool, model)
        for route in tracks.routes:
            await warm_up_route(pool, route)
        with options.named(_OPTIONS):
            await check_speaker(CapabilityBook(pool), speaking.plan)
        feed = UrlFeed(source, FeedConfig(realtime=realtime))
        live = realtime or not feed.is_file
        session = LiveSession(
            feed,
            SpeechRecognizer(pool, recognition, session="interpret"),
            load_preset("overlay-live"),
            SessionConfig(pace_limit=None if live else 2.0),
            LiveFinisher(prepared(FinishingConfig(), recognition.languages)),
            TranslatedTracks(pool, "interpret", tracks.translations),
        )
        preset = load_preset("overlay-live")
        rendition = Rendition(speaking.language, (speaking.language,), translated=True)
        voice = VoiceOutput(
            speaking.config,
            OutputContext(
                "interpret",
                session.clock,
                (rendition,),
                preset,
                from_start=True,
                wall=(lambda: session.wall) if live else None,
                audio=session.audio,
                booth=Booth(pool, lambda *wanted: speaking.plan),
            ),
        )
        spoken: list[SpokenPhrase] = []
        events, shown = session.subscribe(), session.subscribe()
        report = speaking.report
        # Where the voice goes to standard output, nothing else may.
        console = Console(stderr=speaking.config.target == "-")
        with (
            report.open("w", encoding="utf-8") as lines,
            LiveView(source, console, translations=tracks.names) as view,
            runtime.on_interrupt(session.stop),
        ):

            def note(phrase: SpokenPhrase) -> None:
                spoken.append(phrase)
                try:
                    lines.write(json.dumps(_rounded(phrase), ensure_ascii=False) + "\n")
                    lines.flush()
                except OSError as error:
                    raise Unavailable(f"cannot write {report.name}: {error.strerror}") from error

            voice.on_spoken = note

            async def watch() -> None:
                async for event in shown:
                    view.show(event)

            async def report_status() -> None:
                while True:
                    await asyncio.sleep(_STATUS_SECONDS)
                    last = spoken[-1].lag if spoken else 0.0
                    view.set_status(session.wall, last, pool.load().utilisation)

            async def speak() -> None:
                try:
                    await voice.run(events)
                except BaseException:
                    session.stop()  # nobody would be heard
                    raise

            status = asyncio.create_task(report_status())
            watching = [asyncio.create_task(watch()), asyncio.create_task(speak())]
            try:
                await session.run()
            finally:
                try:
                    await asyncio.gather(*watching)
                finally:
                    status.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await status
    out = speaking.config.target
    typer.echo(_summary(spoken, out, live=live), err=out == "-")


def _rounded(phrase: SpokenPhrase) -> dict[str, object]:
    values = asdict(phrase) | {"lag": phrase.lag, "synthetic": True}
    del values["source"]  # in ticks
    if not phrase.reason:
        del values["reason"]
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in values.items()
    }


def _summary(spoken: list[SpokenPhrase], out: str, *, live: bool) -> str:
    """One line for people."""
    heard = [phrase for phrase in spoken if not phrase.left_out]
    if not heard:
        return f"{out}: nothing was spoken"
    lags = [phrase.lag for phrase in heard]
    text = f"{out}: {len(heard)} phrases"
    if live:
        text += (
            f", ear-voice span {statistics.median(lags):.1f} s median, {max(lags):.1f} s at most"
        )
    text += f", fastest {max(phrase.rate for phrase in heard):.2f}"
    left_out = len(spoken) - len(heard)
    return text + (f"; {left_out} left out" if left_out else "")
