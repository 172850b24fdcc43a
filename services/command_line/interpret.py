"""``dauys interpret``: any feed in, another language's voice out, in time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.errors import InvalidArgument, NotFound, Unavailable
from foundation.languages import Language, parse_language, parse_languages
from services.command_line import live_tracks, options, runtime

if TYPE_CHECKING:
    from services.command_line.live_tracks import LiveTracks
    from streaming.interpretation import InterpretationConfig, SpokenPhrase, VoiceSink
    from streaming.recognition import LiveRecognizerConfig
    from streaming.synthesis.encoding import Provenance
    from streaming.synthesis.voices import VoicePlan

_SAMPLE_RATE = 24_000
_STATUS_SECONDS = 0.25
_OPTIONS = {
    "target": "--out",
    "config.voice": "--voice",
    "config.language": "--to",
    "config.speaker": "--speaker",
    "max_rate": "--max-rate",
}


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who speaks, how, and where it goes."""

    language: Language
    plan: VoicePlan
    config: InterpretationConfig
    out: str
    """As it was named."""

    report: Path
    sample_rate: int
    open_sink: Callable[[Provenance], VoiceSink]
    notice: bool


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
            help="The voice track: .wav, .flac, .opus, .mp3, .ts, or srt://, udp://, rtp:// for "
            "AAC in a transport stream. Default: interpretation.LANGUAGE.wav.",
            metavar="FILE|URL",
        ),
    ] = "",
    max_rate: Annotated[
        float, typer.Option(help="How fast the voice may speak to stay in time.")
    ] = 1.4,
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
        speaking = _voice(source, target, voice, speaker, out, max_rate, notice)
    if "://" in out and file is not None and not realtime:
        raise InvalidArgument("--out", "a URL takes what is live: with a file, add --realtime")
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


def _voice(
    source: str,
    language: Language,
    voice: str,
    speaker: str,
    out: str,
    max_rate: float,
    notice: bool,
) -> _Voice:
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.voices import default_voices, voice_plan
    from streaming.interpretation import InterpretationConfig

    out = out or f"interpretation.{language}.wav"
    path = Path(f"interpretation.{language}.wav" if "://" in out else out)
    report = path.with_suffix(".jsonl")
    if not path.resolve().parent.is_dir():
        raise InvalidArgument("--out", f"{path.parent} is no folder")
    if Path(source).resolve() in (path.resolve(), report.resolve()):
        raise InvalidArgument("--out", f"{path} is what is heard: name another file")
    rate, open_sink = _sink(out, language)
    store = ModelStore()
    plan = voice_plan(
        store.catalogue,
        default_voices(store, Settings()),
        voice=voice,
        language=language,
        speaker=speaker,
    )
    config = InterpretationConfig(max_rate=max_rate)
    return _Voice(language, plan, config, out, report, rate, open_sink, notice)


def _sink(out: str, language: Language) -> tuple[int, Callable[[Provenance], VoiceSink]]:
    """The sample rate of what goes to ``out``, and how it is opened.

    Raises:
        InvalidArgument: names what is wrong with it.
    """
    from streaming.delivery.sending import parse_target
    from streaming.interpretation import FileSink, TransportSink
    from streaming.synthesis.encoding import SpeechFormat, encoding_of

    if "://" in out or out.lower().endswith(".ts"):
        target = parse_target(out)
        return _SAMPLE_RATE, lambda made: TransportSink(target, _SAMPLE_RATE, language, made)
    speech_format = SpeechFormat(encoding_of(Path(out).name, "--out"))
    rate = speech_format.rate_for(_SAMPLE_RATE)
    return rate, lambda made: FileSink(Path(out), speech_format, rate, made)


async def _run(
    source: str,
    recognition: LiveRecognizerConfig,
    tracks: LiveTracks,
    speaking: _Voice,
    *,
    realtime: bool,
    workers: int,
) -> None:
    from services.command_line.live_view import LiveView
    from streaming.cues.presets import load_preset
    from streaming.finishing import FinishingConfig, LiveFinisher, prepared
    from streaming.ingest.url_feed import FeedConfig, UrlFeed
    from streaming.interpretation import Interpreter
    from streaming.live_translation import warm_up_route
    from streaming.recognition import SpeechRecognizer
    from streaming.recognition.warm_up import warm_up
    from streaming.session import LiveSession, SessionConfig
    from streaming.synthesis.encoding import Provenance
    from streaming.tracks import TranslatedTracks
    from workers.interface import Task

    async with runtime.open_pool(workers) as pool:
        for model in recognition.models.all_for(recognition.languages):
            await warm_up(pool, model)
        for route in tracks.routes:
            await warm_up_route(pool, route)
        await pool.call(Task(speaking.plan.voice, "capabilities", None))
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
        plan = speaking.plan
        provenance = Provenance((plan.voice,), plan.speaker, speaking.language)
        sink = speaking.open_sink(provenance)
        interpreter = Interpreter(
            pool,
            plan,
            speaking.language,
            speaking.language,
            sink,
            speaking.sample_rate,
            lambda: session.first_sample,
            (lambda: session.wall) if live else None,
            speaking.config,
            spoken_notice=speaking.notice,
        )
        events, shown = session.subscribe(), session.subscribe()
        report = speaking.report
        with (
            report.open("w", encoding="utf-8") as lines,
            LiveView(source, translations=tracks.names) as view,
            runtime.on_interrupt(session.stop),
        ):

            def note(phrase: SpokenPhrase) -> None:
                try:
                    lines.write(json.dumps(_rounded(phrase), ensure_ascii=False) + "\n")
                    lines.flush()
                except OSError as error:
                    raise Unavailable(f"cannot write {report.name}: {error.strerror}") from error

            interpreter.on_spoken = note

            async def watch() -> None:
                async for event in shown:
                    view.show(event)

            async def report_status() -> None:
                while True:
                    await asyncio.sleep(_STATUS_SECONDS)
                    last = interpreter.spoken[-1].lag if interpreter.spoken else 0.0
                    view.set_status(session.wall, last, pool.load().utilisation)

            async def speak() -> None:
                try:
                    await interpreter.run(events)
                except BaseException:
                    session.stop()  # nobody would be heard
                    raise

            status = asyncio.create_task(report_status())
            watching = [asyncio.create_task(watch()), asyncio.create_task(speak())]
            try:
                await session.run()
            finally:
                await asyncio.gather(*watching)
                status.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await status
    typer.echo(_summary(interpreter.spoken, speaking.out, live=live))


def _rounded(phrase: SpokenPhrase) -> dict[str, object]:
    values = asdict(phrase) | {"lag": phrase.lag, "synthetic": True}
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
