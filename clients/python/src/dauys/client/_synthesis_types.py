"""What goes into calls of TextToSpeech and comes out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from dauys.client._translation_types import TextTranslation
from dauys.client._types import AudioEncoding, Segment


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of the people whose speech a voice was made from."""

    speaker: str
    """What a call names."""
    display_name: str = ""
    gender: str = ""
    """ "female" or "male"; empty: not known."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of the server."""

    voice: str
    """What a call names."""
    display_name: str
    languages: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    """The first is the default; empty: known when the voice is loaded."""
    sample_rate: int
    """Hz; 0: known when the voice is loaded."""
    license: str
    commercial_use: bool
    available: bool
    """It is on the server's machine, or is pulled on first use."""
    default_languages: tuple[str, ...]
    """What it speaks where a call names no voice."""
    engine: str
    notes: str


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How a word is said, by a respelling, by IPA, or both."""

    word: str
    respelling: str = ""
    ipa: str = ""
    language: str = ""
    """Of the sentence that it holds for; empty: any."""


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """Who speaks, and how; empty fields take the server's defaults."""

    voice: str = ""
    """Empty: the server's voice of each language."""
    language: str = ""
    """ "kk", "ru" or "en"; empty: detected, sentence by sentence."""
    speaker: str = ""
    rate: float = 1.0
    """How fast: 0.25 to 4."""
    pitch: float = 0.0
    """Semitones, -12 to 12."""
    volume: float = 0.0
    """dB, -40 to 20."""
    lexicon: tuple[Pronunciation, ...] = ()
    voices: Mapping[str, str] = field(default_factory=dict)
    """Voices of other languages in the text."""


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """What the audio is to be."""

    encoding: AudioEncoding = AudioEncoding.WAV
    """WAV, LINEAR16, MULAW, ALAW, FLAC, OGG_OPUS or MP3."""
    sample_rate: int = 0
    """Hz, 8000 to 48000; 0: the voice's own."""
    bit_rate: int = 0
    """Bits a second, of MP3 and Opus; 0: the encoding's default."""
    loudness: float | None = None
    """LUFS by EBU R 128, -40 to -10; None: the voice's own."""
    spoken_notice: bool = False
    """Begin with a sentence that says that the voice is synthetic."""
    audible_tag: bool = False
    """A short soft tone at the start and every 30 s."""


@dataclass(frozen=True, slots=True)
class Ssml:
    """A whole ``speak`` document in the place of text."""

    document: str


@dataclass(frozen=True, slots=True)
class FlushSpeech:
    """Speak what was sent so far."""


FLUSH: Final = FlushSpeech()


class SpeechMarkKind(Enum):
    """What is said."""

    UNSPECIFIED = 0
    SENTENCE = 1
    WORD = 2
    MARK = 3
    """SSML's ``mark``."""


@dataclass(frozen=True, slots=True)
class SpeechMark:
    """What is said when."""

    kind: SpeechMarkKind
    text: str
    start: float
    """Seconds from the start of the audio."""
    end: float
    voice: str = ""
    language: str = ""
    source_start: int = 0
    """Characters of the input."""
    source_end: int = 0


@dataclass(frozen=True, slots=True)
class SpeechNote:
    """Something of the input that was not simply spoken."""

    kind: str
    source: str
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True)
class SynthesisInfo:
    """What audio is and where it came from."""

    synthetic: bool
    """Always true: no person said this."""
    voices: tuple[str, ...]
    speaker: str
    encoding: AudioEncoding
    sample_rate: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A text as it was spoken."""

    audio: bytes
    info: SynthesisInfo
    marks: tuple[SpeechMark, ...]
    seconds: float
    loudness: float | None
    """LUFS, integrated; None: too short to be measured."""
    notes: tuple[SpeechNote, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """First of a stream."""

    info: SynthesisInfo


@dataclass(frozen=True, slots=True)
class SpeechBytes:
    """The next bytes of a stream's audio."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class SpeechTimes:
    """Words and marks of a stream."""

    marks: tuple[SpeechMark, ...]
    notes: tuple[SpeechNote, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechFlushed:
    """All audio of what was sent before a FLUSH has come."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpeechFinished:
    """Last of a stream: all was spoken."""

    seconds: float
    info: SynthesisInfo
    """With all voices that spoke."""


SpeechEvent: TypeAlias = SpeechStarted | SpeechBytes | SpeechTimes | SpeechFlushed | SpeechFinished


@dataclass(frozen=True, slots=True)
class SpokenTranslation:
    """A stretch of speech, its translation, and where that is spoken."""

    segment: Segment
    translation: TextTranslation
    spoken_start: float | None
    """Seconds from the start of the new audio; None: nothing of it is spoken."""
    spoken_end: float | None


@dataclass(frozen=True, slots=True)
class InterpretedSpeech:
    """A recording in another language, by a synthetic voice."""

    audio: bytes
    """Empty: nothing was said."""
    info: SynthesisInfo | None
    segments: tuple[SpokenTranslation, ...]
