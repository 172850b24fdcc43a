"""What speech synthesis is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from foundation.languages import Language
from foundation.media_time import Ticks

MAX_SENTENCE_CHARACTERS: Final = 1_000
"""Of the texts of one request together, likewise of its phonemes. Callers cut longer text, so that
live work never waits for long and a listener hears something soon."""

MIN_RATE: Final = 0.25
MAX_RATE: Final = 4.0
MAX_PITCH_SEMITONES: Final = 12.0
MAX_NOISE: Final = 2.0

Waveform: TypeAlias = NDArray[np.float32]
"""float32 [samples], mono, in [-1, 1], at the sample rate that goes with it."""

Gender: TypeAlias = Literal["female", "male"]

VoiceInput: TypeAlias = Literal["phonemes", "graphemes"]
"""Does a voice's model read phonemes (IPA), or the letters of its language?"""

WordTiming: TypeAlias = Literal["measured", "estimated"]
"""Are word times the model's own durations, or shares of the sentence by phonemes or letters?"""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of the people whose speech a voice was made from."""

    id: str
    """As the model calls them; what a request names."""

    display_name: str = ""
    gender: Gender | None = None
    """None: not known."""


@dataclass(frozen=True, slots=True)
class SynthesisCapabilities:
    """What a voice can do: result of the method ``capabilities`` of a synthesis engine."""

    languages: tuple[Language, ...]
    """What its speakers speak."""

    speakers: tuple[Speaker, ...]
    """At least one; the first speaks where a request names none."""

    sample_rate: int
    """Hz."""

    input: VoiceInput

    streaming: bool
    """Does the first audio of a sentence come before its last was computed?"""

    word_timing: WordTiming

    repeatable: bool
    """Does the same request give the same samples?"""

    accents: tuple[Language, ...] = ()
    """Further languages whose words it reads, with the accent of its own."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice as it is offered: a model of the catalogue and what it can do."""

    id: str
    """The model's catalogue id."""

    display_name: str
    license: str
    commercial_use: bool
    capabilities: SynthesisCapabilities

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """Its speakers."""
        return self.capabilities.speakers


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """A stretch of a sentence in one language. Spans are words apart: a space is meant between."""

    text: str
    """As it is to be read: numbers, abbreviations and the like in words."""

    language: Language

    phonemes: str = ""
    """IPA to be spoken in place of ``text``, words between spaces; for voices that read phonemes.
    Where it has not as many words as ``text``, these share its time by their letters."""


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """One sentence: payload of ``synthesize`` and ``stream_synthesis`` of a synthesis engine.

    Rate, pitch and speaker hold for the whole of it; a caller that changes them inside a sentence
    sends it in several requests. How loud it is to be is the business of whoever joins sentences.
    """

    spans: tuple[SpeechSpan, ...]

    speaker: str = ""
    """Id of a speaker; empty: the voice's first."""

    rate: float = 1.0
    """How fast, as a factor on the voice's own speed, MIN_RATE to MAX_RATE."""

    pitch: float = 0.0
    """Semitones above the voice's own pitch, up to MAX_PITCH_SEMITONES either way."""

    noise: float = 1.0
    """Factor on the model's own randomness of sound and rhythm, 0 to MAX_NOISE; models without
    any pass it over."""

    seed: int = 0
    """Of that randomness, 0 or more: the same request with the same seed gives the same samples
    (``SynthesisCapabilities.repeatable``)."""

    @classmethod
    def of_text(cls, text: str, language: Language, speaker: str = "") -> SynthesisRequest:
        """A sentence of one language, spoken plainly."""
        return cls((SpeechSpan(text, language),), speaker)

    @property
    def text(self) -> str:
        """The spans' texts."""
        return " ".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class WordTime:
    """When a word is spoken."""

    text: str
    start: Ticks
    """From the sentence's first sample."""

    end: Ticks
    span: int
    """Which span of the request it stands in."""

    position: int
    """Its first character in the span's text."""


@dataclass(frozen=True, slots=True, eq=False)
class SynthesizedSpeech:
    """A sentence as it was spoken, or, of ``stream_synthesis``, a piece of it.

    The pieces' samples end to end are the sentence's. Each has the words that begin in it.
    """

    samples: Waveform
    sample_rate: int
    """Hz."""

    words: tuple[WordTime, ...]
    """One for each word of the request as ``str.split`` counts, in order; words without a sound of
    their own ("-") have none."""

    word_timing: WordTiming

    passed_over: tuple[str, ...] = ()
    """Letters or phonemes that the voice has no sound for, each once; of a stream, in its first
    piece."""

    last: bool = True
    """The sentence ends with this piece."""
