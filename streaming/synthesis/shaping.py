"""An utterance as a model spoke it, made fit to be joined to its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import soxr

from foundation.media_time import to_samples
from foundation.synthesis import SynthesizedSpeech, Waveform
from streaming.synthesis.loudness import TRUE_PEAK_CEILING, amplified, limited

FADE_SECONDS: Final = 0.005
"""At both ends of an utterance: what a model leaves there is rarely at zero, and a step is a
click."""

_QUIET: Final = 0.003
"""About -50 dBFS: below it a voice is only noise."""

_INNER_QUIET_SECONDS: Final = 0.03
"""Of the quiet around a join inside a sentence; models leave a sentence's worth."""

_SILENCE_CHUNK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class TimedWord:
    """A word of an utterance, in samples from its start."""

    text: str
    start: int
    end: int
    span: int
    position: int


@dataclass(frozen=True, slots=True, eq=False)
class ShapedSpeech:
    """An utterance ready to be joined."""

    samples: Waveform
    words: tuple[TimedWord, ...]


def resampled(speech: SynthesizedSpeech, rate: int) -> ShapedSpeech:
    """The utterance at ``rate`` Hz, its words' times in samples."""
    samples = speech.samples
    if speech.sample_rate != rate:
        samples = soxr.resample(samples, speech.sample_rate, rate)
    words = tuple(
        replace(word, start=min(word.start, samples.size), end=min(word.end, samples.size))
        for word in timed_words(speech, rate)
    )
    return ShapedSpeech(samples, words)


def timed_words(speech: SynthesizedSpeech, rate: int) -> tuple[TimedWord, ...]:
    """The words with their times in samples."""
    return tuple(
        TimedWord(
            word.text,
            to_samples(word.start, rate),
            to_samples(word.end, rate),
            word.span,
            word.position,
        )
        for word in speech.words
    )


def trimmed(speech: ShapedSpeech, rate: int, *, start: bool, end: bool) -> ShapedSpeech:
    """Without the quiet before its sound (``start``) or after it (``end``), but for 30 ms."""
    if not (start or end):
        return speech
    sounding = np.flatnonzero(np.abs(speech.samples) > _QUIET)
    if not sounding.size:
        return speech
    margin = round(_INNER_QUIET_SECONDS * rate)
    first = max(int(sounding[0]) - margin, 0) if start else 0
    last = int(sounding[-1]) + 1 + margin if end else speech.samples.size
    samples = speech.samples[first:last]
    words = tuple(
        replace(
            word,
            start=min(max(word.start - first, 0), samples.size),
            end=min(max(word.end - first, 0), samples.size),
        )
        for word in speech.words
    )
    return ShapedSpeech(samples, words)


def finished(
    speech: ShapedSpeech, rate: int, decibels: float, *, limit: bool = False
) -> ShapedSpeech:
    """At its volume, with a fade at both ends.

    What is made louder, or brought to a loudness (``limit``), keeps its true peaks at -1 dBTP.
    """
    samples = amplified(speech.samples, decibels)
    if limit or (decibels > 0 and np.abs(samples).max(initial=0) > 10 ** (TRUE_PEAK_CEILING / 20)):
        samples = limited(samples, rate)
    return replace(speech, samples=faded(samples, rate))


class PieceShaper:
    """An utterance that comes piece by piece, before its end is there: neither limited nor louder.

    Args:
        native: Hz of the voice.
        rate: Hz wanted.
        decibels: At most 0.
        trim_start: As of ``trimmed``; as far as the quiet lies in the first piece.
        trim_end: The same of the last.
    """

    def __init__(
        self, native: int, rate: int, decibels: float, *, trim_start: bool, trim_end: bool
    ) -> None:
        self._rate = rate
        self._decibels = decibels
        self._trim_start, self._trim_end = trim_start, trim_end
        self._resampler = (
            None if native == rate else soxr.ResampleStream(native, rate, 1, dtype="float32")
        )
        self._fade = round(FADE_SECONDS * rate)
        self._held = np.zeros(0, np.float32)
        self._begun = False
        self._cut = 0

    def add(self, speech: SynthesizedSpeech) -> ShapedSpeech:
        """The next piece. Words' times count from the first sample of the utterance.

        The end of each piece, as long as a fade, is held back: it may be the utterance's.
        """
        samples = speech.samples
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=speech.last)
        whole = ShapedSpeech(np.concatenate([self._held, samples]), ())
        kept = trimmed(
            whole,
            self._rate,
            start=self._trim_start and not self._begun,
            end=self._trim_end and speech.last,
        ).samples
        if not self._begun and self._trim_start:
            sounding = np.flatnonzero(np.abs(whole.samples) > _QUIET)
            if sounding.size:
                self._cut = max(int(sounding[0]) - round(_INNER_QUIET_SECONDS * self._rate), 0)
        size = kept.size if speech.last else max(kept.size - self._fade, 0)
        given, self._held = amplified(kept[:size], self._decibels), kept[size:]
        given = _with_edges(given, self._fade, start=not self._begun, end=speech.last)
        self._begun = self._begun or size > 0
        words = tuple(
            replace(word, start=max(word.start - self._cut, 0), end=max(word.end - self._cut, 0))
            for word in timed_words(speech, self._rate)
        )
        return ShapedSpeech(given, words)


def faded(samples: Waveform, rate: int) -> Waveform:
    """With raised-cosine fades of 5 ms at both ends, of half its length if it is shorter."""
    length = min(round(FADE_SECONDS * rate), samples.size // 2)
    if not length:
        return np.zeros_like(samples)
    return _with_edges(samples, length, start=True, end=True)


def _with_edges(samples: Waveform, length: int, *, start: bool, end: bool) -> Waveform:
    length = min(length, samples.size)
    if not (start or end) or not length:
        return samples
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length)).astype(np.float32)
    edged = samples.copy()
    if start:
        edged[:length] *= ramp
    if end:
        edged[samples.size - length :] *= ramp[::-1]
    return edged


def silence(seconds: float, rate: int) -> Iterator[Waveform]:
    """Silence, in pieces of a second, so that a long one takes no memory."""
    left = round(seconds * rate)
    while left > 0:
        size = min(left, round(_SILENCE_CHUNK_SECONDS * rate))
        yield np.zeros(size, np.float32)
        left -= size


def in_chunks(samples: Waveform, rate: int, seconds: float) -> Iterator[Waveform]:
    """Pieces of at most so many seconds."""
    size = max(round(seconds * rate), 1)
    for start in range(0, samples.size, size):
        yield samples[start : start + size]


def concatenated(parts: Sequence[Waveform]) -> Waveform:
    """All parts end to end; none is silence of no length."""
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
