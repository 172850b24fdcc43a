"""What recognition is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.languages import LANGUAGES, Language
from foundation.media_time import Ticks

SAMPLE_RATE: Final = 16_000
"""Hz. Every engine hears mono float32 at this rate; ingest resamples."""

Samples = NDArray[np.float32]
"""float32 [samples], mono, in [-1, 1], at SAMPLE_RATE."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word, its punctuation attached, with no surrounding space."""

    text: str
    start: Ticks
    end: Ticks
    confidence: float
    """0 to 1."""

    spoken: str = ""
    """As it was recognised, where ``text`` is written otherwise ("екі мың" for "2000"); one written
    word may stand for several spoken ones."""

    def shifted(self, offset: Ticks) -> Word:
        """The same word, ``offset`` later."""
        return replace(self, start=self.start + offset, end=self.end + offset)


@dataclass(frozen=True, slots=True, eq=False)
class RecognitionRequest:
    """One window of speech: payload of ``recognize`` and ``identify`` of a speech engine."""

    samples: Samples
    """At most the engine's ``window_seconds`` (30 s for Whisper)."""

    languages: tuple[Language, ...] = LANGUAGES
    """One: given. Several: identified among them."""

    language_weights: tuple[float, ...] = ()
    """How likely each of ``languages`` is before anything is heard; empty: all alike."""

    prompt: str = ""
    """Text that came before."""

    hotwords: tuple[str, ...] = ()

    beam_size: int = 1

    temperatures: tuple[float, ...] = (0.0,)
    """Tried in order until the guards are content."""

    word_times: bool = True

    full_context: bool = False
    """Encode the padded full window (offline quality) instead of as little as the audio needs."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Which of a request's languages is spoken in its window."""

    language: Language
    probability: float
    """Among the request's languages, 0 to 1."""


@dataclass(frozen=True, slots=True)
class StreamOpening:
    """Payload of ``open_stream``: the state of one continuous stretch of speech is to be kept."""

    stream: str
    """A name of the caller's own; it must be new."""

    languages: tuple[Language, ...] = LANGUAGES


@dataclass(frozen=True, slots=True, eq=False)
class StreamStep:
    """More audio of an open stream: payload of ``step_stream``.

    A step that is sent again, with the same position, is answered again and changes nothing:
    whoever does not know whether a step arrived may send it once more.
    """

    stream: str

    position: int
    """Samples sent before."""

    samples: Samples

    last: bool = False
    """The stream ends with this piece: every word is committed."""


@dataclass(frozen=True, slots=True)
class StreamHypothesis:
    """What a step of a stream revealed. Times count from the stream's first sample."""

    committed: tuple[Word, ...]
    """New since the step before; never revised."""

    tentative: tuple[Word, ...]
    """Words still open; they replace those of the step before."""

    language: Language

    heard_until: Ticks
    """How far audio was decoded; what follows waits for the chunk to fill."""

    punctuated: bool = True
    """Does the model write punctuation and capitals itself?"""


@dataclass(frozen=True, slots=True)
class StreamingMeans:
    """How a model that keeps its state decodes a stream of audio."""

    chunk_seconds: float
    """Audio decoded at once: the least time from sound to text."""

    max_streams: int
    """How many may be open at once."""


@dataclass(frozen=True, slots=True)
class SpeechCapabilities:
    """What a speech engine can do: result of the method ``capabilities``."""

    languages: tuple[Language, ...]
    window_seconds: float
    """The longest audio of one request."""

    word_times: bool
    prompt: bool
    """Without it a request's prompt is passed over; likewise hotwords."""

    hotwords: bool
    punctuation: bool

    streaming: StreamingMeans | None = None
    """None: a live stream is decoded again and again, window by window."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard in a window. Word times count from the window's first sample."""

    text: str
    words: tuple[Word, ...]
    language: Language
    language_probability: float
    average_log_probability: float
    no_speech_probability: float
    compression_ratio: float
    rejected: str | None = None
    """Why a guard threw the text away (``text`` and ``words`` are then empty), or None."""

    punctuated: bool = True
    """Does the model write punctuation and capitals itself?"""
