"""What is asked of a synthesiser, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from foundation.errors import check_range
from foundation.languages import Language
from foundation.synthesis import MAX_PITCH_SEMITONES, MAX_RATE, MIN_RATE, Waveform
from workers.interface import Priority

MIN_VOLUME: Final = -40.0
MAX_VOLUME: Final = 20.0
"""dB."""

MIN_LOUDNESS: Final = -40.0
MAX_LOUDNESS: Final = -10.0
"""LUFS."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is spoken, against the voices' own manner."""

    rate: float = 1.0
    """How fast: 0.25 to 4."""

    pitch: float = 0.0
    """Semitones, -12 to 12."""

    volume: float = 0.0
    """dB, -40 to 20."""

    def validate(self, field: str = "config") -> None:
        """Check every number.

        Raises:
            InvalidArgument: names the field below ``field`` and its limits.
        """
        check_range(f"{field}.rate", self.rate, MIN_RATE, MAX_RATE)
        check_range(f"{field}.pitch", self.pitch, -MAX_PITCH_SEMITONES, MAX_PITCH_SEMITONES)
        check_range(f"{field}.volume", self.volume, MIN_VOLUME, MAX_VOLUME)


@dataclass(frozen=True, slots=True)
class SynthesisConfig:
    """How a text is spoken."""

    manner: Manner = Manner()
    sentence_pause: float = 0.25
    """Seconds between sentences where the text asks for no break of its own."""

    paragraph_pause: float = 0.6
    """Seconds after a paragraph."""

    loudness: float | None = None
    """LUFS that each voice is brought to by what it spoke first; None: as it is."""

    spoken_notice: bool = False
    """Begin with a sentence that says that the voice is synthetic."""

    audible_tag: bool = False
    """A short soft tone at the start and every 30 s (``tag``)."""

    ahead: int = 3
    """Sentences that are spoken before the one that is being delivered was taken."""

    pieces: bool = True
    """Deliver the beginning of a sentence before its end is spoken, when the reader waits."""

    priority: Priority = Priority.INTERACTIVE
    timeout: float | None = None
    """Seconds, of each sentence."""

    def validate(self, field: str = "audio_config") -> None:
        """Check the loudness.

        Raises:
            InvalidArgument: names the field below ``field`` and its limits.
        """
        if self.loudness is not None:
            check_range(f"{field}.loudness_lufs", self.loudness, MIN_LOUDNESS, MAX_LOUDNESS)


MarkKind: TypeAlias = Literal["sentence", "word", "mark"]


@dataclass(frozen=True, slots=True)
class SpeechMark:
    """What is said when."""

    kind: MarkKind
    text: str
    """The sentence, the word, or the mark's name."""

    start: int
    """Samples from the start of all audio."""

    end: int
    voice: str = ""
    language: Language | None = None
    source_start: int = 0
    """Characters of the input."""

    source_end: int = 0


@dataclass(frozen=True, slots=True)
class SpeechNote:
    """Something of the input that was not simply spoken."""

    kind: str
    """A ``text.spoken.NoteKind``, or NO_SOUND."""

    source: str
    source_start: int
    source_end: int


NO_SOUND: Final = "no-sound"
"""Letters or phonemes that the voice has no sound for."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The next stretch of audio."""

    samples: Waveform
    sample_rate: int
    """Hz; the same of all of one text."""

    marks: tuple[SpeechMark, ...] = ()
    """Words and marks in it; a sentence's mark comes with its last words."""

    notes: tuple[SpeechNote, ...] = ()
    """What of its sentence was not simply spoken."""

    voice: str = ""
    """The catalogue id that speaks; empty: silence."""

    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Flush:
    """In the input: what came before it is complete. In the output: it was all delivered."""


FLUSH: Final = Flush()
