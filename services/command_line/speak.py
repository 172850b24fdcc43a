"""``dauys speak`` and ``dauys voices``: text into an audio file."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from foundation.errors import DauysError, InvalidArgument
from foundation.languages import parse_language, parse_optional_language
from services.command_line import options, output_files, runtime

if TYPE_CHECKING:
    from services.text_to_speech.speaking import SpeechChoice

_STANDARD: Final = "-"
_MAX_CHARACTERS: Final = 5_000_000
_OPTIONS: Final = {
    "config.voice": "--voice",
    "config.language": "--language",
    "config.speaker": "--speaker",
    "config.rate": "--rate",
    "config.pitch": "--pitch",
    "config.volume": "--volume",
    "audio_config.sample_rate_hertz": "--sample-rate",
    "audio_config.bit_rate": "--bit-rate",
    "audio_config.loudness_lufs": "--loudness",
}


def speak(
    text: Annotated[
        str, typer.Argument(help="What to say; - or nothing: standard input.")
    ] = _STANDARD,
    language: Annotated[str, typer.Option(help="auto, kk, ru or en.")] = "auto",
    voice: Annotated[str, typer.Option(help="A voice of `dauys voices`.")] = "",
    speaker: Annotated[str, typer.Option(help="One of the voice's speakers.")] = "",
    ssml: Annotated[bool, typer.Option("--ssml", help="The text is an SSML document.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write: .wav, .mp3, .opus, .flac, .ulaw, .alaw, .raw; - for a WAV "
            "stream on standard output. Else a .wav here, named after the text."
        ),
    ] = None,
    rate: Annotated[float, typer.Option(help="How fast: 0.25 to 4.")] = 1.0,
    pitch: Annotated[float, typer.Option(help="Higher or lower, in semitones.")] = 0.0,
    volume: Annotated[float, typer.Option(help="Louder or softer, in dB.")] = 0.0,
    sample_rate: Annotated[int, typer.Option(help="Hz; 0: the voice's own.")] = 0,
    bit_rate: Annotated[int, typer.Option(help="Bits a second of .mp3 and .opus.")] = 0,
    loudness: Annotated[
        float | None, typer.Option(help="LUFS by EBU R 128, -23 for broadcasting.")
    ] = None,
    lexicon: Annotated[
        Path | None, typer.Option(help="How words are said, TSV or PLS: docs/SPEECH_TEXT.md.")
    ] = None,
    notice: Annotated[
        bool, typer.Option("--notice", help="Begin by saying that the voice is synthetic.")
    ] = False,
    tag: Annotated[
        bool, typer.Option("--tag", help="A soft tone at the start and every 30 s.")
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Speak a text into an audio file, which says in its metadata that the voice is synthetic."""
    from services.text_to_speech.speaking import SpeechChoice
    from streaming.synthesis import Manner, SpeechFormat, SynthesisConfig, encoding_of

    runtime.configure_logging(verbose)
    given = _read(text)
    to_output = str(out) == _STANDARD
    target = None if to_output else out or _named_after(given, ssml=ssml)
    encoding = "wav" if target is None else encoding_of(target.name, "--out")
    with options.named(_OPTIONS):
        manner = Manner(rate, pitch, volume)
        manner.validate()
        config = SynthesisConfig(
            manner, loudness=loudness, spoken_notice=notice, audible_tag=tag, pieces=to_output
        )
        config.validate()
        speech_format = SpeechFormat(encoding, sample_rate, bit_rate)
        speech_format.validate()
        choice = SpeechChoice(
            voice,
            None if language == "auto" else parse_language(language, "--language"),
            speaker,
            lexicon=runtime.pronunciations(lexicon),
            synthesis=config,
            speech_format=speech_format,
        )
        _ensure_voice(choice)
        if target is None:
            asyncio.run(_stream(given, choice, workers, ssml=ssml))
            return
        seconds = asyncio.run(_write(given, choice, target, workers, ssml=ssml))
    sys.stdout.write(f"{target}  {seconds:.1f} s, synthetic voice\n")


def voices(
    language: Annotated[str, typer.Option(help="Only of this language: kk, ru or en.")] = "",
) -> None:
    """The voices of the catalogue, their speakers and what is on this machine."""
    from rich.console import Console
    from rich.table import Table

    from models.store import ModelStore
    from models.voices import voice_cards, voice_of
    from services.server.cards import is_available
    from services.server.settings import Settings
    from services.text_to_speech.voices import default_voices

    wanted = parse_optional_language(language, "--language")
    store = ModelStore()
    defaults = default_voices(store, Settings())
    table = Table(box=None, pad_edge=False, header_style="bold")
    cards = [
        card for card in voice_cards(store.catalogue) if wanted is None or wanted in card.languages
    ]
    longest = max((len(one.id) for card in cards for one in voice_of(card).speakers), default=0)
    for heading in ("voice", "languages", "speakers", "licence", "here"):
        width = longest if heading == "speakers" else None  # what is typed stays whole
        table.add_column(heading, no_wrap=heading == "voice", overflow="fold", min_width=width)
    for card in cards:
        spoken = [
            f"{code}*" if defaults.get(code) == card.id else code
            for code in voice_of(card).capabilities.languages
        ]
        table.add_row(
            card.id,
            " ".join(spoken),
            " ".join(one.id for one in voice_of(card).speakers),
            card.license,
            "[green]yes[/]" if is_available(store, card) else "[dim]no[/]",
        )
    console = Console()
    console.print(table)
    console.print(
        "[dim]* speaks this language where no voice is named; what is not here is had by "
        "dauys models pull VOICE[/]",
        soft_wrap=True,
    )


def _read(text: str) -> str:
    if text == _STANDARD:
        try:
            text = sys.stdin.read(_MAX_CHARACTERS + 1)
        except UnicodeDecodeError as error:
            raise InvalidArgument("text", f"is not {error.encoding}: {error.reason}") from None
    if len(text) > _MAX_CHARACTERS:
        raise InvalidArgument("text", f"over {_MAX_CHARACTERS} characters, the limit")
    if not text.strip():
        raise InvalidArgument("text", "is empty")
    return text


def _named_after(text: str, *, ssml: bool) -> Path:
    """A file here that is not there yet: the text's first words, then a number if need be."""
    words = re.sub(r"<[^>]*>", " ", text) if ssml else text
    return output_files.named_after(words, ".wav", otherwise="speech")


def _ensure_voice(choice: SpeechChoice) -> None:
    """Pull the voice that will speak, if it is a starter: with a progress bar, before the work."""
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.voices import default_voices, voice_plan

    store = ModelStore()
    plan = voice_plan(
        store.catalogue,
        default_voices(store, Settings()),
        voice=choice.voice,
        language=choice.language,
        speaker=choice.speaker,
    )
    if plan.voice:
        runtime.ensure_model(plan.voice)


async def _write(
    text: str, choice: SpeechChoice, target: Path, workers: int, *, ssml: bool
) -> float:
    """Speak into a file that is there whole or not at all; return its seconds."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w+b") as file:
            seconds = await _speak_into(file, text, choice, workers, ssml=ssml)
        temporary.replace(target)
    except OSError as error:
        raise InvalidArgument("--out", f"cannot write {target}: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return seconds


async def _speak_into(
    file: BinaryIO, text: str, choice: SpeechChoice, workers: int, *, ssml: bool
) -> float:
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.mapping import MAX_TEXT_CHARACTERS
    from services.text_to_speech.speaking import Speech
    from streaming.synthesis import Ssml, recording, sentences_of, spoken_file, whole
    from workers.interface import Priority

    loudness = choice.synthesis.loudness
    measured = loudness is not None and len(text) <= MAX_TEXT_CHARACTERS
    async with runtime.open_pool(workers) as pool:
        speech = Speech(pool, ModelStore(), Settings())
        speaking = await speech.prepare(choice, whole=measured, priority=Priority.BATCH)
        sentences = sentences_of(speaking.front_end, whole(Ssml(text) if ssml else text))
        if measured:
            spoken = await recording(
                speaking.synthesizer,
                sentences,
                choice.speech_format,
                speaking.provenance,
                loudness=loudness,
                max_seconds=float("inf"),
            )
            file.write(spoken.data)
            return spoken.seconds
        with _progress() as progress:
            return await spoken_file(
                speaking.synthesizer,
                sentences,
                choice.speech_format,
                speaking.provenance,
                file,
                progress,
            )


async def _stream(text: str, choice: SpeechChoice, workers: int, *, ssml: bool) -> None:
    """Speak onto standard output, for another program's input."""
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.speaking import Speech
    from streaming.synthesis import (
        EncodedSound,
        Ssml,
        encoded_stream,
        sentences_of,
        whole,
    )

    async with runtime.open_pool(workers) as pool:
        speaking = await Speech(pool, ModelStore(), Settings()).prepare(choice, whole=False)
        sentences = sentences_of(speaking.front_end, whole(Ssml(text) if ssml else text))
        async for sound in encoded_stream(
            speaking.synthesizer, sentences, choice.speech_format, speaking.provenance
        ):
            if isinstance(sound, EncodedSound):
                await asyncio.to_thread(_put, sound.data)


def _put(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise DauysError("standard output was closed") from None


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """How many seconds are spoken, on standard error."""
    from rich.progress import SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with runtime.progress_bar(*columns) as progress:
        task = progress.add_task("loading the voice", total=None)
        yield lambda seconds: progress.update(task, description=f"{seconds:.0f} s spoken")
