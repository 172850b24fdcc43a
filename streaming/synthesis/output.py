"""Joined speech as bytes: streams of any length, and whole recordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from foundation.errors import InvalidArgument
from streaming.synthesis.config import Flush, Sound, SpeechMark, SpeechNote
from streaming.synthesis.encoding import (
    FileEncoder,
    Provenance,
    SpeechEncoder,
    SpeechFormat,
    StreamEncoder,
)
from streaming.synthesis.loudness import brought_to, integrated_loudness
from streaming.synthesis.shaping import concatenated
from streaming.synthesis.synthesizer import SpeechInput, Synthesizer

_ENCODED_AT_ONCE_SECONDS: Final = 0.1
"""So little is encoded faster than a thread is begun."""


@dataclass(frozen=True, slots=True)
class EncodedSound:
    """The next bytes of a stream, with what is said in the audio that they end."""

    data: bytes
    marks: tuple[SpeechMark, ...] = ()
    notes: tuple[SpeechNote, ...] = ()


@dataclass(frozen=True, slots=True)
class SpokenRecording:
    """A whole text, spoken and encoded."""

    data: bytes
    sample_rate: int
    samples: int
    voices: tuple[str, ...]
    marks: tuple[SpeechMark, ...]
    notes: tuple[SpeechNote, ...]
    loudness: float | None
    """LUFS, integrated, of what is in ``data``; None: not measured."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.samples / self.sample_rate


async def encoded_stream(
    synthesizer: Synthesizer,
    sentences: SpeechInput,
    speech_format: SpeechFormat,
    provenance: Provenance,
) -> AsyncGenerator[EncodedSound | Flush, None]:
    """Speech as bytes that are pieces of one stream; memory does not grow with its length.

    The first one has the container's head, its provenance with it; ``synthesizer.voices`` and
    ``sample_rate`` are known from then on.

    Raises:
        DauysError: as of ``Synthesizer.speak``.
    """
    encoder: SpeechEncoder | None = None
    try:
        async with aclosing(synthesizer.speak(sentences)) as sounds:
            async for sound in sounds:
                if isinstance(sound, Flush):
                    yield sound
                    continue
                if encoder is None:
                    voices = synthesizer.voices[:1]
                    named = replace(provenance, voices=voices) if voices else provenance
                    encoder = StreamEncoder(speech_format, sound.sample_rate, named)
                yield EncodedSound(await _encoded(encoder, sound), sound.marks, sound.notes)
        if encoder is not None:
            yield EncodedSound(encoder.finish())
    finally:
        if encoder is not None:
            await asyncio.to_thread(encoder.close)  # may wait for a thread that was cancelled


async def _encoded(encoder: SpeechEncoder, sound: Sound) -> bytes:
    if sound.samples.size <= _ENCODED_AT_ONCE_SECONDS * sound.sample_rate:
        return encoder.encode(sound.samples)
    return await asyncio.to_thread(encoder.encode, sound.samples)


async def spoken_file(
    synthesizer: Synthesizer,
    sentences: SpeechInput,
    speech_format: SpeechFormat,
    provenance: Provenance,
    file: BinaryIO,
    progress: Callable[[float], None] | None = None,
) -> float:
    """Write a text of any length into a file that can seek, so that its header is complete.

    Args:
        synthesizer: Made for this text.
        sentences: All of them.
        speech_format: How it is encoded.
        provenance: What the file says; its voices are filled in.
        file: Where it is written.
        progress: Told how many seconds are there.

    Returns:
        Seconds of audio.

    Raises:
        DauysError: as of ``Synthesizer.speak``.
    """
    encoder: FileEncoder | None = None
    try:
        async with aclosing(synthesizer.speak(sentences)) as sounds:
            async for sound in sounds:
                if isinstance(sound, Flush):
                    continue
                if encoder is None:
                    voices = synthesizer.voices[:1] or provenance.voices
                    named = replace(provenance, voices=voices)
                    encoder = FileEncoder(speech_format, sound.sample_rate, named, file)
                await _encoded(encoder, sound)
                if progress is not None:
                    progress(synthesizer.position / sound.sample_rate)
        if encoder is not None:
            await asyncio.to_thread(encoder.finish)
        return synthesizer.position / max(synthesizer.sample_rate, 1)
    finally:
        if encoder is not None:
            await asyncio.to_thread(encoder.close)  # may wait for a thread that was cancelled


async def recording(
    synthesizer: Synthesizer,
    sentences: SpeechInput,
    speech_format: SpeechFormat,
    provenance: Provenance,
    *,
    loudness: float | None = None,
    max_seconds: float = 600.0,
    field: str = "text",
) -> SpokenRecording:
    """A whole text as one file; its loudness is measured, and corrected if one is asked for.

    Args:
        synthesizer: With no loudness in its own configuration.
        sentences: All of them.
        speech_format: How it is encoded.
        provenance: What the file says; its voices are filled in.
        loudness: LUFS to bring it to.
        max_seconds: Of speech.
        field: Where the text stands in the request, for errors.

    Raises:
        InvalidArgument: it is longer than ``max_seconds``.
        DauysError: as of ``Synthesizer.speak``.
    """
    sounds: list[Sound] = []
    async with aclosing(synthesizer.speak(sentences)) as spoken:
        async for sound in spoken:
            if isinstance(sound, Flush):
                continue
            sounds.append(sound)
            if synthesizer.position > max_seconds * sound.sample_rate:
                raise InvalidArgument(
                    field, f"is spoken for over {max_seconds:g} s, the limit; stream it"
                )
    rate = synthesizer.sample_rate

    def finish() -> tuple[bytes, float | None]:
        samples = concatenated([sound.samples for sound in sounds])
        measured = integrated_loudness(samples, rate) if rate else None
        if loudness is not None and measured is not None:
            samples, _ = brought_to(loudness, samples, rate, measured)
            measured = integrated_loudness(samples, rate)
        encoder = FileEncoder(
            speech_format, rate, replace(provenance, voices=synthesizer.voices or provenance.voices)
        )
        try:
            encoder.encode(samples)
            return encoder.finish(), measured
        finally:
            encoder.close()

    data, measured = await asyncio.to_thread(finish)
    return SpokenRecording(
        data,
        rate,
        synthesizer.position,
        synthesizer.voices,
        tuple(mark for sound in sounds for mark in sound.marks),
        tuple(note for sound in sounds for note in sound.notes),
        measured,
    )
