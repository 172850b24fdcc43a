"""Voices of pure tones, whose sound tells who spoke and how, and sentences for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import numpy as np

from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.synthesis import (
    Speaker,
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    Waveform,
    WordTime,
)
from streaming.synthesis.config import Flush, Sound, SynthesisConfig
from streaming.synthesis.synthesizer import Synthesizer
from streaming.synthesis.voices import CapabilityBook, Casting, VoiceCard, VoicePlan
from text.spoken import Part, SpokenSentence, SpokenSpan, SpokenToken
from workers.interface import Task
from workers.testing import FakePool

RATE = 16_000
WORD_SECONDS = 0.2
LEVEL = 0.25
VOICES: dict[str, SynthesisCapabilities] = {
    "kk-voice": SynthesisCapabilities(
        ("kk",),
        (Speaker("m1", "Асан", "male"), Speaker("f1", "Айгүл", "female")),
        RATE,
        "phonemes",
        False,
        "measured",
        True,
        accents=("ru",),
    ),
    "en-voice": SynthesisCapabilities(
        ("en",), (Speaker("joe"),), 22_050, "phonemes", False, "measured", True
    ),
    "en-streaming": SynthesisCapabilities(
        ("en",), (Speaker("amy"),), 22_050, "phonemes", True, "measured", True
    ),
    "ru-voice": SynthesisCapabilities(
        ("ru",), (Speaker("irina"),), RATE, "graphemes", False, "estimated", True
    ),
}
DEFAULTS: dict[Language, str] = {"kk": "kk-voice", "en": "en-voice", "ru": "ru-voice"}
CARDS = tuple(VoiceCard(name, known.languages) for name, known in VOICES.items())


def tone(task: Task) -> SynthesizedSpeech:
    """0.2 s a word of a tone, with 0.1 s of quiet at both ends."""
    request: SynthesisRequest = task.payload
    rate = VOICES[task.model].sample_rate
    words, position = [], round(0.1 * rate)
    size = round(WORD_SECONDS * rate / request.rate)
    for number, span in enumerate(request.spans):
        place = 0
        for text in span.text.split():
            place = span.text.index(text, place)
            start, position = position, position + size
            words.append(
                WordTime(
                    text, from_samples(start, rate), from_samples(position, rate), number, place
                )
            )
            place += len(text)
    sound = LEVEL * np.cos(2 * np.pi * 200 * np.arange(size * len(words)) / rate)
    onset = np.minimum(np.arange(sound.size), sound.size - 1 - np.arange(sound.size))
    sound *= np.minimum(onset / (0.02 * rate), 1)
    quiet = np.zeros(round(0.1 * rate))
    samples = np.concatenate([quiet, sound, quiet]).astype(np.float32)
    return SynthesizedSpeech(samples, rate, tuple(words), "measured")


def abrupt(task: Task) -> SynthesizedSpeech:
    """A tone that begins and ends at full level."""
    spoken_tone = tone(task)
    rate = spoken_tone.sample_rate
    samples = LEVEL * np.cos(2 * np.pi * 200 * np.arange(spoken_tone.samples.size) / rate)
    return replace(spoken_tone, samples=samples.astype(np.float32))


def in_pieces(task: Task) -> Iterator[SynthesizedSpeech] | SynthesizedSpeech:
    """The tone of ``abrupt`` in pieces of 0.13 s, if they are wanted."""
    whole_tone = abrupt(task)
    if task.method != "stream_synthesis":
        return whole_tone
    samples, rate = whole_tone.samples, whole_tone.sample_rate

    def pieces() -> Iterator[SynthesizedSpeech]:
        size = round(0.13 * rate)
        for start in range(0, samples.size, size):
            begins, ends = from_samples(start, rate), from_samples(start + size, rate)
            yield replace(
                whole_tone,
                samples=samples[start : start + size],
                words=tuple(w for w in whole_tone.words if begins <= w.start < ends),
                last=start + size >= samples.size,
            )

    return pieces()


def pool(handler: Callable[[Task], Any] = tone) -> FakePool:
    """One worker whose models are VOICES."""
    return FakePool(handler, capabilities=VOICES.__getitem__)


def span(text: str, language: Language = "en", **more: Any) -> SpokenSpan:
    """A span whose source is its own text."""
    tokens, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        tokens.append(SpokenToken(place, place + len(word), place, place + len(word)))
        place += len(word)
    return SpokenSpan(language, text, tuple(tokens), **more)


def sentence(*parts: Part | str, language: Language = "en", **more: Any) -> SpokenSentence:
    """A sentence of parts; a string is a span."""
    made = tuple(span(part, language) if isinstance(part, str) else part for part in parts)
    length = sum(len(part.text) for part in made if isinstance(part, SpokenSpan))
    return SpokenSentence(made, 0, length, **more)


async def given(*items: SpokenSentence | Flush) -> AsyncIterator[SpokenSentence | Flush]:
    """Items that are there already."""
    for item in items:
        yield item


def synthesizer(
    workers: FakePool,
    config: SynthesisConfig | None = None,
    plan: VoicePlan | None = None,
    rate_for: Callable[[int], int] = lambda native: native,
    **more: Any,
) -> Synthesizer:
    """Of the tone voices."""
    chosen = plan or VoicePlan(defaults=DEFAULTS, cards=CARDS)
    casting = Casting(CapabilityBook(workers), chosen)
    return Synthesizer(workers, casting, config or SynthesisConfig(), rate_for, **more)


async def spoken(speaker: Synthesizer, *items: SpokenSentence | Flush) -> list[Sound]:
    """All sounds of items."""
    async with aclosing(speaker.speak(given(*items))) as sounds:
        return [sound async for sound in sounds if isinstance(sound, Sound)]


def joined(sounds: list[Sound]) -> Waveform:
    """Their samples end to end."""
    return np.concatenate([sound.samples for sound in sounds])
