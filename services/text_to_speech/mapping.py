"""Between the contract of TextToSpeech and the rooms below; the only protobuf here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dauys.v1 import audio_pb2
from dauys.v1 import text_to_speech_pb2 as pb
from google.protobuf import duration_pb2

from foundation.errors import InvalidArgument
from foundation.languages import parse_language, parse_optional_language
from services.text_to_speech.speaking import SpeechChoice
from streaming.synthesis import (
    Manner,
    SpeechEncoding,
    SpeechFormat,
    SpeechMark,
    SpeechNote,
    SynthesisConfig,
)
from text.spoken import Lexicon, LexiconEntry

MAX_TEXT_CHARACTERS: Final = 10_000
MAX_SSML_CHARACTERS: Final = 20_000
MAX_PIECE_CHARACTERS: Final = 4_000
MAX_PRONUNCIATIONS: Final = 2_000

_ENCODINGS: Final[dict[audio_pb2.AudioEncoding.ValueType, SpeechEncoding]] = {
    audio_pb2.AUDIO_ENCODING_UNSPECIFIED: "wav",
    audio_pb2.AUDIO_ENCODING_LINEAR16: "linear16",
    audio_pb2.AUDIO_ENCODING_MULAW: "mulaw",
    audio_pb2.AUDIO_ENCODING_ALAW: "alaw",
    audio_pb2.AUDIO_ENCODING_FLAC: "flac",
    audio_pb2.AUDIO_ENCODING_OGG_OPUS: "ogg-opus",
    audio_pb2.AUDIO_ENCODING_WAV: "wav",
    audio_pb2.AUDIO_ENCODING_MP3: "mp3",
}
_ENCODING_NUMBERS: Final = {name: number for number, name in _ENCODINGS.items() if number}
_MARK_KINDS: Final = {
    "sentence": pb.SPEECH_MARK_KIND_SENTENCE,
    "word": pb.SPEECH_MARK_KIND_WORD,
    "mark": pb.SPEECH_MARK_KIND_MARK,
}


def speech_choice(
    config: pb.SpeechConfig,
    audio: pb.SpeechAudioConfig,
    field: str = "config",
    audio_field: str = "audio_config",
) -> SpeechChoice:
    """Check and map what is asked of the synthesiser.

    Raises:
        InvalidArgument: names the field below ``field`` or ``audio_field`` and its limits.
    """
    manner = Manner(config.rate or 1.0, config.pitch, config.volume)
    manner.validate(field)
    synthesis = SynthesisConfig(
        manner,
        loudness=audio.loudness_lufs if audio.HasField("loudness_lufs") else None,
        spoken_notice=audio.spoken_notice,
        audible_tag=audio.audible_tag,
    )
    synthesis.validate(audio_field)
    return SpeechChoice(
        config.voice,
        parse_optional_language(config.language, f"{field}.language"),
        config.speaker,
        {parse_language(code, f"{field}.voices"): name for code, name in config.voices.items()},
        lexicon(config.lexicon, f"{field}.lexicon"),
        synthesis,
        speech_format(audio, audio_field),
    )


def speech_format(audio: pb.SpeechAudioConfig, field: str) -> SpeechFormat:
    """Check and map how audio is coded.

    Raises:
        InvalidArgument: names the field below ``field`` and its limits.
    """
    encoding = _ENCODINGS.get(audio.encoding)
    if encoding is None:
        names = ", ".join(
            audio_pb2.AudioEncoding.Name(number).removeprefix("AUDIO_ENCODING_")
            for number in sorted(_ENCODING_NUMBERS.values())
        )
        raise InvalidArgument(f"{field}.encoding", f"speech is sent as one of {names}")
    mapped = SpeechFormat(encoding, audio.sample_rate_hertz, audio.bit_rate)
    mapped.validate(field)
    return mapped


def lexicon(entries: Sequence[pb.Pronunciation], field: str) -> Lexicon:
    """Check and map how words are said.

    Raises:
        InvalidArgument: too many, or one is empty, too long, or of an unknown language.
    """
    if len(entries) > MAX_PRONUNCIATIONS:
        raise InvalidArgument(field, f"{len(entries)}, limit {MAX_PRONUNCIATIONS}")
    made = [_pronunciation(entry, f"{field}[{n}]") for n, entry in enumerate(entries)]
    try:
        return Lexicon(made)
    except InvalidArgument as error:
        place = error.field.removeprefix("entries").replace(".written", ".word")
        raise InvalidArgument(field + place, error.description) from None


def _pronunciation(entry: pb.Pronunciation, field: str) -> LexiconEntry:
    language = parse_optional_language(entry.language, f"{field}.language")
    try:
        return LexiconEntry(entry.word, language, entry.respelling, entry.ipa)
    except InvalidArgument as error:
        name = "word" if error.field == "written" else error.field
        raise InvalidArgument(f"{field}.{name}", error.description) from None


def check_length(text: str, limit: int, field: str) -> None:
    """Refuse a text that is too long, before any work.

    Raises:
        InvalidArgument: it has more than ``limit`` characters.
    """
    if len(text) > limit:
        raise InvalidArgument(field, f"{len(text)} characters, limit {limit}")


def info(
    voices: Iterable[str], speaker: str, choice: SpeechFormat, sample_rate: int
) -> pb.SynthesisInfo:
    """What audio is and where it came from."""
    return pb.SynthesisInfo(
        synthetic=True,
        voices=voices,
        speaker=speaker,
        encoding=_ENCODING_NUMBERS[choice.encoding],
        sample_rate_hertz=sample_rate,
        media_type=choice.media_type(sample_rate),
    )


def speech_mark(mark: SpeechMark, sample_rate: int) -> pb.SpeechMark:
    """The message of a mark."""
    return pb.SpeechMark(
        kind=_MARK_KINDS[mark.kind],
        text=mark.text,
        start=duration(mark.start, sample_rate),
        end=duration(mark.end, sample_rate),
        voice=mark.voice,
        language=mark.language or "",
        source_start=mark.source_start,
        source_end=mark.source_end,
    )


def speech_note(note: SpeechNote) -> pb.SpeechNote:
    """The message of a note."""
    return pb.SpeechNote(
        kind=note.kind,
        source=note.source,
        source_start=note.source_start,
        source_end=note.source_end,
    )


def duration(samples: int, sample_rate: int) -> duration_pb2.Duration:
    """A Duration, to the nearest nanosecond."""
    message = duration_pb2.Duration()
    message.FromNanoseconds((samples * 1_000_000_000 + sample_rate // 2) // max(sample_rate, 1))
    return message
