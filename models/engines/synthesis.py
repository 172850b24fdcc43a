"""What every engine of speech synthesis is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from foundation.errors import InvalidArgument, check_range
from foundation.synthesis import (
    MAX_NOISE,
    MAX_PITCH_SEMITONES,
    MAX_RATE,
    MAX_SENTENCE_CHARACTERS,
    MIN_RATE,
    SynthesisCapabilities,
    SynthesisRequest,
    SynthesizedSpeech,
    WordTime,
)
from models.engines.base import CallContext, Engine

_MAX_SEED = 2**63 - 1


class SynthesisEngine(Engine):
    """One sentence of text to speech. Public methods validate; adapters write ``_synthesize``."""

    methods: ClassVar[Mapping[str, str]] = {
        "synthesize": "synthesize",
        "stream_synthesis": "stream_synthesis",
        "capabilities": "describe",
    }

    @property
    @abstractmethod
    def capabilities(self) -> SynthesisCapabilities:
        """What this voice can do."""

    def describe(self, payload: None, context: CallContext) -> SynthesisCapabilities:
        """The capabilities, for callers that have a pool and no engine."""
        return self.capabilities

    def synthesize(self, request: SynthesisRequest, context: CallContext) -> SynthesizedSpeech:
        """Speak one sentence.

        Raises:
            InvalidArgument: the sentence is empty or too long, a language is not read, a speaker
                is not there, or a number is out of its range.
        """
        return joined(list(self._spoken(request, context, pieces=False)))

    def stream_synthesis(
        self, request: SynthesisRequest, context: CallContext
    ) -> Iterator[SynthesizedSpeech]:
        """Speak one sentence piece by piece; the first comes as soon as it is there.

        A worker waits while nobody takes its pieces (``WorkerPool.stream``): whoever plays them in
        their own time takes them from the pool first.

        Raises:
            InvalidArgument: as of ``synthesize``, before the first piece.
        """
        yield from self._spoken(request, context, pieces=True)

    def _spoken(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        self._check(request)
        context.check()
        for piece in self._synthesize(request, context, pieces):
            yield _within_full_scale(piece)
            if not piece.last:
                context.check()

    def _check(self, request: SynthesisRequest) -> None:
        capabilities = self.capabilities
        if not any(map(str.isalnum, request.text)):
            raise InvalidArgument("spans", "there is nothing to be said: no letter and no digit")
        readable = (*capabilities.languages, *capabilities.accents)
        for place, span in enumerate(request.spans):
            if span.language not in readable:
                raise InvalidArgument(
                    f"spans[{place}].language",
                    f"{span.language} is not one of the voice's: {', '.join(readable)}",
                )
            if span.phonemes and capabilities.input != "phonemes":
                raise InvalidArgument(
                    f"spans[{place}].phonemes", "this voice reads letters, not phonemes"
                )
        for what in ("text", "phonemes"):
            length = sum(len(getattr(span, what)) for span in request.spans)
            if length > MAX_SENTENCE_CHARACTERS:
                raise InvalidArgument(
                    f"spans.{what}",
                    f"{length} characters, limit {MAX_SENTENCE_CHARACTERS} a sentence",
                )
        speakers = [speaker.id for speaker in capabilities.speakers]
        if request.speaker and request.speaker not in speakers:
            raise InvalidArgument(
                "speaker", f"{request.speaker!r} is not one of {', '.join(speakers)}"
            )
        check_range("rate", request.rate, MIN_RATE, MAX_RATE)
        check_range("pitch", request.pitch, -MAX_PITCH_SEMITONES, MAX_PITCH_SEMITONES)
        check_range("noise", request.noise, 0.0, MAX_NOISE)
        check_range("seed", request.seed, 0, _MAX_SEED)

    @abstractmethod
    def _synthesize(
        self, request: SynthesisRequest, context: CallContext, pieces: bool
    ) -> Iterator[SynthesizedSpeech]:
        """Speak a request that was checked, at the model's own volume.

        In several pieces only if they are wanted: an engine that has none yields one.
        """


def joined(pieces: list[SynthesizedSpeech]) -> SynthesizedSpeech:
    """The pieces of one sentence as one."""
    if len(pieces) == 1:
        return pieces[0]
    words: tuple[WordTime, ...] = tuple(word for piece in pieces for word in piece.words)
    samples = np.concatenate([piece.samples for piece in pieces])
    return replace(pieces[0], samples=samples, words=words, last=True)


def _within_full_scale(piece: SynthesizedSpeech) -> SynthesizedSpeech:
    return replace(piece, samples=np.clip(piece.samples, -1.0, 1.0))
